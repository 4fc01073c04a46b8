package dev.mailmill.exit;

import dev.mailmill.dns.Dns;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.smtp.SmtpClientLogin;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Where mail is handed over, as the operator wrote it: {@code smtp://user:password@host:port}, or
 * {@code smtps://} for TLS from the first byte. Name and password are percent-encoded.
 */
public record SmartHost(String host, int port, boolean implicit, Optional<SmtpClientLogin> login) {
    private static final int SUBMISSIONS = 465;
    private static final int SUBMISSION = 587;
    private static final int SMTP = 25;

    /** @throws IllegalArgumentException with what is wrong; it never repeats the password */
    public static SmartHost parse(String url) {
        boolean implicit = url.regionMatches(true, 0, "smtps://", 0, 8);
        if (!implicit && !url.regionMatches(true, 0, "smtp://", 0, 7)) {
            throw wrong("it begins with smtp:// or smtps://");
        }
        String rest = url.substring(implicit ? 8 : 7);
        if (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        int at = rest.lastIndexOf('@');
        Optional<SmtpClientLogin> login =
                at < 0 ? Optional.empty() : Optional.of(login(rest.substring(0, at)));
        String place = rest.substring(at + 1);
        int colon = place.lastIndexOf(':');
        boolean port = colon >= 0 && colon > place.lastIndexOf(']');
        String host = (port ? place.substring(0, colon) : place).toLowerCase(Locale.ROOT);
        if (!Dns.hostName(host) && AddressLiteral.ofHost(host).isEmpty()) {
            throw wrong("\"" + host + "\" is neither a host name nor an address");
        }
        int usual = implicit ? SUBMISSIONS : login.isPresent() ? SUBMISSION : SMTP;
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new SmartHost(bare, port ? port(place.substring(colon + 1)) : usual, implicit,
                login);
    }

    private static int port(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 5
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = digits ? Integer.parseInt(text) : 0;
        if (port < 1 || port > 65_535) {
            throw wrong("the port is a number from 1 to 65535");
        }
        return port;
    }

    private static SmtpClientLogin login(String text) {
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw wrong("before the @ stand a user name, a colon and a password");
        }
        return new SmtpClientLogin(decoded(text.substring(0, colon)),
                decoded(text.substring(colon + 1)));
    }

    private static String decoded(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(octets.length);
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] != '%') {
                out.write(octets[i]);
                continue;
            }
            int high = i + 2 < octets.length ? Character.digit(octets[i + 1], 16) : -1;
            int low = i + 2 < octets.length ? Character.digit(octets[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw wrong("a % in the name or password is followed by two hexadecimal digits "
                        + "(%25 for a % itself)");
            }
            out.write(high << 4 | low);
            i += 2;
        }
        String plain = out.toString(StandardCharsets.UTF_8);
        if (plain.indexOf(0) >= 0) {
            throw wrong("a name or password has no NUL");
        }
        return plain;
    }

    private static IllegalArgumentException wrong(String how) {
        return new IllegalArgumentException("the smart host's address is wrong: " + how
                + ". Write smtp://user:password@host:port");
    }

    /** Without the login. */
    @Override
    public String toString() {
        return (implicit ? "smtps://" : "smtp://") + host + ":" + port;
    }
}
