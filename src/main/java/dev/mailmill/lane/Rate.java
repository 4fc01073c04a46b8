package dev.mailmill.lane;

import java.time.Duration;

/** So many in so long, spread over the time and never all at its begin: {@code 3600/h}. */
record Rate(int count, Duration per) {
    public Rate {
        if (count < 1 || per.isNegative() || per.isZero()) {
            throw new IllegalArgumentException("a rate is a positive number in a positive time");
        }
    }

    /** Between two. */
    public Duration gap() {
        return per.dividedBy(count);
    }

    /** As in the rules. */
    @Override
    public String toString() {
        long seconds = per.toSeconds();
        return count + "/" + (seconds == 1 ? "s" : seconds == 60 ? "min" : seconds == 3600 ? "h"
                : seconds == 86_400 ? "d" : seconds + "s");
    }
}
