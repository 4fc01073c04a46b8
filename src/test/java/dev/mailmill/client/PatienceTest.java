package dev.mailmill.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that has its bad moments, and a clock that does not wait. */
@Timeout(60)
class PatienceTest {
    private static final Message HELLO =
            Message.from("me@example.com").to("ann@example.org").subject("Hello").text("x").build();
    private static final String RECEIPT = "{\"id\":\"msg_0000000000001\",\"recipients\":"
            + "[{\"to\":\"ann@example.org\",\"state\":\"queued\"}],\"of_next_year\":{}}";

    private final Deque<Moment> moments = new ArrayDeque<>();
    private final List<String> keys = new ArrayList<>();
    private final List<String> heardAfter = new ArrayList<>();
    private final Held clock = new Held();
    private HttpServer server;
    private Mailmill mailmill;

    /** What it does with one request. */
    private interface Moment {
        void answer(HttpExchange exchange) throws IOException;
    }

    private static final class Held implements Caller.Clock {
        final List<Duration> slept = new ArrayList<>();
        private long nanos;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void sleep(Duration time) {
            slept.add(time);
            nanos += time.toNanos();
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            heardAfter.add(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
            exchange.getRequestBody().readAllBytes();
            moments.remove().answer(exchange);
        });
        server.start();
        mailmill = client(Options.DEFAULT);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Mailmill client(Options options) {
        return new Mailmill(new Caller(URI.create("http://127.0.0.1:"
                + server.getAddress().getPort()), "mm_x", options, clock));
    }

    private static Moment says(int status, String body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        };
    }

    /** The request arrived, and no answer leaves. */
    private static void hangsUp(HttpExchange exchange) {
        exchange.close();
    }

    private static String problem(int status, String type) {
        return "{\"type\":\"/errors/" + type + "\",\"title\":\"Later\",\"status\":" + status
                + ",\"detail\":\"Come again.\",\"request_id\":\"req_0000000000001\"}";
    }

    @Test
    void busyAndLostAreTriedAgainWithTheSameKey() {
        moments.add(says(503, problem(503, "busy"), "Retry-After", "7"));
        moments.add(PatienceTest::hangsUp);
        moments.add(says(429, problem(429, "over-quota"), "Retry-After", "2"));
        moments.add(says(202, RECEIPT));
        Receipt receipt = mailmill.send(HELLO);
        assertEquals("msg_0000000000001", receipt.id());
        assertEquals(State.QUEUED, receipt.recipients().get(0).state());
        assertEquals(4, keys.size());
        assertEquals(1, new HashSet<>(keys).size(), "one idempotency key: " + keys);
        assertEquals(Duration.ofSeconds(7), clock.slept.get(0), "as the server said");
        assertEquals(Duration.ofSeconds(2), clock.slept.get(2));
        assertTrue(clock.slept.get(1).toMillis() >= 200 && clock.slept.get(1).toMillis() <= 400,
                "the second pause of its own: " + clock.slept);
        moments.add(says(202, RECEIPT));
        mailmill.send(HELLO);
        assertEquals(2, new HashSet<>(keys).size(), "the next message has another key");
    }

    @Test
    void aRetryAfterBeyondItsPatienceIsToldAndNotWaitedFor() {
        moments.add(says(429, problem(429, "over-quota"), "Retry-After", "3600"));
        ApiException refused = assertThrows(ApiException.class, () -> mailmill.send(HELLO));
        assertEquals(429, refused.status());
        assertEquals("/errors/over-quota", refused.type());
        assertEquals("Later", refused.title());
        assertEquals("Come again.", refused.detail());
        assertEquals("req_0000000000001", refused.requestId().orElseThrow());
        assertEquals(Duration.ofHours(1), refused.retryAfter().orElseThrow());
        assertEquals(List.of(), clock.slept);
    }

    @Test
    void tryingEnds() {
        mailmill = client(Options.DEFAULT.withRetries(3, Duration.ofMinutes(1)));
        for (int i = 0; i < 4; i++) {
            moments.add(PatienceTest::hangsUp);
        }
        assertThrows(ConnectionException.class, () -> mailmill.send(HELLO));
        assertEquals(3, keys.size());
        moments.clear();
        mailmill = client(Options.DEFAULT);
        for (int i = 0; i < 8; i++) {
            moments.add(says(503, problem(503, "busy"), "Retry-After", "25"));
        }
        assertThrows(ApiException.class, () -> mailmill.message("msg_0000000000001"));
        assertEquals(3 + 3, keys.size(), "25 s and 25 s of a minute, and not a third time");
    }

    @Test
    void whatIsWrongIsNotTriedAgain() {
        moments.add(says(422, """
                {"type":"/errors/invalid-request","title":"The request is not valid","status":422,
                 "detail":"2 fields","errors":[{"pointer":"/to/0","detail":"no domain"},
                 {"pointer":"/subject","detail":"empty"}]}"""));
        ApiException refused = assertThrows(ApiException.class, () -> mailmill.send(HELLO));
        assertEquals(List.of(new FieldError("/to/0", "no domain"),
                new FieldError("/subject", "empty")), refused.errors());
        assertTrue(refused.getMessage().contains("/to/0: no domain"), refused.getMessage());
        moments.add(says(502, "<h1>Bad gateway</h1>"));
        ApiException proxy = assertThrows(ApiException.class, () -> mailmill.send(HELLO));
        assertEquals(502, proxy.status());
        assertEquals("<h1>Bad gateway</h1>", proxy.detail());
        assertEquals(2, keys.size());
    }

    @Test
    void aLiveLineThatBreaksGoesOnAfterTheLastEvent() {
        moments.add(says(200,
                live(1) + ": still here\n\n" + live(2) + "id: evt_3\ndata: {\"id\":"));
        moments.add(says(503, problem(503, "busy"), "Retry-After", "1"));
        moments.add(says(200, live(3)));
        try (LiveEvents events = mailmill.follow("evt_0")) {
            for (int i = 1; i <= 3; i++) {
                assertEquals("evt_" + i, events.next().id(), "half an event is none");
            }
        }
        assertEquals(List.of("evt_0", "evt_2", "evt_2"), heardAfter);
    }

    private static String live(int number) {
        return "event: email.accepted\nid: evt_" + number + "\ndata: {\"id\":\"evt_" + number
                + "\",\"type\":\"email.accepted\",\"at\":\"2026-11-23T21:44:26.828Z\","
                + "\"message_id\":\"msg_0000000000001\",\"recipient\":\"ann@example.org\","
                + "\"stream\":\"transactional\",\"data\":{\"door\":\"api\",\"size\":1}}\n\n";
    }
}
