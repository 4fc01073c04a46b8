package dev.mailmill.alert;

import java.time.Duration;

/**
 * From where on somebody is told. Between {@code line} and {@code clears} nothing changes, so that
 * a value on the line does not ring all night.
 *
 * @param line   beyond it, and at it, something is wrong
 * @param clears at or past it all is well again
 * @param sample fewer than so many prove nothing
 * @param holds  so long it has to be wrong
 * @param armed  whether it is watched
 */
public record Line(double line, double clears, long sample, Duration holds, boolean armed) {
    /** Whether a value is wrong. */
    boolean beyond(Rule rule, double value) {
        return rule.floor() ? value < line : value >= line;
    }

    /** Whether it is well; a state is so below its line. */
    boolean well(Rule rule, double value) {
        return rule.floor() ? value >= clears : clears < line ? value <= clears : value < line;
    }
}
