package dev.mailmill.containment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every number at which something begins, with the last one before it. */
class PolicyTest {
    @ParameterizedTest
    @CsvSource({
        // tried, hard, heard, complained, level
        "    0,   0,     0,   0, NONE", "  199, 199,     0,   0, NONE",
        "  200,   3,     0,   0, NONE", "  200,   4,     0,   0, WARN",
        "  200,   9,     0,   0, WARN", "  200,  10,     0,   0, SLOW",
        "  200,  19,     0,   0, SLOW", "  200,  20,     0,   0, STOP",
        "10000, 199,     0,   0, NONE", "10000, 200,     0,   0, WARN",
        "10000, 499,     0,   0, WARN", "10000, 500,     0,   0, SLOW",
        "10000, 999,     0,   0, SLOW", "10000,1000,     0,   0, STOP",
        // few are heard of: unknown, however bad it looks
        " 5000,   0,   999, 500, NONE", " 5000,   0,     0, 500, NONE",
        // and fewer than five are nobody's rate
        " 5000,   0,  1000,   4, NONE", " 5000,   0,  1000,   5, STOP",
        "90000,   0, 10000,   7, NONE", "90000,   0, 10000,   8, WARN",
        "90000,   0, 10000,   9, WARN", "90000,   0, 10000,  10, SLOW",
        "90000,   0, 10000,  29, SLOW", "90000,   0, 10000,  30, STOP",
        // the worse of both
        "10000, 200, 10000,  30, STOP", "10000, 600, 10000,   8, SLOW"})
    void a_stream_is_as_bad_as_the_worse_of_its_rates(long tried, long hard, long heard,
            long complained, Level level) {
        assertEquals(level, Policy.of(new Tally(tried, hard, heard, complained, List.of())));
    }

    @ParameterizedTest
    @CsvSource({"199, 0, NONE", "199, 10, NONE", "200, 0, HOLD", "200, 20, HOLD",
        "200, 21, ALERT", "200, 40, ALERT", "200, 41, NONE", "499, 100, NONE",
        "500, 100, ALERT", "999, 100, ALERT", "1000, 100, HOLD"})
    void an_hour_is_measured_by_the_most_of_the_past(long used, long peak,
            Policy.Surge surge) {
        assertEquals(surge, Policy.surge(used, peak));
    }

    @Test
    void a_credential_is_new_for_14_days_and_has_a_past_after_7() {
        Instant made = Instant.parse("2026-01-01T00:00:00Z");
        Instant fortnight = made.plus(Duration.ofDays(14));
        assertTrue(Policy.isNew(made, fortnight.minusMillis(1)));
        assertFalse(Policy.isNew(made, fortnight));
        assertFalse(Policy.hasPast(made, made.plus(Duration.ofDays(7)).minusMillis(1)));
        assertTrue(Policy.hasPast(made, made.plus(Duration.ofDays(7))));
    }

    @Test
    void silence_where_nobody_tells_is_unknown_and_not_zero() {
        assertEquals("4 hard bounces in 200 tries in 24 h (2.00 %), 0 complaints of 0 delivered"
                + " where a feedback loop tells (rate unknown); said: 550 5.1.1 no",
                Policy.words(new Tally(200, 4, 0, 0, List.of("550 5.1.1 no"))));
        assertTrue(Policy.words(new Tally(5000, 0, 2000, 6, List.of())).contains("(0.30 %)"));
    }
}
