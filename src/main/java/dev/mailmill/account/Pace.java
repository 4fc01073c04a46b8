package dev.mailmill.account;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/**
 * At most so many in any second, wherever the second begins: a bucket that is full and refilled
 * would let twice as many through. Remembers when the last ones were. Thread-safe.
 */
final class Pace {
    private static final long WINDOW_US = 1_000_000;
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final long[] at;
    private int next;

    Pace(int perSecond) {
        this.at = new long[perSecond];
        Arrays.fill(at, NEVER);
    }

    /** Zero when it may go on, and is counted; else how long to wait, and nothing is counted. */
    synchronized Duration take(Instant now) {
        long us = micros(now);
        // the one that the whole second's number ago was; a clock that went back forgets it
        long age = us - at[next];
        if (age >= 0 && age < WINDOW_US) {
            return Duration.of(WINDOW_US - age, ChronoUnit.MICROS);
        }
        at[next] = us;
        next = (next + 1) % at.length;
        return Duration.ZERO;
    }

    int perSecond() {
        return at.length;
    }

    /** How many more may go on now. */
    synchronized int left(Instant now) {
        long us = micros(now);
        int left = 0;
        for (long one : at) {
            left += us - one >= 0 && us - one < WINDOW_US ? 0 : 1;
        }
        return left;
    }

    private static long micros(Instant at) {
        return at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
    }
}
