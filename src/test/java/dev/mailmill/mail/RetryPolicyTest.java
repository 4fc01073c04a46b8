package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What follows from an outcome, by the numbers of docs/defaults.md. */
class RetryPolicyTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Reply GREYLISTED = new Reply(450, "4.2.0", "come back later", "mx.test");
    private final RetryPolicy policy = new RetryPolicy(new Random(1));

    @Test
    void transactionalMailIsTriedQuicklyAndForTwoDays() {
        List<Duration> waits = waits(Stream.Schedule.TRANSACTIONAL, Duration.ofHours(48));

        assertEquals(List.of(1L, 2L, 4L, 8L, 15L, 30L, 60L, 60L, 60L, 60L, 60L, 120L),
                waits.stream().limit(12).map(Duration::toMinutes).toList());
        assertLife(waits, Duration.ofHours(48));
    }

    @Test
    void bulkMailIsPatientForThreeDays() {
        List<Duration> waits = waits(Stream.Schedule.BULK, Duration.ofHours(72));

        assertEquals(List.of(15L, 30L, 60L, 120L, 240L, 480L, 480L),
                waits.stream().limit(7).map(Duration::toMinutes).toList());
        assertLife(waits, Duration.ofHours(72));
    }

    @Test
    void mailOfPeopleIsTriedForFiveDays() {
        List<Duration> waits = waits(Stream.Schedule.PEOPLE, Duration.ofDays(5));

        assertEquals(List.of(5L, 10L, 20L, 40L, 80L, 160L, 240L, 240L),
                waits.stream().limit(8).map(Duration::toMinutes).toList());
        assertLife(waits, Duration.ofDays(5));
    }

    @Test
    void aOneTimeCodeIsTriedWithinItsLifeAndOnceMoreAtItsEnd() {
        List<Duration> waits = waits(Stream.Schedule.TRANSACTIONAL, Duration.ofMinutes(15));

        assertEquals(List.of(30L, 60L, 120L, 240L, 445L),
                waits.stream().map(Duration::toSeconds).toList());
    }

    @Test
    void theLifeOfAScheduledLetterCountsFromItsTime() {
        Instant handedIn = NOON.minus(Duration.ofDays(90));
        Stream stream = stream(Stream.Schedule.TRANSACTIONAL, Stream.OnAmbiguous.RESEND);
        Outcome later = new Outcome.Deferred(GREYLISTED, Outcome.Fault.RECIPIENT);
        Delivery letter = delivery(0, NOON.plus(Duration.ofHours(48)));
        Delivery code = delivery(0, NOON.plus(Duration.ofMinutes(15)));

        assertEquals(NOON.plus(Duration.ofMinutes(1)),
                policy.judge(letter, later, stream, NOON, NOON, Duration.ZERO).due());
        assertEquals(NOON.plus(Duration.ofSeconds(30)),
                policy.judge(code, later, stream, NOON, NOON, Duration.ZERO).due());
        assertEquals(true, RetryPolicy.shortLived(code, stream, NOON));
        assertEquals(false, RetryPolicy.shortLived(code, stream, handedIn),
                "had it been for sending then");
    }

    @Test
    void theLanesFaultSpendsNoAttempt() {
        Delivery d = delivery(3, NOON.plus(Duration.ofHours(1)));

        var verdict = policy.judge(d, new Outcome.Deferred(GREYLISTED, Outcome.Fault.LANE),
                stream(Stream.Schedule.TRANSACTIONAL, Stream.OnAmbiguous.RESEND), NOON,
                NOON, Duration.ofMinutes(5));

        assertEquals(3, verdict.attempts());
        assertEquals(NOON.plus(Duration.ofMinutes(5)), verdict.due());
        assertEquals(State.DEFERRED, verdict.next());
    }

    @Test
    void aLanePausesLongerWithEachFaultAndNeverMoreThanAnHourAndAFifth() {
        for (int i = 0; i < 100; i++) {
            assertWithinFifth(5, policy.lanePause(1));
            assertWithinFifth(10, policy.lanePause(2));
            assertWithinFifth(20, policy.lanePause(3));
            assertWithinFifth(60, policy.lanePause(4));
            assertWithinFifth(60, policy.lanePause(99));
        }
    }

    @Test
    void anAmbiguousEndIsToldAndThenWhatTheStreamChose() {
        Delivery d = delivery(0, NOON.plus(Duration.ofHours(1)));
        Outcome lost = new Outcome.Ambiguous(Reply.local("4.4.2", "the line died"));

        var resent = policy.judge(d, lost,
                stream(Stream.Schedule.TRANSACTIONAL, Stream.OnAmbiguous.RESEND), NOON,
                NOON, Duration.ZERO);
        var held = policy.judge(d, lost,
                stream(Stream.Schedule.TRANSACTIONAL, Stream.OnAmbiguous.HOLD), NOON,
                NOON, Duration.ZERO);

        assertEquals(State.DEFERRED, resent.next());
        assertInstanceOf(Fact.Ambiguous.class, resent.facts().getFirst());
        assertEquals(State.HELD, held.next());
        assertInstanceOf(Fact.Ambiguous.class, held.facts().getFirst());
        assertInstanceOf(Fact.Held.class, held.facts().getLast());
    }

    @Test
    void everyOtherOutcomeIsFinalWithItsFact() {
        Delivery d = delivery(0, NOON.plus(Duration.ofHours(1)));
        Reply ok = new Reply(250, "2.0.0", "ok", "mx.test");
        record Case(Outcome outcome, State state, Class<? extends Fact> fact) {
        }
        for (Case c : List.of(
                new Case(new Outcome.Delivered(ok), State.DELIVERED, Fact.Delivered.class),
                new Case(new Outcome.Relayed(ok), State.RELAYED, Fact.Relayed.class),
                new Case(new Outcome.Captured(), State.CAPTURED, Fact.Captured.class),
                new Case(new Outcome.Bounced(ok), State.BOUNCED, Fact.Bounced.class),
                new Case(new Outcome.Failed(ok), State.FAILED, Fact.Failed.class))) {
            var verdict = policy.judge(d, c.outcome(),
                    stream(Stream.Schedule.BULK, Stream.OnAmbiguous.RESEND), NOON, NOON,
                    Duration.ZERO);

            assertEquals(c.state(), verdict.next());
            assertEquals(1, verdict.facts().size());
            assertInstanceOf(c.fact(), verdict.facts().getFirst());
        }
    }

    private List<Duration> waits(Stream.Schedule schedule, Duration life) {
        List<Duration> waits = new ArrayList<>();
        Instant now = NOON;
        Instant expires = NOON.plus(life);
        for (int attempts = 0; attempts < 1000; attempts++) {
            var verdict = policy.judge(delivery(attempts, expires),
                    new Outcome.Deferred(GREYLISTED, Outcome.Fault.RECIPIENT),
                    stream(schedule, Stream.OnAmbiguous.RESEND), NOON, now,
                    Duration.ZERO);
            if (!verdict.next().open()) {
                assertEquals(State.EXPIRED, verdict.next());
                return waits;
            }
            waits.add(Duration.between(now, verdict.due()));
            now = verdict.due();
        }
        throw new AssertionError("a delivery was tried a thousand times");
    }

    /** The last try is close to the end, and never after it. */
    private static void assertLife(List<Duration> waits, Duration life) {
        Duration sum = waits.stream().reduce(Duration.ZERO, Duration::plus);
        assertTrue(sum.compareTo(life) < 0, "tried after its end: " + sum);
        Duration left = life.minus(sum);
        assertTrue(left.compareTo(waits.getLast()) <= 0, "gave up too early: " + left);
    }

    private static void assertWithinFifth(long minutes, Duration pause) {
        double ratio = pause.toMillis() / (minutes * 60_000.0);
        assertTrue(ratio >= 0.8 && ratio <= 1.2, minutes + " min became " + pause);
    }

    private static Delivery delivery(int attempts, Instant expires) {
        long id = new Ids(() -> NOON, 1).next(1);
        return new Delivery(id, id, 1, 1, TrafficClass.TRANSACTIONAL, "a@b.test", "b.test", "", "",
                State.QUEUED, attempts, NOON, expires);
    }

    private static Stream stream(Stream.Schedule schedule, Stream.OnAmbiguous onAmbiguous) {
        return new Stream(1, 1, "s", TrafficClass.TRANSACTIONAL, schedule,
                Stream.ReturnPath.SIGNED, onAmbiguous);
    }
}
