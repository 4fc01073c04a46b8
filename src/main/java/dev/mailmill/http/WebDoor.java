package dev.mailmill.http;

import io.helidon.http.Headers;
import io.helidon.http.HttpLogConfig;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/** The open door: an HTTP/1.1 server with every feature's routes. Thread-safe. */
public final class WebDoor implements AutoCloseable {
    /** How often idle connections are looked for. */
    private static final Duration IDLE_SCAN = Duration.ofSeconds(5);

    private final WebServer server;
    private final Deadlines deadlines;
    private final Front front;
    private final Hinge hinge;

    private WebDoor(WebServer server, Deadlines deadlines, Front front, Hinge hinge) {
        this.server = server;
        this.deadlines = deadlines;
        this.front = front;
        this.hinge = hinge;
    }

    /**
     * All that the server holds of us. It never ends its timer for idle connections, which holds
     * the server: without this a closed door would keep the whole house in memory.
     */
    private static final class Hinge implements Handler {
        private volatile Handler front;

        private Hinge(Front front) {
            this.front = front;
        }

        @Override
        public void handle(ServerRequest request, ServerResponse response) throws Exception {
            Handler open = front;
            if (open == null) {
                throw new CloseConnectionException("the door is closed");
            }
            open.handle(request, response);
        }
    }

    /**
     * Opens the door.
     *
     * @param port     0 for any free one
     * @param keys     may throw what {@code troubles} knows, never "unknown" for "can't tell now"
     * @param troubles exceptions that are no defects
     * @param meters   where {@code mailmill_http_seconds} goes
     * @throws RuntimeException when the address can't be listened on
     */
    public static WebDoor open(String host, int port, Authenticator keys, List<Routes> features,
            WebLimits limits, Troubles troubles, Optional<MeterRegistry> meters) {
        return open(host, port, keys, features, limits, troubles, meters,
                (problem, id, _, _) -> Problems.answer(problem, id));
    }

    /** With pages for the problems that a person in front of a browser meets. */
    public static WebDoor open(String host, int port, Authenticator keys, List<Routes> features,
            WebLimits limits, Troubles troubles, Optional<MeterRegistry> meters,
            ProblemPages pages) {
        return open(host, port, keys, Usage.FREE, _ -> false, features, limits, troubles, meters,
                pages);
    }

    /**
     * With limits for keys.
     *
     * @param proxies who is believed in {@code X-Forwarded-For}
     */
    public static WebDoor open(String host, int port, Authenticator keys, Usage usage,
            Predicate<InetAddress> proxies, List<Routes> features, WebLimits limits,
            Troubles troubles, Optional<MeterRegistry> meters, ProblemPages pages) {
        RouteTable table = new RouteTable(limits.bodyBytesMax(), features);
        Deadlines deadlines = new Deadlines();
        Front front = new Front(table, keys, usage, proxies, troubles, pages, limits, deadlines,
                new RequestIds(() -> ThreadLocalRandom.current().nextLong()),
                meters.orElseGet(CompositeMeterRegistry::new));
        Hinge hinge = new Hinge(front);
        try {
            WebServer server = WebServer.builder()
                    .host(host)
                    .port(port)
                    .shutdownHook(false)
                    .featuresDiscoverServices(false)
                    // whatever is over would be cut off unheard: a route's own limit comes first
                    .maxPayloadSize(Math.max(table.largestBody(), Front.KNOWN_DRAIN_BYTES_MAX))
                    .maxTcpConnections(limits.connectionsMax())
                    .idleConnectionTimeout(limits.idleWithin())
                    .idleConnectionPeriod(IDLE_SCAN)
                    .shutdownGracePeriod(limits.closeWithin())
                    .connectionOptions(o -> o.readTimeout(limits.idleWithin())
                            // the second segment would wait 40 ms for the first one's ACK
                            .tcpNoDelay(true))
                    .contentEncoding(new ZippedAsTheyAre())
                    .directHandlers(BrokenRequests.handlers())
                    .protocolsDiscoverServices(false)
                    .addProtocol(http1(limits, deadlines))
                    .routing(HttpRouting.builder().any(hinge))
                    .build()
                    .start();
            return new WebDoor(server, deadlines, front, hinge);
        } catch (RuntimeException e) {
            deadlines.close();
            throw e;
        }
    }

    private static Http1Config http1(WebLimits limits, Deadlines deadlines) {
        return Http1Config.builder()
                .maxPrologueLength(limits.urlBytesMax())
                .maxHeadersSize(limits.headerBytesMax())
                .sendKeepAliveHeader(false)
                .log(HttpLogConfig.builder().receiveLog(false).sendLog(false).build())
                .addReceiveListener(new Http1ConnectionListener() {
                    @Override
                    public void prologue(ConnectionContext ctx, HttpPrologue prologue) {
                        deadlines.begin(limits.headersWithin());
                    }

                    @Override
                    public void headers(ConnectionContext ctx, Headers headers) {
                        deadlines.end();
                    }
                })
                .build();
    }

    /**
     * One route.
     *
     * @param path  with {@code {name}} for what varies
     * @param scope that a key needs; empty for an open one, as pages are
     */
    public record Way(String method, String path, Optional<String> scope) {
    }

    /** All there are, in the order they were added. */
    public List<Way> ways() {
        return front.ways();
    }

    /** Where it listens. */
    public int port() {
        return server.port();
    }

    /** Takes no more connections, lets running requests end within the limit, then cuts them. */
    @Override
    public void close() {
        front.close();
        server.stop();
        deadlines.close();
        hinge.front = null;
    }
}
