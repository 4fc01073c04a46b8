package dev.mailmill.template;

import dev.mailmill.http.Spelling;
import java.util.Collection;

/** The name that a mistaken one is nearest to. */
final class Nearest {
    private static final int LENGTH_MAX = 40;
    private static final int NAMES_MAX = 1_000;

    private Nearest() {
    }

    /** Null when none is near: each third letter may differ, and one always. */
    static String to(String name, Collection<String> names) {
        if (name.length() > LENGTH_MAX) {
            return null;
        }
        String best = null;
        int least = Math.max(2, name.length() / 3) + 1;
        int seen = 0;
        for (String known : names) {
            if (known.length() <= LENGTH_MAX && seen++ < NAMES_MAX) {
                int d = Spelling.distance(name, known);
                if (d < least && d < Math.max(name.length(), known.length())) {
                    least = d;
                    best = known;
                }
            }
        }
        return best;
    }
}
