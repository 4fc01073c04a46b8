package dev.mailmill.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.alert.Alert.Phase;
import dev.mailmill.alert.Course.What;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** From the first value beyond the line to the end, and who hears of it. */
class CourseTest {
    private static final Line LINE = new Line(0.10, 0.05, 50, Duration.ofMinutes(2), true);

    private Instant now = Instant.parse("2026-11-28T12:00:00Z");
    private Optional<Alert> alert = Optional.empty();
    private boolean muted;
    private final List<String> told = new ArrayList<>();

    private void see(double rate, long sample) {
        step(Optional.of(new Reading(Rule.REJECT_RATE, 1, "there", rate, sample, "w")), LINE);
    }

    private void step(Optional<Reading> reading, Line line) {
        Course.Step step = Course.next(alert, reading, line, muted, now);
        alert = step.alert();
        step.tell().map(What::word).ifPresent(told::add);
    }

    private void later(int minutes) {
        now = now.plus(Duration.ofMinutes(minutes));
    }

    private Phase phase() {
        return alert.orElseThrow().phase();
    }

    private void fire() {
        see(0.2, 50);
        later(2);
        see(0.2, 50);
        assertEquals(Phase.FIRING, phase());
    }

    @Test
    void it_waits_fires_and_is_over_once_it_has_been_well_for_a_while() {
        see(0.2, 50);
        assertEquals(Phase.PENDING, phase());
        later(1);
        see(0.2, 50);
        assertEquals(List.of(), told);
        later(1);
        see(0.2, 50);
        assertEquals(List.of("firing"), told);
        see(0.04, 50);
        later(4);
        see(0.04, 50);
        assertEquals(Phase.FIRING, phase(), "well for four minutes only");
        later(1);
        see(0.04, 50);
        assertEquals(Phase.RESOLVED, phase());
        assertEquals(List.of("firing", "resolved"), told);
    }

    @Test
    void what_passes_by_itself_rings_nowhere() {
        see(0.2, 50);
        later(1);
        see(0.09, 50);
        assertTrue(alert.isEmpty(), "it begins anew");
        later(2);
        see(0.2, 50);
        assertEquals(Phase.PENDING, phase());
        assertEquals(List.of(), told);
    }

    @Test
    void between_the_two_lines_nothing_changes() {
        fire();
        for (int i = 0; i < 20; i++) {
            later(1);
            see(i % 2 == 0 ? 0.07 : 0.12, 50);
            assertEquals(Phase.FIRING, phase());
        }
        see(0.01, 50);
        later(3);
        see(0.07, 50);
        later(3);
        see(0.01, 50);
        assertEquals(Phase.FIRING, phase(), "being well was interrupted");
        assertEquals(List.of("firing"), told);
    }

    @Test
    void few_prove_nothing_and_what_is_gone_is_well() {
        see(1, 49);
        assertTrue(alert.isEmpty());
        fire();
        step(Optional.empty(), LINE);
        later(5);
        step(Optional.empty(), LINE);
        assertEquals(Phase.RESOLVED, phase());
    }

    @Test
    void who_does_not_answer_is_told_again_and_who_does_is_not() {
        fire();
        later(239);
        see(0.2, 50);
        assertEquals(List.of("firing"), told);
        later(1);
        see(0.2, 50);
        later(240);
        see(0.2, 50);
        assertEquals(List.of("firing", "reminder", "reminder"), told);
        Alert a = alert.orElseThrow();
        alert = Optional.of(new Alert(1, a.tenant(), a.rule(), a.about(), a.phase(), a.since(),
                a.fired(), a.cleared(), a.told(), a.resolved(), Optional.of(now), "ann",
                a.value(), a.line(), a.words()));
        later(900);
        see(0.2, 50);
        assertEquals(3, told.size());
    }

    @Test
    void a_mute_is_silent_and_what_still_fires_after_it_is_told_then() {
        muted = true;
        fire();
        later(600);
        see(0.2, 50);
        assertEquals(List.of(), told);
        muted = false;
        see(0.2, 50);
        assertEquals(List.of("firing"), told);
    }

    @Test
    void of_what_nobody_heard_nobody_hears_that_it_is_over() {
        muted = true;
        fire();
        muted = false;
        see(0, 50);
        later(5);
        see(0, 50);
        assertEquals(Phase.RESOLVED, phase());
        assertEquals(List.of(), told);
    }

    @Test
    void a_rule_that_is_off_neither_fires_nor_goes_on() {
        Line off = new Line(0.10, 0.05, 50, Duration.ZERO, false);
        Optional<Reading> bad = Optional.of(new Reading(Rule.REJECT_RATE, 1, "there", 1, 50, ""));
        step(bad, off);
        assertTrue(alert.isEmpty());
        fire();
        step(bad, off);
        later(5);
        step(bad, off);
        assertEquals(Phase.RESOLVED, phase());
    }

    @Test
    void below_a_floor_is_wrong_and_a_state_is_well_when_it_is_not() {
        Line disk = Defaults.of(Rule.DISK_FREE).line();
        assertTrue(disk.beyond(Rule.DISK_FREE, 2_047));
        assertFalse(disk.beyond(Rule.DISK_FREE, 2_048));
        assertFalse(disk.well(Rule.DISK_FREE, 2_500));
        assertTrue(disk.well(Rule.DISK_FREE, 2_560));
        Line store = Defaults.of(Rule.STORE).line();
        assertTrue(store.beyond(Rule.STORE, 1));
        assertFalse(store.well(Rule.STORE, 1));
        assertTrue(store.well(Rule.STORE, 0));
    }

    @Test
    void each_default_clears_on_its_good_side() {
        for (Rule r : Rule.ALL) {
            Line l = Defaults.of(r).line();
            assertTrue(r.floor() ? l.clears() >= l.line() : l.clears() <= l.line(), r.word());
            assertFalse(Defaults.of(r).because().isBlank(), r.word());
        }
    }

    @Test
    void a_strangers_words_stay_on_one_line_and_short() {
        Reading r = new Reading(Rule.REJECT_RATE, 1, "a\r\nb", 1, 1,
                "no\u0000 \u202Eevil\u2028" + "x".repeat(2_000));
        assertEquals("a  b", r.about());
        assertTrue(r.words().startsWith("no   evil xxx"), r.words());
        assertEquals(600, r.words().length());
    }
}
