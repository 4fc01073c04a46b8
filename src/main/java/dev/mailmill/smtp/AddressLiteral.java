package dev.mailmill.smtp;

/** What stands between the brackets of RFC 5321 §4.1.3; general literals have no known use. */
final class AddressLiteral {
    private static final int GROUPS = 8;

    private AddressLiteral() {
    }

    static boolean isValid(String inside) {
        String tag = "IPv6:";
        return inside.regionMatches(true, 0, tag, 0, tag.length())
                ? isIpv6(inside.substring(tag.length()))
                : isIpv4(inside);
    }

    static boolean isIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3
                    || !part.chars().allMatch(c -> c >= '0' && c <= '9')
                    || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    static boolean isIpv6(String text) {
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

    /** How many 16-bit groups; -1 when it is none. */
    private static int groups(String text, boolean mayEndInIpv4) {
        String[] parts = text.split(":", -1);
        int n = 0;
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (i == parts.length - 1 && mayEndInIpv4 && part.indexOf('.') >= 0) {
                return isIpv4(part) ? n + 2 : -1;
            }
            if (part.isEmpty() || part.length() > 4
                    || !part.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
                return -1;
            }
            n++;
        }
        return n;
    }
}
