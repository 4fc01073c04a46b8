package dev.mailmill.template;

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
                int d = distance(name, known);
                if (d < least && d < Math.max(name.length(), known.length())) {
                    least = d;
                    best = known;
                }
            }
        }
        return best;
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int kept = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(kept, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
