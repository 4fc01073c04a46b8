package dev.mailmill.http;

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

    /** The names of all query parameters, decoded: one that a route does not know is a mistake. */
    Set<String> queryNames();

    Optional<String> header(String name);

    /** The body's bytes, within the limit, unzipped; empty when there was none. */
    byte[] body();

    /**
     * The body as JSON; read strictly (no duplicate keys, depth ≤ 64, one value).
     *
     * @throws Problem 400 when it is not JSON, 415 when it does not claim to be
     */
    JsonNode json();
}
