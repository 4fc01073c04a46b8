package dev.mailmill.lane;

import java.time.Duration;
import java.time.Instant;

/** An end in the clock's time and in real time: a clock that is set back must not prolong it. */
record Until(Instant at, long nanosFrom, long nanos) {
    static final Until PAST = new Until(Instant.MIN, 0, 0);

    static Until in(Duration time, Instant now) {
        return new Until(now.plus(time), System.nanoTime(), time.toNanos());
    }

    boolean holds(Instant now) {
        return at.isAfter(now) && System.nanoTime() - nanosFrom < nanos;
    }
}
