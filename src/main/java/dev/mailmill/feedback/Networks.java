package dev.mailmill.feedback;

import java.net.Inet6Address;
import java.net.InetAddress;

/** IP addresses as they are compared. */
final class Networks {
    private static final int CHARS_MAX = 64;

    private Networks() {
    }

    /** In the one form that an address has; empty when the text is none. */
    static String canonical(String text) {
        String bare = text.strip();
        if (bare.startsWith("[") && bare.endsWith("]")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        if (bare.regionMatches(true, 0, "IPv6:", 0, 5)) {
            bare = bare.substring(5);
        }
        if (bare.length() > CHARS_MAX || bare.indexOf('%') >= 0
                || bare.indexOf(':') < 0 && !bare.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return "";
        }
        try {
            InetAddress address = InetAddress.ofLiteral(bare);
            return address instanceof Inet6Address six ? brief(six.getAddress())
                    : address.getHostAddress();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** RFC 5952 §4: no leading zeros, the first of the longest runs of zeros as {@code ::}. */
    private static String brief(byte[] octets) {
        int[] groups = new int[8];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (octets[2 * i] & 255) << 8 | octets[2 * i + 1] & 255;
        }
        int from = -1;
        int length = 1;
        for (int i = 0; i < groups.length; i++) {
            int end = i;
            while (end < groups.length && groups[end] == 0) {
                end++;
            }
            if (end - i > length) {
                from = i;
                length = end - i;
            }
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (i == from) {
                out.append("::");
                i += length - 1;
            } else {
                out.append(out.isEmpty() || out.charAt(out.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return out.toString();
    }
}
