package dev.mailmill.mail;

/**
 * What the other side said, or, with code 0, what went wrong before it could say anything.
 *
 * @param code     three digits; 0 when there was no reply (no answer, no route, no TLS)
 * @param enhanced {@code 5.1.1}; empty when none
 * @param text     the remote's words, at most 1,000 characters, lines joined by a space, control
 *                 characters and what turns text around replaced: hostile all the same
 * @param host     who said it; empty when nobody
 */
public record Reply(int code, String enhanced, String text, String host, Line line) {
    private static final int TEXT_MAX = 1000;

    public Reply {
        text = clean(text);
    }

    /** Of a line that nothing is known of. */
    public Reply(int code, String enhanced, String text, String host) {
        this(code, enhanced, text, host, Line.NONE);
    }

    /** The same words over that line. */
    public Reply over(Line other) {
        return new Reply(code, enhanced, text, host, other);
    }

    /** A trouble of our own telling: nobody replied. */
    public static Reply local(String enhanced, String text) {
        return new Reply(0, enhanced, text, "");
    }

    private static String clean(String text) {
        String cut = text.length() > TEXT_MAX ? text.substring(0, between(text)) : text;
        return cut.chars().allMatch(c -> c >= 32 && c < 127) ? cut : cut.replaceAll(
                "[\\p{Cc}\\u2028-\\u202e\\u2066-\\u2069]", " ");
    }

    /** Half a character is none. */
    private static int between(String text) {
        return Character.isHighSurrogate(text.charAt(TEXT_MAX - 1)) ? TEXT_MAX - 1 : TEXT_MAX;
    }

    @Override
    public String toString() {
        String head = code == 0 ? "" : code + " ";
        return head + (enhanced.isEmpty() ? "" : enhanced + " ") + text;
    }
}
