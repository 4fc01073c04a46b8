package dev.mailmill.meter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.Dns;
import dev.mailmill.dns.FakeDns;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who looks at a page does not wait for name servers, however slow they are. */
class WalksTest {
    private Instant now = Instant.parse("2026-11-28T12:00:00Z");
    private final FakeDns zone = new FakeDns().txt("_dmarc.shop.test", "v=DMARC1; p=none");
    private final CountDownLatch answers = new CountDownLatch(1);
    private final AtomicInteger asking = new AtomicInteger();
    private volatile boolean slow = true;
    private final Walks walks = new Walks(held(), () -> now);

    /** The zone behind name servers that say nothing before they are let. */
    private Dns held() {
        return (Dns) Proxy.newProxyInstance(Dns.class.getClassLoader(), new Class<?>[] {Dns.class},
                (_, method, given) -> {
                    if (slow) {
                        asking.incrementAndGet();
                        answers.await();
                    }
                    return method.invoke(zone, given);
                });
    }

    private static void await(BooleanSupplier come) throws InterruptedException {
        for (int i = 0; i < 1_000 && !come.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertTrue(come.getAsBoolean());
    }

    @Test
    @Timeout(20)
    void theFirstLookAsksBesideAndTheNextKnows() throws InterruptedException {
        assertEquals(Optional.empty(), walks.last("shop.test"));
        assertEquals(Optional.empty(), walks.last("shop.test"));
        await(() -> asking.get() > 0);
        assertEquals(1, asking.get(), "once for both");
        answers.countDown();
        await(() -> walks.last("shop.test").isPresent());
        assertEquals("shop.test", walks.last("shop.test").orElseThrow().organisational());

        slow = false;
        zone.unknown("TXT", "_dmarc.shop.test");
        now = now.plus(Duration.ofHours(2));
        assertEquals("", walks.last("shop.test").orElseThrow().trouble(),
                "what was said last, until there is news");
        await(() -> !walks.last("shop.test").orElseThrow().trouble().isEmpty());
        zone.txt("_dmarc.shop.test", "v=DMARC1; p=none");
        now = now.plus(Duration.ofMinutes(2));
        await(() -> walks.last("shop.test").orElseThrow().trouble().isEmpty());
    }

    @Test
    @Timeout(20)
    void noMoreThanAFewAreAskedOfAtOnce() throws InterruptedException {
        List<String> all = IntStream.range(0, 100).mapToObj(i -> "d" + i + ".test").toList();
        all.forEach(d -> assertEquals(Optional.empty(), walks.last(d)));
        await(() -> asking.get() == 16);
        answers.countDown();
        await(() -> all.stream().filter(d -> walks.last(d).isPresent()).count() == 100);
    }
}
