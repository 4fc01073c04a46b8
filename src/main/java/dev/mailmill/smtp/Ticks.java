package dev.mailmill.smtp;

import java.time.Duration;

/** Monotonic nanoseconds since the class was loaded: never negative, so that they compare. */
final class Ticks {
    static final long NEVER = Long.MAX_VALUE;
    private static final long BASE = System.nanoTime();

    private Ticks() {
    }

    static long now() {
        return System.nanoTime() - BASE;
    }

    static long in(Duration time) {
        return now() + time.toNanos();
    }
}
