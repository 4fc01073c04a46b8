package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Addresses in text that was written for people. */
final class Addresses {
    private static final int LOCAL_MAX = 200;
    private static final int DOMAIN_MAX = 255;
    private static final int PER_TEXT_MAX = 1_000;

    private Addresses() {
    }

    /** @param start of the address in its text @param end after it */
    record Spot(String address, int start, int end) {
    }

    /** Each, with its place. Grown from the at signs, so that no text takes long. */
    static List<Spot> in(String text) {
        List<Spot> found = new ArrayList<>();
        int done = 0;
        for (int at = text.indexOf('@'); at >= 0 && found.size() < PER_TEXT_MAX;
                at = text.indexOf('@', at + 1)) {
            int start = at;
            while (start > done && at - start < LOCAL_MAX && local(text.charAt(start - 1))) {
                start--;
            }
            if (start == at && at > done && text.charAt(at - 1) == '"') {
                int quote = text.lastIndexOf('"', at - 2);
                start = quote >= done && at - quote <= 66 ? quote : at;
            }
            int end = at + 1;
            while (end < text.length() && end - at <= DOMAIN_MAX && domain(text.charAt(end))) {
                end++;
            }
            while (end > at + 1 && !Character.isLetterOrDigit(text.charAt(end - 1))
                    && text.charAt(end - 1) != ']') {
                end--;
            }
            while (start < at && (text.charAt(start) == '\'' || text.charAt(start) == '.'
                    || text.charAt(start) == '*' || text.charAt(start) == '='
                    && text.charAt(start + 1) != '?')) {
                start++;
            }
            if (start < at && end > at + 1) {
                found.add(new Spot(text.substring(start, end), start, end));
                done = end;
            }
        }
        return found;
    }

    private static boolean local(char c) {
        return Character.isLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.".indexOf(c) >= 0;
    }

    private static boolean domain(char c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == '_';
    }

    /** The first address of a header's value or a report's, without its type and brackets. */
    static String bare(String value) {
        int semicolon = value.indexOf(';');
        String untyped = semicolon >= 0 && semicolon < value.length() - 1
                && value.indexOf('@') > semicolon ? value.substring(semicolon + 1) : value;
        int open = untyped.lastIndexOf('<');
        int close = untyped.indexOf('>', open);
        if (open >= 0 && close > open + 1 && untyped.indexOf('@', open) > 0) {
            untyped = untyped.substring(open + 1, close);
        }
        List<Spot> spots = in(untyped);
        return spots.isEmpty() ? "" : spots.getFirst().address();
    }

    static boolean same(String one, String other) {
        return one.toLowerCase(Locale.ROOT).equals(other.toLowerCase(Locale.ROOT));
    }
}
