package dev.mailmill.domain;

import java.util.List;
import java.util.Locale;

/**
 * One row: what to publish, what is published, what is wrong.
 *
 * @param row       what to publish: merged with what is there, where there can be only one
 * @param published hostile text, cut and cleaned
 * @param words     what is wrong and what to do
 */
public record Finding(DnsRow row, State state, List<String> published, String words) {
    private static final int PUBLISHED_MAX = 10;
    private static final int VALUE_MAX = 1000;

    /** How it stands. */
    public enum State {
        RIGHT,
        /** It works, and something should be mended all the same. */
        WARNING,
        MISSING,
        WRONG,
        /** DNS could not say: nothing follows from it. */
        UNKNOWN;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    public Finding {
        published = published.stream().limit(PUBLISHED_MAX).map(Finding::clean).toList();
        words = clean(words);
    }

    static Finding right(DnsRow row, List<String> published) {
        return new Finding(row, State.RIGHT, published, "is published");
    }

    static Finding right(DnsRow row, List<String> published, String words) {
        return new Finding(row, State.RIGHT, published, words);
    }

    static Finding warning(DnsRow row, List<String> published, String words) {
        return new Finding(row, State.WARNING, published, words);
    }

    static Finding missing(DnsRow row) {
        return new Finding(row, State.MISSING, List.of(), "nothing is published at " + row.name()
                + ": publish " + row.zoneLine());
    }

    static Finding missing(DnsRow row, String words) {
        return new Finding(row, State.MISSING, List.of(), words);
    }

    static Finding wrong(DnsRow row, List<String> published, String words) {
        return new Finding(row, State.WRONG, published, words);
    }

    static Finding unknown(DnsRow row, String why) {
        return new Finding(row, State.UNKNOWN, List.of(), "DNS could not say what is at "
                + row.name() + " (" + why + "); try again");
    }

    /** Whether it stands there as it must. */
    public boolean stands() {
        return state == State.RIGHT || state == State.WARNING;
    }

    static String clean(String text) {
        String cut = text.length() > VALUE_MAX ? text.substring(0, VALUE_MAX) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ");
    }
}
