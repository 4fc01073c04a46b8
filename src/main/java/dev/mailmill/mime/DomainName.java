package dev.mailmill.mime;

import java.text.Normalizer;
import java.util.Locale;

/** Domains as DNS compares them: lower-case A-labels (RFC 5890), or an address literal. */
public final class DomainName {
    private static final int LABEL_MAX = 63;
    private static final int NAME_MAX = 253;

    private DomainName() {
    }

    /** @throws Malformed when it is no domain that mail can be sent to */
    public static String ascii(String text) throws Malformed {
        if (text.isEmpty()) {
            throw new Malformed("the domain is empty");
        }
        if (text.length() > NAME_MAX) {
            throw new Malformed("the domain is longer than " + NAME_MAX + " characters");
        }
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (true) {
            int dot = text.indexOf('.', from);
            String label = dot < 0 ? text.substring(from) : text.substring(from, dot);
            out.append(label(label));
            if (dot < 0) {
                break;
            }
            out.append('.');
            from = dot + 1;
        }
        if (out.length() > NAME_MAX) {
            throw new Malformed("the domain is longer than " + NAME_MAX + " octets");
        }
        return out.toString();
    }

    /** Either ss or sharp s, by the reader's version of UTS 46. */
    private static final char CAPITAL_SHARP_S = '\u1e9e';

    private static String label(String label) throws Malformed {
        if (label.isEmpty()) {
            throw new Malformed("the domain has an empty label: two dots, or one at an end");
        }
        boolean plain = true;
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            plain &= c < 128;
            if (c < 128 && !ldh(c)) {
                throw new Malformed("the domain holds " + named(c)
                        + "; only letters, digits and hyphens may be in it");
            }
        }
        String result = plain ? label.toLowerCase(Locale.ROOT) : toAscii(label);
        if (result.startsWith("-") || result.endsWith("-")) {
            throw new Malformed("a label of the domain begins or ends with a hyphen");
        }
        if (result.length() > LABEL_MAX) {
            throw new Malformed("a label of the domain is longer than 63 octets");
        }
        if (plain && result.startsWith("xn--")) {
            checkALabel(result);
        }
        return result;
    }

    private static boolean ldh(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-';
    }

    private static String toAscii(String label) throws Malformed {
        for (int i = 0; i < label.length(); i += Character.charCount(label.codePointAt(i))) {
            int c = label.codePointAt(i);
            if (c > 127 && !letter(c)) {
                throw new Malformed("the domain holds " + named(c) + ", which is no letter");
            }
        }
        String mapped = lower(label);
        // Before as after: the Kelvin sign is lowered to a plain k.
        if (!Normalizer.isNormalized(label, Normalizer.Form.NFKC)
                || !Normalizer.isNormalized(mapped, Normalizer.Form.NFKC)
                || label.indexOf(CAPITAL_SHARP_S) >= 0) {
            // Full-width letters, ligatures, decomposed letters: some readers map them (UTS 46) and
            // some don't (RFC 5891 §5.3), and a header is not written anew.
            throw new Malformed("the domain holds letters in another form, full-width for example;"
                    + " write it as it is registered");
        }
        int[] points = mapped.codePoints().toArray();
        if (mapped.startsWith("xn--")) {
            throw new Malformed("a label of the domain begins with xn-- and is not ASCII");
        }
        if (points.length == 0 || points.length > LABEL_MAX || !letter(points[0])
                || mark(points[0])) {
            throw new Malformed("a label of the domain can't be written in ASCII");
        }
        boolean plain = true;
        for (int c : points) {
            plain &= c < 128;
            if (c < 128 ? !ldh((char) c) : !letter(c)) {
                throw new Malformed("the domain holds " + named(c) + " in another form");
            }
        }
        return plain ? mapped : "xn--" + Punycode.encode(points);
    }

    /** One by one: a whole word's last sigma would become another letter than UTS 46 makes it. */
    private static String lower(String label) {
        StringBuilder lower = new StringBuilder(label.length());
        label.codePoints().forEach(c ->
                lower.append(Character.toString(c).toLowerCase(Locale.ROOT)));
        return lower.toString();
    }

    /** Letters, marks and digits: what IDNA 2008 lets in (RFC 5892), without joiners. */
    private static boolean letter(int c) {
        return Character.isLetterOrDigit(c) || mark(c) || c == 0xb7 || c == '-';
    }

    private static boolean mark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    private static void checkALabel(String label) throws Malformed {
        int[] points = Punycode.decode(label.substring(4));
        boolean other = false;
        if (points != null) {
            for (int c : points) {
                other |= c > 127;
                int type = Character.getType(c);
                if (type == Character.SURROGATE || type == Character.CONTROL
                        || type == Character.FORMAT || type == Character.UNASSIGNED) {
                    points = null;
                    break;
                }
            }
        }
        if (points == null || !other || !("xn--" + Punycode.encode(points)).equals(label)) {
            throw new Malformed("the label " + label + " of the domain is no valid Punycode");
        }
    }

    /** A character in words that are safe to print. */
    static String named(int c) {
        return c > 32 && c < 127 ? "\"" + (char) c + "\"" : c == ' ' ? "a space"
                : String.format(Locale.ROOT, "the character U+%04X", c);
    }
}
