package dev.mailmill.containment;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * From which numbers on a stream or a credential is contained. Pure; the reasons stand in {@code
 * docs/defaults.md}.
 */
final class Policy {
    /** Over how long a stream's rates are taken. */
    static final Duration WINDOW = Duration.ofHours(24);
    /** Small samples lie. */
    static final long TRIED_MIN = 200;
    static final long HEARD_MIN = 1_000;
    static final long COMPLAINED_MIN = 5;
    static final double[] HARD = {0.02, 0.05, 0.10};
    static final double[] COMPLAINED = {0.0008, 0.001, 0.003};

    /** How long a credential is new. */
    static final Duration NEW = Duration.ofDays(14);
    /** Of what past its peak is; who is younger has none to be measured by. */
    static final Duration PAST = Duration.ofDays(7);
    /** Fewer in an hour are nobody's concern. */
    static final long SURGE_MIN = 200;
    private static final long ALERT = 5;
    private static final long HOLD = 10;
    /** After a person has let one go on, its new pace becomes its past. */
    static final Duration PEACE = Duration.ofDays(1);

    private Policy() {
    }

    /** What follows from what a bulk stream has met in {@link #WINDOW}. */
    static Level of(Tally t) {
        return bounces(t).or(complaints(t));
    }

    private static Level bounces(Tally t) {
        return t.tried() < TRIED_MIN ? Level.NONE : level(t.hard(), t.tried(), HARD);
    }

    private static Level complaints(Tally t) {
        return unknown(t) || t.complained() < COMPLAINED_MIN ? Level.NONE
                : level(t.complained(), t.heard(), COMPLAINED);
    }

    /** Without enough mail where complaints are told of, their rate is unknown, and never 0. */
    static boolean unknown(Tally t) {
        return t.heard() < HEARD_MIN;
    }

    private static Level level(long count, long of, double[] from) {
        double rate = (double) count / of;
        return rate >= from[2] ? Level.STOP : rate >= from[1] ? Level.SLOW
                : rate >= from[0] ? Level.WARN : Level.NONE;
    }

    /** The evidence, for people. */
    static String words(Tally t) {
        StringBuilder b = new StringBuilder().append(t.hard()).append(" hard bounces in ")
                .append(t.tried()).append(" tries in 24 h (").append(percent(t.hard(), t.tried()))
                .append("), ").append(t.complained()).append(" complaints of ").append(t.heard())
                .append(" delivered where a feedback loop tells (")
                .append(unknown(t) ? "rate unknown" : percent(t.complained(), t.heard()))
                .append(')');
        t.said().forEach(s -> b.append("; said: ").append(s));
        return b.toString();
    }

    static String percent(long count, long of) {
        return of == 0 ? "unknown"
                : String.format(Locale.ROOT, "%.2f %%", 100.0 * count / of);
    }

    /** What an hour of a credential is beside its past. */
    enum Surge {
        NONE, ALERT, HOLD
    }

    /**
     * @param used recipients in this hour
     * @param peak in the hour of its past that had most
     */
    static Surge surge(long used, long peak) {
        if (used < SURGE_MIN) {
            return Surge.NONE;
        }
        return used >= HOLD * peak ? Surge.HOLD : used >= ALERT * peak ? Surge.ALERT
                : Surge.NONE;
    }

    static boolean isNew(Instant created, Instant now) {
        return created.isAfter(now.minus(NEW));
    }

    static boolean hasPast(Instant created, Instant now) {
        return !created.isAfter(now.minus(PAST));
    }
}
