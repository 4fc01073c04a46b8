package dev.mailmill.analytics;

import dev.mailmill.analytics.Stats.Sums;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;

/** A share that says of what: its numerator and denominator have names. */
public enum Rate {
    /** Gross: what was taken at first. */
    DELIVERY("delivered + relayed", Rate::taken, "delivered + relayed + bounced + expired + failed",
            Rate::decided),
    /** Net of what came back later. */
    DELIVERY_NET("delivered + relayed - bounced_late",
            s -> taken(s) - s.of(Figure.BOUNCED_LATE),
            "delivered + relayed + bounced + expired + failed", Rate::decided),
    BOUNCE("bounced", s -> s.of(Figure.BOUNCED),
            "delivered + relayed + bounced + expired + failed", Rate::decided),
    BOUNCE_WITH_LATE("bounced + bounced_late",
            s -> s.of(Figure.BOUNCED) + s.of(Figure.BOUNCED_LATE),
            "delivered + relayed + bounced + expired + failed", Rate::decided),
    /** Gmail tells of no single complaint: its mail would make the rate look better than it is. */
    COMPLAINT("complained", s -> s.of(Figure.COMPLAINED),
            "delivered + relayed, without Gmail's, which tells of no complaint",
            s -> taken(s) - s.silent()),
    UNSUBSCRIBE("unsubscribed", s -> s.of(Figure.UNSUBSCRIBED), "delivered + relayed",
            Rate::taken),
    SUPPRESSION("suppressed", s -> s.of(Figure.SUPPRESSED), "accepted",
            s -> s.of(Figure.ACCEPTED)),
    /** Of mail without a picture nobody can know. */
    OPEN("opened_person", s -> s.of(Figure.OPENED_PERSON), "tracked",
            s -> s.of(Figure.TRACKED)),
    CLICK("clicked_person", s -> s.of(Figure.CLICKED_PERSON), "tracked",
            s -> s.of(Figure.TRACKED));

    public static final List<Rate> ALL = List.of(values());

    private final String over;
    private final ToLongFunction<Sums> numerator;
    private final String under;
    private final ToLongFunction<Sums> denominator;

    Rate(String over, ToLongFunction<Sums> numerator, String under,
            ToLongFunction<Sums> denominator) {
        this.over = over;
        this.numerator = numerator;
        this.under = under;
        this.denominator = denominator;
    }

    private static long taken(Sums s) {
        return s.of(Figure.DELIVERED) + s.of(Figure.RELAYED);
    }

    /** What a server was asked about, or should have been, and that has ended. */
    private static long decided(Sums s) {
        return taken(s) + s.of(Figure.BOUNCED) + s.of(Figure.EXPIRED) + s.of(Figure.FAILED);
    }

    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The numerator in words. */
    public String over() {
        return over;
    }

    /** The denominator in words. */
    public String under() {
        return under;
    }

    public long numerator(Sums s) {
        return numerator.applyAsLong(s);
    }

    public long denominator(Sums s) {
        return denominator.applyAsLong(s);
    }

    /** Empty without a denominator, and where {@link #shares} says that it is none. */
    public OptionalDouble share(Sums s) {
        long of = denominator(s);
        return shares(numerator(s), of) ? OptionalDouble.of((double) numerator(s) / of)
                : OptionalDouble.empty();
    }

    /**
     * Whether one number is a part of another. It is not where people open, complain or get back
     * today what was sent before the time that is asked for.
     */
    public static boolean shares(long n, long of) {
        return of > 0 && n >= 0 && n <= of;
    }
}
