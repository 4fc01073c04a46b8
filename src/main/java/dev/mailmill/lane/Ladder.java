package dev.mailmill.lane;

/**
 * How many a day, step by step: what is new doubles from 100 to 3,200 and then grows by a quarter,
 * as long as receivers answer well. Pure.
 */
record Ladder(long day, long cap, long sent, long deferred, long policy, long judged,
        long complaints) {
    static final long FIRST = 100;
    /** From here on it counts as known: full connections. */
    static final long KNOWN = 3_200;
    /** From here on nothing waits. */
    static final long WARM = 200_000;
    private static final double GROWTH = 1.25;
    private static final int IDLE_DAYS = 14;
    /** Fewer answers tell nothing. */
    private static final long JUDGED_MIN = 20;
    /** Of a few hundred mails one complaint is a third of a percent, and may be a slip. */
    private static final long COMPLAINTS_MIN = 3;

    Ladder(long day, long cap, long sent, long deferred, long policy, long judged) {
        this(day, cap, sent, deferred, policy, judged, 0);
    }

    static Ladder first(long day) {
        return new Ladder(day, FIRST, 0, 0, 0, 0);
    }

    /** As it is on a day: the days before are judged, a long rest counts. */
    Ladder on(long today) {
        if (today <= day) {
            return this;
        }
        long next = cap;
        if (today - day >= IDLE_DAYS) {
            next = back(back(cap));
        } else if (sent > 0) {
            next = judged < JUDGED_MIN ? cap : bad() ? Math.max(FIRST, cap / 2)
                    : good() && sent >= cap / 2 ? up(cap) : cap;
        }
        return new Ladder(today, next, 0, 0, 0, 0);
    }

    private double share(long n) {
        return judged == 0 ? 0 : (double) n / judged;
    }

    private boolean good() {
        return share(deferred) < 0.05 && share(policy) < 0.005
                && (complaints < COMPLAINTS_MIN || share(complaints) < 0.001);
    }

    /** Told within minutes: the rest of the day is halved. */
    boolean bad() {
        return judged >= JUDGED_MIN && (share(deferred) > 0.15 || share(policy) > 0.02
                || complaints >= COMPLAINTS_MIN && share(complaints) > 0.003);
    }

    /** What bulk may still go today. */
    long left() {
        long now = bad() ? cap / 2 : cap;
        return cap >= WARM ? Long.MAX_VALUE : Math.max(0, now - sent);
    }

    Ladder told(boolean isDeferred, boolean isPolicy) {
        return new Ladder(day, cap, sent, deferred + (isDeferred ? 1 : 0),
                policy + (isPolicy ? 1 : 0), judged + 1, complaints);
    }

    Ladder sentOne() {
        return new Ladder(day, cap, sent + 1, deferred, policy, judged, complaints);
    }

    /** They come days later, and count on the day on which they come. */
    Ladder complained() {
        return new Ladder(day, cap, sent, deferred, policy, judged, complaints + 1);
    }

    private static long up(long cap) {
        return cap < KNOWN ? Math.min(KNOWN, cap * 2) : (long) (cap * GROWTH);
    }

    private static long back(long cap) {
        return Math.max(FIRST, cap <= KNOWN ? cap / 2 : Math.max(KNOWN, (long) (cap / GROWTH)));
    }
}
