package dev.mailmill.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * When an event that was not taken is told again: Standard Webhooks' schedule, 75 hours and 35
 * minutes in all, and up to a tenth more each time, so that what failed together does not come back
 * together.
 */
final class Backoff {
    static final List<Duration> WAITS = List.of(Duration.ofSeconds(5), Duration.ofMinutes(5),
            Duration.ofMinutes(30), Duration.ofHours(2), Duration.ofHours(5),
            Duration.ofHours(10), Duration.ofHours(14), Duration.ofHours(20),
            Duration.ofHours(24));
    private static final Duration AT_LEAST = Duration.ofHours(72);
    /** An endpoint that takes nothing is asked so often at least: all wait for its answer. */
    private static final Duration DOWN_MAX = Duration.ofMinutes(30);
    private static final Duration ASKED_MAX = Duration.ofHours(24);

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /**
     * @param attempts so far, at least 1
     * @param asked    by Retry-After; zero when it was not
     */
    Instant next(Instant now, int attempts, boolean down, Duration asked) {
        Duration wait = WAITS.get(Math.min(attempts, WAITS.size()) - 1);
        if (down && wait.compareTo(DOWN_MAX) > 0) {
            wait = DOWN_MAX;
        }
        wait = wait.plusMillis(random.nextLong(wait.toMillis() / 10 + 1));
        Duration bounded = asked.compareTo(ASKED_MAX) > 0 ? ASKED_MAX : asked;
        return now.plus(bounded.compareTo(wait) > 0 ? bounded : wait);
    }

    /** Whether the schedule is through. */
    static boolean over(Parked p, Instant now) {
        return p.attempts() > WAITS.size()
                && now.toEpochMilli() - p.first() >= AT_LEAST.toMillis();
    }
}
