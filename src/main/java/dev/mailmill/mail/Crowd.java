package dev.mailmill.mail;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How many attempts may run at once before each of them, and every door, waits for a processor. A
 * thread that sleeps for a moment and wakes late tells: with a thousand others before it, an urgent
 * mail would wait as long at each step. Fewer at once are as fast together, since what is short is
 * the processor. Grows while nobody waits, for peers are slow far more often than we are.
 */
final class Crowd {
    private static final long LOOK_NANOS = 50_000_000;
    /** Some ten steps of an urgent mail, each so late, are still well under a second. */
    private static final long LATE_NANOS = 20_000_000;
    private static final int LEAST = 32;
    private static final int FIRST = 256;

    private final int most;
    private final Runnable more;
    private volatile int limit;

    /** @param more runs after the limit has risen */
    Crowd(int most, Runnable more) {
        this.most = most;
        this.more = more;
        this.limit = Math.min(most, FIRST);
    }

    int limit() {
        return limit;
    }

    /** Returns when it runs no more. */
    void watch(BooleanSupplier running) {
        while (running.getAsBoolean()) {
            long asleep = System.nanoTime();
            LockSupport.parkNanos(LOOK_NANOS);
            woke(System.nanoTime() - asleep - LOOK_NANOS);
        }
    }

    void woke(long late) {
        int before = limit;
        limit = late > LATE_NANOS ? Math.max(Math.min(LEAST, most), before - before / 5)
                : Math.min(most, before + before / 8 + 8);
        if (limit > before) {
            more.run();
        }
    }
}
