package dev.mailmill.feedback;

import java.util.Locale;

/** Texts of strangers, as they may stand in a table, a page or a terminal. */
final class Words {
    private static final int TEXT_MAX = 1_000;
    private static final int WORD_MAX = 64;

    private Words() {
    }

    /** One line without control characters, and not long. */
    static String clean(String text) {
        return clean(text, TEXT_MAX);
    }

    private static String clean(String text, int max) {
        StringBuilder out = new StringBuilder();
        boolean space = false;
        int count = 0;
        for (int i = 0; i < text.length() && count < max;) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                space = !out.isEmpty();
                continue;
            }
            if (space) {
                out.append(' ');
                space = false;
                count++;
            }
            boolean turns = c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
            out.appendCodePoint(turns || Character.isISOControl(c)
                    || Character.getType(c) == Character.SURROGATE ? 0xfffd : c);
            count++;
        }
        return out.toString();
    }

    /** A keyword of a format: in lower case, and short. */
    static String keyword(String text) {
        return clean(text, WORD_MAX).toLowerCase(Locale.ROOT);
    }
}
