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

    @Override
    public Instant instant() {
        return Instant.now().plus(ahead.get());
    }

    void advance(Duration by) {
        ahead.updateAndGet(by::plus);
    }
}
