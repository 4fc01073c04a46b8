package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * All failure policy in one pure place: what an outcome means for its delivery and for its lane.
 * The protocol code reports what happened and decides nothing. The numbers' reasons are in
 * {@code docs/defaults.md}.
 */
public final class RetryPolicy {
    /** Pauses of a lane that is at fault, the last one repeats. */
    private static final List<Duration> LANE_PAUSES = List.of(Duration.ofMinutes(5),
            Duration.ofMinutes(10), Duration.ofMinutes(20), Duration.ofMinutes(60));
    private static final double LANE_JITTER = 0.2;
    /** The last try of a delivery comes this long before its end. */
    private static final Duration LAST_CALL = Duration.ofSeconds(5);

    private final RandomGenerator random;

    public RetryPolicy(RandomGenerator random) {
        this.random = random;
    }

    /** What to store, as {@link Spool.Settlement} wants it. */
    public record Verdict(State next, int attempts, Instant due, List<Fact> facts) {
    }

    /** How long a delivery of the schedule is tried when nobody says otherwise. */
    public static Duration lifetime(Stream.Schedule schedule) {
        return switch (schedule) {
            case TRANSACTIONAL -> Duration.ofHours(48);
            case BULK -> Duration.ofHours(72);
            case PEOPLE -> Duration.ofDays(5);
        };
    }

    /** Whether its sender set an end before the schedule's own. @param begins its message's */
    static boolean shortLived(Delivery d, Stream stream, Instant begins) {
        return Duration.between(begins, d.expires()).compareTo(lifetime(stream.schedule())) < 0;
    }

    /**
     * @param begins    of its message: from there its life counts
     * @param lanePause the pause of the lane, when the outcome is the lane's fault
     */
    public Verdict judge(Delivery d, Outcome outcome, Stream stream, Instant begins, Instant now,
            Duration lanePause) {
        int spent = d.attempts() + 1;
        return switch (outcome) {
            case Outcome.Delivered(Reply r) ->
                    end(State.DELIVERED, spent, now, new Fact.Delivered(r, spent));
            case Outcome.Relayed(Reply r) ->
                    end(State.RELAYED, spent, now, new Fact.Relayed(r, spent));
            case Outcome.Captured() -> end(State.CAPTURED, spent, now, new Fact.Captured());
            case Outcome.Bounced(Reply r) ->
                    end(State.BOUNCED, spent, now, new Fact.Bounced(r, spent, false));
            case Outcome.Failed(Reply r) -> end(State.FAILED, spent, now, new Fact.Failed(r));
            case Outcome.Held(String reason) ->
                    end(State.HELD, d.attempts(), now, new Fact.Held(reason));
            case Outcome.Ambiguous(Reply r) -> ambiguous(d, r, spent, now, stream,
                    delay(d, stream, begins, spent));
            case Outcome.Deferred(Reply r, Outcome.Fault fault) -> switch (fault) {
                case RECIPIENT -> again(d, r, spent, now,
                        delay(d, stream, begins, spent));
                case LANE -> again(d, r, d.attempts(), now, lanePause);
            };
        };
    }

    /** The pause of a lane after so many faults in a row, from 1. */
    public Duration lanePause(int faultsInARow) {
        Duration base = LANE_PAUSES.get(Math.clamp(faultsInARow, 1, LANE_PAUSES.size()) - 1);
        double factor = 1 - LANE_JITTER + 2 * LANE_JITTER * random.nextDouble();
        return Duration.ofMillis((long) (base.toMillis() * factor));
    }

    /** A delivery whose time is over before it could be tried again. */
    public static Verdict expired(Delivery d, Reply last, Instant now) {
        return end(State.EXPIRED, d.attempts(), now, new Fact.Expired(last));
    }

    /** A delivery that a gate does not let go yet: nothing was tried, so nothing is spent. */
    static Verdict withheld(Delivery d, String reason, Instant until) {
        return deferred(Reply.local("4.7.1", reason), d.attempts(),
                until.isBefore(d.expires()) ? until : d.expires());
    }

    /** Whether it was put off before it was ever tried: the fact that says why is there. */
    static boolean toldWhyItWaits(Delivery d) {
        return d.state() == State.DEFERRED && d.attempts() == 0;
    }

    private static Verdict ambiguous(Delivery d, Reply reply, int spent, Instant now,
            Stream stream, Duration wait) {
        Fact doubt = new Fact.Ambiguous(reply, spent);
        return switch (stream.onAmbiguous()) {
            case HOLD -> new Verdict(State.HELD, spent, now, List.of(doubt, new Fact.Held(
                    "The server may have taken it; this stream holds such mail for a decision.")));
            case RESEND -> {
                Verdict next = again(d, reply, spent, now, wait);
                List<Fact> facts = new ArrayList<>();
                facts.add(doubt);
                facts.addAll(next.facts());
                yield new Verdict(next.next(), spent, next.due(), facts);
            }
        };
    }

    private static Verdict again(Delivery d, Reply reply, int spent, Instant now, Duration wait) {
        Instant due = now.plus(wait);
        if (due.isBefore(d.expires())) {
            return deferred(reply, spent, due);
        }
        Instant lastCall = d.expires().minus(LAST_CALL);
        boolean worthIt = lastCall.isAfter(now.plus(wait.dividedBy(2)));
        return worthIt ? deferred(reply, spent, lastCall)
                : end(State.EXPIRED, spent, now, new Fact.Expired(reply));
    }

    private static Verdict deferred(Reply reply, int spent, Instant due) {
        return new Verdict(State.DEFERRED, spent, due,
                List.of(new Fact.Deferred(reply, spent, due)));
    }

    private static Verdict end(State state, int spent, Instant now, Fact fact) {
        return new Verdict(state, spent, now, List.of(fact));
    }

    /** The wait after so many attempts, from 1. */
    private static Duration delay(Delivery d, Stream stream, Instant begins, int spent) {
        return switch (stream.schedule()) {
            case TRANSACTIONAL -> shortLived(d, stream, begins)
                    ? doubling(Duration.ofSeconds(30), spent, Duration.ofMinutes(30))
                    : transactional(spent);
            case BULK -> bulk(spent);
            case PEOPLE -> doubling(Duration.ofMinutes(5), spent, Duration.ofHours(4));
        };
    }

    /** 1, 2, 4, 8, 15, 30 min, hourly until 6 h are over, then 2-hourly. */
    private static Duration transactional(int spent) {
        int[] minutes = {1, 2, 4, 8, 15, 30};
        if (spent <= minutes.length) {
            return Duration.ofMinutes(minutes[spent - 1]);
        }
        return Duration.ofHours(spent <= minutes.length + 5 ? 1 : 2);
    }

    /** 15, 30 min, 1, 2, 4 h, then 8-hourly. */
    private static Duration bulk(int spent) {
        int[] minutes = {15, 30, 60, 120, 240};
        return Duration.ofMinutes(spent <= minutes.length ? minutes[spent - 1] : 480);
    }

    private static Duration doubling(Duration first, int spent, Duration most) {
        Duration wait = first.multipliedBy(1L << Math.min(spent - 1, 20));
        return wait.compareTo(most) > 0 ? most : wait;
    }
}
