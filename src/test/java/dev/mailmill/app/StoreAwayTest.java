package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database goes away while attempts run, and comes back: no restart is needed. */
class StoreAwayTest {
    private static final int LETTERS = 12;
    /** Longer than the writer tries to connect anew for a delivery that is put back. */
    private static final long AWAY_NANOS = 4_000_000_000L;

    /** Without the domain's key in memory the signature needs the store, with it the intent. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheStoreWasNeededForIsDoneOnceItIsBack(boolean signedBefore) throws Exception {
        CountDownLatch away = new CountDownLatch(1);
        CountDownLatch greeted = new CountDownLatch(1);
        try (Proxy proxy = Proxy.toPostgres();
                Lab lab = Lab.prepared(Map.of(Setting.DATABASE, Postgres.migrated(proxy.port())))
                        .start()) {
            lab.own(Lab.OURS);
            lab.theirs("there.test");
            if (signedBefore) {
                lab.theirs("other.test");
                lab.awaitState(lab.write("first@other.test"), "delivered");
            }
            lab.sink().answers(command -> {
                if (command.startsWith("EHLO")) {
                    greeted.countDown();
                    await(away);
                }
                return null;
            });
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < LETTERS; i++) {
                ids.add(lab.write("bob" + i + "@there.test"));
            }
            await(greeted);
            proxy.shut(true);
            away.countDown();
            Lab.await(() -> lab.api().get("/readyz").status() == 503, () -> "nobody noticed");
            long noticed = System.nanoTime();
            Lab.await(() -> System.nanoTime() - noticed > AWAY_NANOS, () -> "time stands still");

            proxy.shut(false);
            Lab.await(() -> lab.api().get("/readyz").status() == 200
                    && lab.api().get("/v1/events").status() == 200, () -> "it stays away");
            lab.clock().advance(Duration.ofSeconds(2));

            for (String id : ids) {
                lab.awaitState(id, "delivered");
            }
            assertEquals(LETTERS + (signedBefore ? 1 : 0), lab.sink().received().size(),
                    "each once");
            for (String id : ids) {
                assertEquals(List.of("accepted", "delivered"), lab.told(id), "no attempt is spent");
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError("it did not come");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
