package dev.mailmill.dashboard;

import dev.mailmill.analytics.Rate;

/** What has changed against the time before, of the same length. Empty where none can be told. */
final class Delta {
    private static final double MUCH = 10;
    private static final double EXACT_BELOW = 0.01;

    private Delta() {
    }

    /** In percent of what it was: {@code +4 %}. */
    static String ofCount(long now, long before) {
        if (before == 0) {
            return "";
        }
        double times = (double) now / before;
        return times >= MUCH ? "× " + Texts.t("{0}", Math.round(times))
                : signed(100 * (times - 1), 0) + " %";
    }

    /** In points of a hundred: {@code +0.01}; as exact as the shares are. */
    static String ofShare(long n, long of, long before, long ofBefore) {
        if (!Rate.shares(n, of) || !Rate.shares(before, ofBefore)) {
            return "";
        }
        double now = (double) n / of;
        double then = (double) before / ofBefore;
        return signed(100 * (now - then), Math.max(now, then) < EXACT_BELOW ? 2 : 1);
    }

    private static String signed(double value, int digits) {
        String text = String.format(Texts.language(), "%." + digits + "f", Math.abs(value));
        boolean none = text.chars().allMatch(c -> !Character.isDigit(c) || c == '0');
        return none ? "±0" : (value < 0 ? "−" : "+") + text;
    }
}
