package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.TestStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long what was learned of domains is kept. */
class WarmthTest {
    @TempDir
    private Path folder;
    private volatile Instant now = Instant.parse("2026-11-23T12:00:00Z");

    private static Warmth.Key domain(String name) {
        return new Warmth.Key("domain", name, "google");
    }

    private List<String> stored(TestStore store) {
        return store.read(h -> h.createQuery("SELECT name FROM warmth ORDER BY name")
                .mapTo(String.class).list());
    }

    private static long cap(Warmth warmth, Warmth.Key key) {
        return warmth.all().get(key).cap();
    }

    @Test
    void aDomainThatRestsStepsBackAndOneThatIsGoneIsForgotten() {
        TestStore store = TestStore.make(folder.resolve("mail.db"));
        Warmth.Key source = new Warmth.Key("source", "out1", "google");
        try (Warmth warmth = new Warmth(store, () -> now)) {
            for (Warmth.Key key : List.of(domain("gone.test"), source)) {
                warmth.set(key, true);
            }
            now = now.plus(Duration.ofDays(41));
            warmth.set(domain("rests.test"), true);
        }
        now = now.plus(Duration.ofDays(20));

        try (Warmth warmth = new Warmth(store, () -> now)) {
            assertEquals(128_000, cap(warmth, domain("rests.test")), "two steps back");
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
            while (stored(store).contains("gone.test")) {
                assertTrue(System.nanoTime() < end, "it is kept: " + stored(store));
                LockSupport.parkNanos(10_000_000);
            }
            assertEquals(List.of("out1", "rests.test"), stored(store));
            assertTrue(warmth.known(domain("rests.test")));
            assertTrue(warmth.known(source), "an address of ours is not forgotten");
            assertTrue(!warmth.known(domain("gone.test")), "it begins anew");
        }
    }
}
