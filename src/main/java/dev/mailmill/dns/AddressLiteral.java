package dev.mailmill.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads written addresses strictly: no name is looked up, no short or octal form understood. */
public final class AddressLiteral {
    private static final Pattern QUAD =
            Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern SIX = Pattern.compile("[0-9a-fA-F:.]{2,45}");

    private AddressLiteral() {
    }

    /** {@code 192.0.2.1} or {@code 2001:db8::1}, in brackets or not. */
    public static Optional<InetAddress> parse(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]") && text.length() > 2;
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        boolean four = QUAD.matcher(bare).matches();
        if (!four && (!SIX.matcher(bare).matches() || bare.indexOf(':') < 0)) {
            return Optional.empty();
        }
        try {
            return Optional.of(four ? InetAddress.ofLiteral(bare) : Inet6Address.ofLiteral(bare));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The domain part of a mail address: {@code [192.0.2.1]}, {@code [IPv6:2001:db8::1]}. */
    public static Optional<InetAddress> parseDomain(String domain) {
        if (!domain.startsWith("[")) {
            return Optional.empty();
        }
        return parse(domain.regionMatches(true, 1, "IPv6:", 0, 5)
                ? "[" + domain.substring(6) : domain);
    }
}
