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

    /** The place taken last; what comes after it is a matter of the gap that holds by then. */
    private Instant last = Instant.MIN;

    /** Takes a place if it comes by {@code now + grace}; else only tells when it would come. */
    Instant take(Duration gap, Instant now, Duration grace) {
        // a clock that was set back leaves a last that nobody could have taken yet; a gap that
        // became shorter is no such thing, and gave a place for nothing while next was kept
        boolean sane = !last.isAfter(now.plus(grace));
        Instant next = last.plus(gap);
        Duration late = gap.compareTo(LATE) < 0 ? gap : LATE;
        Instant at = next.isAfter(now.minus(late)) && sane ? next : now;
        if (!at.isAfter(now.plus(grace))) {
            last = at;
        }
        return at.isAfter(now) ? at : now;
    }
}
