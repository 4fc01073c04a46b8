package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Fewer attempts at once while threads wait for a processor, more while they do not. */
class CrowdTest {
    private static final long IN_TIME = 1_000_000;
    private static final long LATE = 50_000_000;

    private final AtomicInteger risen = new AtomicInteger();
    private final Crowd crowd = new Crowd(2_000, risen::incrementAndGet);

    @Test
    void itGrowsWhileThereIsAProcessorForAll() {
        int looks = 0;
        while (crowd.limit() < 2_000) {
            crowd.woke(IN_TIME);
            looks++;
        }
        assertTrue(looks < 40, "two seconds are enough: " + looks);
        assertEquals(looks, risen.get(), "who waited for a place was called each time");
        crowd.woke(IN_TIME);
        assertEquals(2_000, crowd.limit());
        assertEquals(looks, risen.get());
    }

    @Test
    void itShrinksWhileThreadsAreLateButNeverToNothing() {
        int before = crowd.limit();
        crowd.woke(LATE);
        assertEquals(before - before / 5, crowd.limit());
        for (int i = 0; i < 100; i++) {
            crowd.woke(LATE);
        }
        assertEquals(32, crowd.limit());
        assertEquals(0, risen.get());
        assertEquals(8, new Crowd(8, () -> { }).limit(), "few sockets are few at first too");
    }
}
