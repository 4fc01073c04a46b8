package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Endless answers: few, alive, and never for ever with a client that does not read. */
class LiveAnswersTest {
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final CountDownLatch flooded = new CountDownLatch(1);
    private final WebDoor door = open(SHORT);
    private final WebClient ann = new WebClient(door.port(), "ann");
    private final WebClient bob = new WebClient(door.port(), "bob");

    @AfterEach
    void close() {
        ann.close();
        bob.close();
        door.close();
    }

    /** @param answer how long a client may leave a piece unread */
    private WebDoor open(Duration answer) {
        return WebDoor.open("127.0.0.1", 0, LiveAnswersTest::caller,
                List.of(r -> r.get("/quiet", "read", _ -> Answer.live(LiveAnswersTest::quiet))
                        .get("/flood", "read", _ -> Answer.live(this::flood))),
                new WebLimits(1024, 1024, 4096, 2048, 50, LONG, LONG, answer, 1, LONG, SHORT, LONG,
                        100, 3, 2, SHORT), Troubles.NONE, Optional.empty());
    }

    private static Optional<Caller> caller(String key) {
        return Optional.of(new Caller(1, key, Set.of("read")));
    }

    private static void quiet(Answer.Line line) throws IOException {
        while (line.open()) {
            line.flush();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private void flood(Answer.Line line) throws IOException {
        try {
            while (line.open()) {
                line.event("1", "flood", "\"" + "x".repeat(8_000) + "\"");
            }
        } finally {
            flooded.countDown();
        }
    }

    @Test
    void aQuietOneShowsThatItLivesLongAfterOtherConnectionsWouldBeClosed() {
        // before it opens: who comes late to look at the clock has missed the first rest
        long began = System.nanoTime();
        try (EventStream stream = EventStream.open(ann, "/quiet")) {
            for (int i = 0; i < 4; i++) {
                assertEquals(": still here", stream.comment());
            }
            assertTrue(System.nanoTime() - began > 3 * SHORT.toNanos());
        }
    }

    @Test
    void aKeyHasAFewAndTheServerNotManyMore() {
        try (EventStream first = EventStream.open(ann, "/quiet")) {
            try (EventStream second = EventStream.open(ann, "/quiet")) {
                WebClient.Reply third = ann.send(ann.request("/quiet").GET());
                assertEquals(429, third.status());
                assertEquals("too-many-streams", third.slug());
                assertTrue(third.header("Retry-After").isPresent());
                try (EventStream other = EventStream.open(bob, "/quiet")) {
                    assertEquals(503, bob.get("/quiet").status());
                    assertEquals(": still here", other.comment());
                }
                assertEquals(": still here", second.comment());
            }
            // Those that hung up are missed at the next sign of life, and make room.
            await(() -> {
                try (EventStream again = EventStream.open(bob, "/quiet")) {
                    return again.comment().startsWith(":");
                } catch (AssertionError full) {
                    return false;
                }
            });
            assertEquals(": still here", first.comment());
        }
    }

    @Test
    void anAccountWithManyKeysLeavesRoomForOthers() {
        try (Deadlines deadlines = new Deadlines()) {
            LiveAnswers all = new LiveAnswers(new WebLimits(1024, 1024, 4096, 2048, 50, LONG, LONG,
                    LONG, 1, LONG, SHORT, LONG, 100, 8, 2, SHORT), deadlines,
                    new CompositeMeterRegistry());
            for (int i = 0; i < 6; i++) {
                all.enter("key " + i, 1);
            }
            Problem full = assertThrows(Problem.class, () -> all.enter("key 6", 1));
            assertEquals(503, full.status());
            assertTrue(full.getMessage().startsWith("Your account has 6"), full.getMessage());
            all.enter("another's", 2);
            all.enter("another's", 2);
            assertThrows(Problem.class, () -> all.enter("a third's", 3));
            all.leave("key 0", 1);
            assertThrows(Problem.class, () -> all.enter("key 6", 1));
            all.enter("a third's", 3);
            for (int i = 1; i < 4; i++) {
                all.leave("key " + i, 1);
            }
            all.enter("key 6", 1);
        }
    }

    @Test
    void whoDoesNotReadIsCutOff() throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
            socket.getOutputStream().write(("GET /flood HTTP/1.1\r\nHost: x\r\n"
                    + "Authorization: Bearer ann\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertTrue(flooded.await(20, TimeUnit.SECONDS), "it still writes");
        }
    }

    @Test
    void whoReadsHearsAllOfIt() {
        // a busy machine may keep the reader from reading for longer than the others may sleep
        try (WebDoor patient = open(LONG);
                WebClient reader = new WebClient(patient.port(), "ann");
                EventStream stream = EventStream.open(reader, "/flood")) {
            for (int i = 0; i < 2_000; i++) {
                assertEquals("flood", stream.next().orElseThrow().type());
            }
        }
    }

    @Test
    void aHeadOfOneIsAnsweredAndEnds() {
        String head = ann.raw("HEAD /quiet HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\n"
                + "Connection: close\r\n\r\n");
        assertTrue(head.startsWith("HTTP/1.1 200"), head);
        assertTrue(head.contains("text/event-stream"), head);
    }

    private static void await(java.util.function.BooleanSupplier come) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!come.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "in time");
        }
    }
}
