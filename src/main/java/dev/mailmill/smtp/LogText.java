package dev.mailmill.smtp;

/** What somebody else wrote, made fit for a log: one line, printable ASCII, short. */
public final class LogText {
    private static final int LENGTH_MAX = 200;

    private LogText() {
    }

    /** Control characters, line separators and all beyond ASCII become {@code ?}. */
    public static String clean(String text) {
        if (text == null) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), LENGTH_MAX); i++) {
            char c = text.charAt(i);
            out.append(c >= 32 && c < 127 ? c : '?');
        }
        return out.toString();
    }
}
