package dev.mailmill.bounce;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reply's two codes.
 *
 * @param code     0 for none
 * @param enhanced empty for none
 */
record Codes(int code, String enhanced) {
    /** RFC 3463 §2; some servers put a number sign before it. */
    private static final Pattern AT_START = Pattern.compile(
            "^(?:([245]\\d\\d)[ -]?)?\\W{0,3}([245]\\.\\d{1,3}\\.\\d{1,3})(?![.\\d])");
    private static final Pattern CODE = Pattern.compile("^([245]\\d\\d)(?![.\\d])");
    private static final Pattern ENHANCED = Pattern.compile("[245]\\.\\d{1,3}\\.\\d{1,3}");

    /** What is not given is taken from the text's beginning, where servers write it. */
    static Codes of(int code, String enhanced, String text) {
        String given = ENHANCED.matcher(enhanced).matches() ? enhanced : "";
        Matcher start = AT_START.matcher(text);
        boolean found = start.lookingAt();
        int digits = code;
        if (digits == 0) {
            Matcher bare = CODE.matcher(text);
            digits = bare.lookingAt() ? Integer.parseInt(bare.group(1)) : 0;
        }
        return new Codes(digits, given.isEmpty() && found ? start.group(2) : given);
    }

    /** What a code in the text says may be more than a status that says nothing, as in 5.0.0. */
    boolean vague() {
        return enhanced.isEmpty() || enhanced.endsWith(".0.0");
    }

    /** A 4 in either: where the two contradict each other, the kinder one counts. */
    boolean temporary() {
        return code / 100 == 4 || enhanced.startsWith("4");
    }
}
