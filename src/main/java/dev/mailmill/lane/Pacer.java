package dev.mailmill.lane;

import java.time.Duration;
import java.time.Instant;

/**
 * So many in so long and never more, spread evenly: the next comes a gap after the last, and what
 * was not used is gone. (A bucket that fills up again would let through twice the rate in its first
 * interval.) Guarded by its road.
 */
final class Pacer {
    private Instant next = Instant.MIN;

    /** Takes a place if it comes by {@code now + grace}; else only tells when it would come. */
    Instant take(Duration gap, Instant now, Duration grace) {
        // a clock that was set back leaves a next that is too far away
        boolean sane = next.isBefore(now.plus(gap).plus(grace).plus(grace));
        Instant at = next.isAfter(now) && sane ? next : now;
        if (!at.isAfter(now.plus(grace))) {
            next = at.plus(gap);
        }
        return at;
    }
}
