package dev.mailmill.dashboard;

import dev.mailmill.analytics.Rate;

/** Shares as pages write them; what is no part of its denominator is unknown, never 0. Pure. */
final class Shares {
    private static final double SMALLEST = 0.0001;

    private Shares() {
    }

    /** {@code 0.31 %}; as exact as its size asks for. */
    static String percent(long n, long of) {
        return Rate.shares(n, of) ? percent((double) n / of) : Texts.t("unknown");
    }

    static String percent(double share) {
        if (share > 0 && share < SMALLEST) {
            return "< " + written(SMALLEST, 2);
        }
        return written(share, share == 0 ? 0 : share < 0.01 ? 2 : 1);
    }

    private static String written(double share, int digits) {
        return String.format(Texts.language(), "%." + digits + "f %%", 100 * share)
                .replace(".0 ", " ").replace(",0 ", " ");
    }

    /** {@code 12 of 4,100}. */
    static String of(long n, long of) {
        return Texts.t("{0} of {1}", n, of);
    }
}
