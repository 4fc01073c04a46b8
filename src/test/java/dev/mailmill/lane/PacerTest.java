package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a receiver that counts would see. */
final class PacerTest {
    private static final Instant T = Instant.parse("2026-11-28T10:00:00Z");
    private static final Duration GAP = Duration.ofMillis(20);
    private static final Duration NO_GRACE = Duration.ZERO;
    private static final int SECOND = 1_000;

    private final Pacer pacer = new Pacer();

    /** Moments of those that came, one each so many milliseconds, and got a place at once. */
    private List<Long> taken(int every, int until) {
        List<Long> all = new ArrayList<>();
        for (int ms = 0; ms < until; ms += every) {
            Instant now = T.plusMillis(ms);
            if (!pacer.take(GAP, now, NO_GRACE).isAfter(now)) {
                all.add((long) ms);
            }
        }
        return all;
    }

    @Test
    void who_comes_at_once_gets_one_place_a_gap() {
        List<Long> all = taken(1, SECOND);
        assertEquals(50, all.size());
        for (int i = 1; i < all.size(); i++) {
            assertEquals(20, all.get(i) - all.get(i - 1));
        }
    }

    /** Looked at each 7 ms, a place is found up to 6 ms late; the rate is the same. */
    @Test
    void who_comes_a_moment_late_loses_no_place() {
        int got = taken(7, 10 * SECOND).size();
        assertTrue(got == 500 || got == 499, got + " of 500");
    }

    @Test
    void what_nobody_took_is_gone() {
        taken(1, SECOND);
        Instant later = T.plusSeconds(60);
        int atOnce = 0;
        while (!pacer.take(GAP, later, NO_GRACE).isAfter(later)) {
            atOnce++;
        }
        assertEquals(1, atOnce, "a minute without mail is no credit for a burst");
    }

    /** However they come, no second holds more than the rate and the one that was late. */
    @Test
    void no_second_sees_more_than_the_rate() {
        List<Long> all = new ArrayList<>();
        for (int ms = 0; ms < 20 * SECOND; ms++) {
            boolean rest = ms / 130 % 3 == 2;
            Instant now = T.plusMillis(ms);
            if (!rest && !pacer.take(GAP, now, NO_GRACE).isAfter(now)) {
                all.add((long) ms);
            }
        }
        for (long from : all) {
            long n = all.stream().filter(t -> t >= from && t < from + SECOND).count();
            assertTrue(n <= 51, n + " in the second from " + from);
        }
        assertTrue(all.size() > 600, all.size() + " came");
    }

    @Test
    void a_place_within_the_grace_is_kept_for_who_asked() {
        Duration grace = Duration.ofMillis(50);
        assertEquals(T, pacer.take(GAP, T, grace));
        assertEquals(T.plusMillis(20), pacer.take(GAP, T, grace));
        assertEquals(T.plusMillis(40), pacer.take(GAP, T, grace));
        assertEquals(T.plusMillis(60), pacer.take(GAP, T, grace), "told only");
        assertEquals(T.plusMillis(60), pacer.take(GAP, T, grace), "so it is still free");
    }

    @Test
    void a_clock_that_was_set_back_stops_nothing() {
        pacer.take(GAP, T, NO_GRACE);
        Instant before = T.minusSeconds(3_600);
        assertEquals(before, pacer.take(GAP, before, NO_GRACE));
    }

    /** A rule had halved the rate: its end is no reason to send at once. */
    @Test
    void a_rate_that_rises_gives_no_place_for_nothing() {
        Duration hour = Duration.ofHours(1);
        pacer.take(hour.multipliedBy(2), T, NO_GRACE);
        Instant soon = T.plusSeconds(60);
        assertEquals(T.plus(hour), pacer.take(hour, soon, NO_GRACE));
        assertEquals(T.plus(hour), pacer.take(hour, T.plus(hour), NO_GRACE));
    }

    @Test
    void a_rate_that_falls_holds_from_the_last_place_on() {
        Duration hour = Duration.ofHours(1);
        pacer.take(GAP, T, NO_GRACE);
        assertEquals(T.plus(hour), pacer.take(hour, T.plusSeconds(60), NO_GRACE));
    }
}
