package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Many receivers at once that do not behave: the others must not notice. */
class StormTest {
    private static final int STALLED = 1_000;
    private static final int GOOD = 100;

    /** Takes connections and says nothing. */
    private static final class TarPit implements AutoCloseable {
        private final ServerSocket server;
        private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

        TarPit(int port) throws IOException {
            server = new ServerSocket(port, 4_000, InetAddress.ofLiteral("127.0.0.2"));
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        open.add(server.accept());
                    }
                } catch (IOException e) {
                    // closed
                }
            });
        }

        int open() {
            return open.size();
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket s : open) {
                s.close();
            }
        }
    }

    private static List<String> batch(Lab lab, List<String> to, String stream) {
        List<String> ids = new ArrayList<>();
        for (int from = 0; from < to.size(); from += 500) {
            List<String> some = to.subList(from, Math.min(to.size(), from + 500)).stream()
                    .map(a -> "{\"from\":\"a@" + Lab.OURS + "\",\"to\":[\"" + a + "\"],"
                            + "\"subject\":\"s\",\"text\":\"x\",\"stream\":\"" + stream + "\"}")
                    .toList();
            Lab.expect(202, lab.api().post("/v1/messages/batch", some.toString())).path("data")
                    .forEach(m -> ids.add(m.path("id").asString()));
        }
        return ids;
    }

    private static long p99(Lab lab, String domain) {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < GOOD; i++) {
            long begin = System.nanoTime();
            String id = lab.write("u" + i + "@" + domain);
            lab.awaitState(id, "delivered");
            millis.add((System.nanoTime() - begin) / 1_000_000);
        }
        Collections.sort(millis);
        return millis.get((int) (GOOD * 0.99) - 1);
    }

    @Test
    void aThousandStalledDomainsDoNotDelayAGoodOne() throws Exception {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE);
                TarPit pit = new TarPit(lab.sink().port())) {
            lab.theirs("good.test");
            lab.write("warm@good.test");
            long before = p99(lab, "good.test");
            List<String> stalled = new ArrayList<>();
            for (int i = 0; i < STALLED; i++) {
                String domain = "stalled" + i + ".test";
                lab.dns().mx(domain, "10 mx." + domain).a("mx." + domain, "127.0.0.2");
                stalled.addAll(List.of("a@" + domain, "b@" + domain, "c@" + domain));
            }
            List<String> ids = batch(lab, stalled, "bulk");
            Lab.await(() -> pit.open() >= STALLED, () -> pit.open() + " connected");

            long during = p99(lab, "good.test");

            assertEquals(STALLED, pit.open(), "one went to each to see, and no second");
            assertEquals(List.of("queued"), lab.states(ids.getFirst()), "they still stall");
            System.out.printf("good domain's p99 in ms: %d before, %d beside %d stalled domains%n",
                    before, during, STALLED);
        }
    }

    @Test
    void anHourOfTemporaryRefusalsKeepsToTheScheduleAndDrains() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            List<String> to = new ArrayList<>();
            for (int d = 0; d < 10; d++) {
                lab.theirs("d" + d + ".test");
                for (int u = 0; u < 20; u++) {
                    to.add("u" + u + "@d" + d + ".test");
                }
            }
            Map<String, AtomicInteger> attempts = new HashMap<>();
            to.forEach(a -> attempts.put(a, new AtomicInteger()));
            AtomicInteger most = new AtomicInteger();
            lab.sink().answers(line -> {
                if (!line.startsWith("RCPT")) {
                    return null;
                }
                most.accumulateAndGet(lab.sink().open(), Math::max);
                attempts.get(line.substring(line.indexOf('<') + 1, line.indexOf('>')))
                        .incrementAndGet();
                return "450 4.2.0 busy for an hour";
            });
            List<String> ids = batch(lab, to, "transactional");
            for (int minute = 0; minute < 60; minute++) {
                quiet(lab);
                lab.clock().advance(Duration.ofMinutes(1));
            }
            quiet(lab);
            int atMost = attempts.values().stream().mapToInt(AtomicInteger::get).max()
                    .orElseThrow();
            int atLeast = attempts.values().stream().mapToInt(AtomicInteger::get).min()
                    .orElseThrow();
            // at 0, 1, 3, 7, 15, 30 and 60 minutes
            assertTrue(atMost <= 7, "attempts of one recipient: " + atMost);
            assertTrue(atLeast >= 5, "it was tried all the while: " + atLeast);
            assertTrue(most.get() <= 10 * 10, "a site's connections: " + most);
            lab.sink().heal();
            lab.clock().advance(Duration.ofHours(1));
            for (String id : ids) {
                lab.awaitState(id, "delivered");
            }
        }
    }

    @Test
    void whatIsTooOldEndsInEveryQueue() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("shut.test");
            WebClient operator = lab.api(lab.mill().operatorToken());
            Lab.expect(201, operator.post("/v1/queue/pause",
                    "{\"site\":\"mx.shut.test\",\"reason\":\"a test\"}"));
            String inMemory = lab.write("a@shut.test");
            String later = Lab.expect(202, lab.api().post("/v1/messages", "{\"from\":\"a@"
                    + Lab.OURS + "\",\"to\":[\"b@shut.test\"],\"subject\":\"s\",\"text\":\"x\","
                    + "\"expires_in\":600}")).path("id").asString();
            lab.clock().advance(Duration.ofMinutes(11));
            lab.awaitState(later, "expired");
            assertEquals(List.of("queued"), lab.states(inMemory));
            lab.clock().advance(Duration.ofDays(3));
            lab.awaitState(inMemory, "expired");
        }
    }

    /** All that was due was tried. */
    private static void quiet(Lab lab) {
        WebClient operator = lab.api(lab.mill().operatorToken());
        for (int calm = 0; calm < 2; ) {
            JsonNode queue = Lab.expect(200, operator.get("/v1/queue"));
            boolean due = queue.path("stored").valueStream().anyMatch(s ->
                    !Instant.parse(s.path("due").asString())
                            .isAfter(lab.clock().instant()));
            calm = queue.path("in_memory").asInt() == 0 && !due ? calm + 1 : 0;
            if (calm == 0) {
                LockSupport.parkNanos(20_000_000);
            }
        }
        operator.close();
    }
}
