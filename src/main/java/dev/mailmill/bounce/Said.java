package dev.mailmill.bounce;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server's reply inside of somebody's words about it.
 *
 * @param code     0 for none
 * @param enhanced empty for none
 * @param words    from the code on; all of the text where there is no code
 */
record Said(int code, String enhanced, String words) {
    private static final String ENHANCED = "[245]\\.\\d{1,3}\\.\\d{1,3}";
    private static final Pattern REPLY = Pattern.compile("(?<![\\w.:/@#=+-])([45][0-9]\\d)"
            + "(?![\\d.:]\\d|\\w|\\]|\\s?(?:hours?|min|sec|days?|bytes|kb|mb|messages|"
            + "recipients|%))"
            + "[ \\t:;,'-]{0,4}(?:[\\[(]?#?(" + ENHANCED + ")(?![.\\d]))?");
    private static final Pattern ALONE = Pattern.compile("(?<![\\w.])#?(" + ENHANCED
            + ")(?![.\\w-])");
    private static final Pattern TRAILER = Pattern.compile("\\(in reply to [^)]{0,60}\\)");

    private static final Pattern CONTINUED = Pattern.compile("(?<![\\w.])[45]\\d\\d-(?:" + ENHANCED
            + ")? ?");

    static Said of(String text) {
        String flat = flat(paragraph(text));
        Matcher reply = REPLY.matcher(flat);
        Said first = null;
        while (reply.find()) {
            Said one = new Said(Integer.parseInt(reply.group(1)),
                    reply.group(2) == null ? "" : reply.group(2), flat.substring(reply.start()));
            if (first == null) {
                first = one;
            }
            // "503 need RCPT first" and "554 no valid recipients" follow from the first refusal
            if (one.code != 503 && !one.enhanced.isEmpty()) {
                return first.code == one.code || first.code == 503 ? new Said(one.code,
                        one.enhanced, first.code == 503 ? one.words : first.words) : first;
            }
        }
        Matcher alone = ALONE.matcher(flat);
        String enhanced = alone.find() ? alone.group(1) : "";
        if (first != null) {
            return first.enhanced.isEmpty() && !enhanced.isEmpty()
                    && enhanced.charAt(0) == Character.forDigit(first.code / 100, 10)
                    ? new Said(first.code, enhanced, first.words) : first;
        }
        return new Said(0, enhanced, flat);
    }

    /** From the beginning to the end of the paragraph that has the first reply. */
    private static String paragraph(String text) {
        String cut = text.length() > 2 * Classifier.TEXT_MAX
                ? text.substring(0, 2 * Classifier.TEXT_MAX) : text;
        Matcher reply = REPLY.matcher(cut);
        int end = reply.find() ? cut.indexOf("\n\n", reply.start()) : -1;
        return end < 0 ? cut : cut.substring(0, end);
    }

    /** On one line, without what mail programs add and what each line of a reply repeats. */
    static String flat(String text) {
        String cut = text.length() > 2 * Classifier.TEXT_MAX
                ? text.substring(0, 2 * Classifier.TEXT_MAX) : text;
        String joined = TRAILER.matcher(cut.replaceAll("[\\s\\u00a0]{1,200}", " ")).replaceAll("");
        Matcher m = CONTINUED.matcher(joined);
        if (!m.find()) {
            return joined.strip();
        }
        int end = m.end();
        return (joined.substring(0, end) + CONTINUED.matcher(joined.substring(end))
                .replaceAll("")).strip();
    }

    boolean vague() {
        return code == 0 && enhanced.isEmpty();
    }
}
