package dev.mailmill.lane;

import java.time.Duration;
import java.time.Instant;

/**
 * So many in so long and never more, spread evenly: places come a gap apart, and one that nobody
 * took is gone. (A bucket that fills up again would let through twice the rate in its first
 * interval.) Who comes a moment late still has his place, or the rate would never be reached.
 * Guarded by its road.
 */
final class Pacer {
    /** A thread's delay, and far less than a receiver counts in. */
    private static final Duration LATE = Duration.ofMillis(50);

    private Instant next = Instant.MIN;

    /** Takes a place if it comes by {@code now + grace}; else only tells when it would come. */
    Instant take(Duration gap, Instant now, Duration grace) {
        // a clock that was set back leaves a next that is too far away
        boolean sane = !next.isAfter(now.plus(gap).plus(grace).plus(grace));
        Duration late = gap.compareTo(LATE) < 0 ? gap : LATE;
        Instant at = next.isAfter(now.minus(late)) && sane ? next : now;
        if (!at.isAfter(now.plus(grace))) {
            next = at.plus(gap);
        }
        return at.isAfter(now) ? at : now;
    }
}
