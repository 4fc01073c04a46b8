package dev.mailmill.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goes on as time does, and jumps when a test says so. It begins ten days ago: jDKIM has a clock of
 * its own and believes no signature from the future.
 */
final class LabClock implements InstantSource {
    private final AtomicReference<Duration> ahead =
            new AtomicReference<>(Duration.ofDays(-10));

    private volatile Instant held;

    @Override
    public Instant instant() {
        Instant still = held;
        return still == null ? Instant.now().plus(ahead.get()) : still;
    }

    /** Stands still from now on, but for jumps. */
    void hold() {
        held = instant();
    }

    void advance(Duration by) {
        ahead.updateAndGet(by::plus);
        if (held != null) {
            held = held.plus(by);
        }
    }
}
