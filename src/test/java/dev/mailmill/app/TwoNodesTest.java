package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.http.WebClient;
import dev.mailmill.sql.Postgres;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two equal servers on one PostgreSQL: what one is told, the other knows. */
class TwoNodesTest {
    @Test
    void mailAcceptedByOneIsDeliveredAndSignedByTheOther() {
        Map<Setting, String> shared = shared();
        try (Lab one = Lab.prepared(shared).with(Setting.DELIVERY, "hold").start();
                Lab other = Lab.prepared(shared).start()) {
            one.own(Lab.OURS);
            other.theirs("there.test");

            String id = one.write("bob@there.test");
            other.clock().advance(Duration.ofSeconds(10));

            assertEquals(List.of("accepted", "delivered"), other.awaitState(id, "delivered"));
            assertEquals(one.events(id), other.events(id));
            assertEquals(List.of(Lab.OURS),
                    one.signers(other.sink().await(1).getFirst().message()));
        }
    }

    @Test
    void aKeyMadeByOneOpensTheOtherUntilItIsRevoked() {
        Map<Setting, String> shared = shared();
        try (Lab one = Lab.prepared(shared).start(); Lab other = Lab.prepared(shared).start()) {
            JsonNode key = Lab.expect(201, one.api().post("/v1/keys", "{}"));
            try (WebClient shop = other.api(key.path("secret").asString())) {
                Lab.await(() -> shop.get("/v1/events").status() == 200, () -> "never known");

                assertEquals(204, one.api().delete("/v1/keys/" + key.path("id").asString())
                        .status());

                Lab.await(() -> shop.get("/v1/events").status() == 401, () -> "still opens");
            }
        }
    }

    @Test
    void whatOneTookIsCountedByTheOtherWithinASecond() {
        Map<Setting, String> shared = shared();
        try (Lab one = Lab.prepared(shared).with(Setting.ACCOUNT_PER_DAY, "3").start();
                Lab other = Lab.prepared(shared).with(Setting.ACCOUNT_PER_DAY, "3").start()) {
            one.own(Lab.OURS);
            one.theirs("there.test");
            Lab.await(() -> other.api().get("/v1/domains/" + Lab.OURS).status() == 200,
                    () -> "the other does not know the domain");
            assertEquals("3", other.api().get("/v1/streams").header("RateLimit-Remaining")
                    .orElseThrow());

            one.write("a@there.test");
            one.write("b@there.test");
            Lab.await(() -> other.api().get("/v1/streams").header("RateLimit-Remaining")
                    .equals(Optional.of("1")), () -> "the other never counted");
            other.write("c@there.test");
            Lab.await(() -> one.api().get("/v1/streams").header("RateLimit-Remaining")
                    .equals(Optional.of("0")), () -> "the first never counted");
            // what has settled is not counted twice
            one.clock().advance(Duration.ofMinutes(2));
            other.clock().advance(Duration.ofMinutes(2));
            for (Lab lab : List.of(one, other)) {
                assertEquals("0", lab.api().get("/v1/streams").header("RateLimit-Remaining")
                        .orElseThrow());
            }
        }
    }

    @Test
    void oneDomainAskedOfBothAtOnceIsGivenByBoth() throws Exception {
        Map<Setting, String> shared = shared();
        try (Lab one = Lab.prepared(shared).start(); Lab other = Lab.prepared(shared).start();
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                String wish = "{\"name\":\"d" + i + ".test\",\"trust\":true}";
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<WebClient.Reply>> asked = Stream.of(one, other)
                        .map(lab -> pool.submit(() -> {
                            start.await();
                            return lab.api().post("/v1/domains", wish);
                        })).toList();

                JsonNode here = Lab.expect(201, asked.get(0).get());
                JsonNode there = Lab.expect(201, asked.get(1).get());

                assertEquals(here.path("records"), there.path("records"), "one key");
                assertEquals("trusted", here.path("state").asString());
                assertEquals("trusted", there.path("state").asString());
            }
        }
    }

    private static Map<Setting, String> shared() {
        return Map.of(Setting.DATABASE, Postgres.database(), Setting.MASTER_KEY,
                Base64.getEncoder().encodeToString(new byte[32]));
    }

    @Test
    void eachNodeWatchesItsOwnMachine() {
        Map<Setting, String> shared = shared();
        try (Lab one = Lab.prepared(shared).start(); Lab other = Lab.prepared(shared).start()) {
            // no disk has so much: both are below it
            Lab.expect(200, one.api().patch("/v1/alert-rules/disk_free",
                    "{\"line\":1e11,\"clears\":1e12,\"holds_seconds\":0}"));
            for (Lab lab : List.of(one, other)) {
                String folder = lab.data().toAbsolutePath().normalize().toString();
                Lab.await(() -> {
                    one.clock().advance(Duration.ofSeconds(31));
                    other.clock().advance(Duration.ofSeconds(31));
                    return AlertsTest.of(one.api(), "open", "disk_free").stream()
                            .filter(a -> a.path("about").asString().endsWith(" " + folder))
                            .count() == 1;
                }, () -> AlertsTest.of(one.api(), "open", "disk_free").toString());
            }
            assertEquals(2, AlertsTest.of(other.api(), "open", "disk_free").size());
            // what all have together is told of once
            Lab.expect(200, one.api().patch("/v1/alert-rules/queue_size",
                    "{\"line\":0,\"holds_seconds\":0}"));
            Lab.await(() -> {
                one.clock().advance(Duration.ofSeconds(31));
                other.clock().advance(Duration.ofSeconds(31));
                return !AlertsTest.of(one.api(), "open", "queue_size").isEmpty();
            }, () -> "nobody told of the queue");
            assertEquals(1, AlertsTest.of(one.api(), "open", "queue_size").size());
        }
    }
}
