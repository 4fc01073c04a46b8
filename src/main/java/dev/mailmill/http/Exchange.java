package dev.mailmill.http;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** One request, read within its limits before the action sees it. */
public interface Exchange {
    /** Who asks; on an open route nobody, which throws IllegalStateException. */
    Caller caller();

    /** The value of a {@code {name}} segment, decoded. */
    String path(String name);

    /** The last value of a query parameter, decoded. */
    Optional<String> query(String name);

    /** Whether only the answer's head is asked for. */
    boolean head();

    /** Path and query as they were asked for, still encoded. */
    String target();

    /** The names of all query parameters, decoded: one that a route does not know is a mistake. */
    Set<String> queryNames();

    Optional<String> header(String name);

    /** The value of a cookie; of two with one name the first. */
    Optional<String> cookie(String name);

    /** Who is at the other end of the connection. */
    InetAddress client();

    /** The body's bytes, within the limit, unzipped; empty when there was none. */
    byte[] body();

    /**
     * The body as JSON; read strictly (no duplicate keys, depth ≤ 64, one value).
     *
     * @throws Problem 400 when it is not JSON, 415 when it does not claim to be
     */
    JsonNode json();

    /**
     * The body as a form; empty when there is none.
     *
     * @throws Problem 415 when it does not claim to be one: no other site's page can send one that
     *                 says {@code text/plain}
     */
    Form form();
}
