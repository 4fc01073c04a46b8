package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dashboard.HealthSentence.Known;
import dev.mailmill.dashboard.HealthSentence.Refusal;
import dev.mailmill.dashboard.HealthSentence.Shut;
import dev.mailmill.dashboard.Surroundings.Delivery;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Traffic.Hold.Constraint;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Whether mail arrives, in a sentence")
class HealthSentenceTest {
    private static final Shut REFUSED = new Shut("outlook.com", true, Constraint.BREAKER,
            "550 5.7.515 Access denied", 550, 1_104, "");
    private static final Shut PUT_OFF = new Shut("gmx.net", false, Constraint.LANE,
            "421 too many connections", 421, 9_000, "28 Nov 15:00:00");
    private static final Refusal FEW = new Refusal("Gmail", "Taken for spam", 2, 100, "/d");
    private static final Refusal MANY = new Refusal("Gmail", "Taken for spam", 30, 1_000, "/d");

    private static Known known(Delivery mode, List<Shut> shut, Refusal refusal, long accepted) {
        return new Known(mode, Optional.empty(), List.of(), shut, Optional.ofNullable(refusal),
                accepted == 0, accepted, accepted - 3, accepted, mode == Delivery.CAPTURE
                        ? accepted : 0, 0, Optional.of(Duration.ofMillis(400)),
                "in the last 24 hours");
    }

    private static String said(HealthSentence s) {
        return s.tone() + ": " + s.word() + ": " + s.cause() + " " + s.rest();
    }

    @Test
    void what_flows_says_how_much_and_how_fast() {
        assertEquals("good: Flowing: All lanes flow. 1,000 accepted in the last 24 hours,"
                + " 99.7 % delivered (997 of 1,000). Transactional mail has its first attempt in"
                + " 0.4 s (p99).", said(HealthSentence.of(known(Delivery.DIRECT, List.of(), FEW,
                        1_000))));
    }

    @Test
    void a_refusal_weighs_more_than_a_longer_queue_and_is_never_called_slow() {
        HealthSentence s = HealthSentence.of(known(Delivery.DIRECT, List.of(PUT_OFF, REFUSED),
                MANY, 1_000));
        assertEquals("bad: Refused: outlook.com refuses our mail: 550 5.7.515 Access denied."
                + " Bulk mail to outlook.com waits, 1,104 in all. 1 more lane rests."
                + " Transactional mail has its first attempt in 0.4 s (p99).", said(s));
        assertFalse(said(s).matches("(?i).*\\bslow.*"), said(s));
        assertEquals("/queue", s.path());
    }

    @Test
    void what_waits_is_not_also_rejected() {
        HealthSentence s = HealthSentence.of(known(Delivery.DIRECT, List.of(PUT_OFF), null,
                1_000));
        assertEquals("warn: Waiting: gmx.net puts us off: 421 too many connections. 9,000"
                + " deliveries wait, until 28 Nov 15:00:00. Everything else flows. Transactional"
                + " mail has its first attempt in 0.4 s (p99).", said(s));
        assertFalse(said(s).contains("eject"), said(s));
    }

    @Test
    void many_refusals_are_news_and_a_few_are_not() {
        assertTrue(said(HealthSentence.of(known(Delivery.DIRECT, List.of(), MANY, 1_000)))
                .startsWith("bad: Rejected: Gmail rejects mail: Taken for spam. 30 of 1,000"));
        assertFalse(FEW.news());
        assertFalse(new Refusal("Gmail", "", 2, 2, "").news(), "small samples lie");
        assertTrue(new Refusal("Gmail", "", 3, 15, "").news());
    }

    @Test
    void the_store_comes_first() {
        Known k = known(Delivery.DIRECT, List.of(REFUSED), MANY, 10);
        HealthSentence s = HealthSentence.of(new Known(k.mode(),
                Optional.of(StoreException.Kind.FULL), List.of("news"), k.shut(), k.refusal(),
                false, 10, 1, 10, 0, 0, Optional.empty(), k.during()));
        assertEquals("bad", s.tone());
        assertEquals("No mail is taken: the disk is full.", s.cause());
    }

    @Test
    void capture_holding_and_silence_say_so() {
        assertTrue(said(HealthSentence.of(known(Delivery.CAPTURE, List.of(), null, 7)))
                .startsWith("quiet: Captured: This server keeps mail and shows it; nothing is"
                        + " sent. 7 kept in the last 24 hours."));
        assertEquals("Held", HealthSentence.of(known(Delivery.HOLD, List.of(), null, 7)).word());
        assertEquals("No mail yet.", HealthSentence.of(known(Delivery.DIRECT, List.of(), null,
                0)).cause());
    }

    @Test
    void deltas_say_how_much_and_in_which_unit() {
        assertEquals("+4 %", Delta.ofCount(104, 100));
        assertEquals("−50 %", Delta.ofCount(50, 100));
        assertEquals("±0 %", Delta.ofCount(100, 100));
        assertEquals("× 12", Delta.ofCount(1_200, 100));
        assertEquals("", Delta.ofCount(5, 0), "nothing to compare with");
        assertEquals("+0.01", Delta.ofShare(5, 10_000, 4, 10_000));
        assertEquals("−1.5", Delta.ofShare(970, 1_000, 985, 1_000));
        assertEquals("", Delta.ofShare(1, 2, 0, 0));
        assertEquals("+0,01", Texts.in(Locale.GERMAN, () -> Delta.ofShare(5, 10_000, 4, 10_000)));
    }
}
