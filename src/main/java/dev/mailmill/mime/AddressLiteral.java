package dev.mailmill.mime;

import java.util.Locale;
import java.util.Optional;

/**
 * An IP address as it is written out. Read strictly, for the same text must not be one machine to
 * us and another to the next reader: no short form, no octal, no zone, and no name looked up.
 *
 * @param text {@code 192.0.2.1} or {@code 2001:db8::1}, in lower case
 */
public record AddressLiteral(String text) {
    private static final String TAG = "IPv6:";
    private static final int GROUPS = 8;

    /** @throws IllegalArgumentException when it is none */
    public AddressLiteral {
        if (!isIpv4(text) && !isIpv6(text)) {
            throw new IllegalArgumentException("\"" + text + "\" is no address");
        }
        text = text.toLowerCase(Locale.ROOT);
    }

    /** Where a host may be named: {@code 192.0.2.1}, {@code 2001:db8::1}, in brackets or not. */
    public static Optional<AddressLiteral> ofHost(String host) {
        return of(inside(host).orElse(host));
    }

    /**
     * The domain part of a mail address (RFC 5321 §4.1.3): {@code [192.0.2.1]},
     * {@code [IPv6:2001:db8::1]}; general literals have no known use.
     */
    public static Optional<AddressLiteral> ofDomain(String domain) {
        return inside(domain).flatMap(inside -> {
            boolean six = inside.regionMatches(true, 0, TAG, 0, TAG.length());
            String text = six ? inside.substring(TAG.length()) : inside;
            return of(text).filter(literal -> literal.six() == six);
        });
    }

    private static Optional<AddressLiteral> of(String text) {
        return isIpv4(text) || isIpv6(text) ? Optional.of(new AddressLiteral(text))
                : Optional.empty();
    }

    private static Optional<String> inside(String bracketed) {
        return bracketed.startsWith("[") && bracketed.endsWith("]")
                ? Optional.of(bracketed.substring(1, bracketed.length() - 1)) : Optional.empty();
    }

    private boolean six() {
        return text.indexOf(':') >= 0;
    }

    private static boolean isIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            // RFC 5321 would let 010 pass, which some read as eight
            if (part.isEmpty() || part.length() > 3 || part.length() > 1 && part.startsWith("0")
                    || !part.chars().allMatch(c -> c >= '0' && c <= '9')
                    || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text, true) == GROUPS;
        }
        String left = text.substring(0, gap);
        String right = text.substring(gap + 2);
        int before = left.isEmpty() ? 0 : groups(left, false);
        int after = right.isEmpty() ? 0 : groups(right, true);
        return before >= 0 && after >= 0 && before + after < GROUPS;
    }

    /** How many 16-bit groups; -1 when something is none. */
    private static int groups(String text, boolean mayEndInIpv4) {
        String[] parts = text.split(":", -1);
        int n = 0;
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (i == parts.length - 1 && mayEndInIpv4 && part.indexOf('.') >= 0) {
                return isIpv4(part) ? n + 2 : -1;
            }
            if (part.isEmpty() || part.length() > 4
                    || !part.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
                return -1;
            }
            n++;
        }
        return n;
    }
}
