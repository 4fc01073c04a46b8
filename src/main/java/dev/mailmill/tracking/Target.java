package dev.mailmill.tracking;

import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a link of a mail leads, as a redirect can say it (RFC 9110 §10.2.2), or nothing: only
 * http and https, whole, without a name and password before the host, which are there to deceive.
 * Pure.
 */
final class Target {
    /** With the token around it a link stays below 2,048 characters, which all programs take. */
    static final int CHARS_MAX = 1_400;
    private static final Pattern SHAPE = Pattern.compile(
            "(?i)(https?)://([^/?#@\\\\]+)([/?#].*)?");
    private static final Pattern HOST = Pattern.compile(
            "([^:\\[\\]]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?");
    /** What HTML lets stand around an address, and no blank beyond. */
    private static final Pattern AROUND = Pattern.compile("^[\\t\\n\\f\\r ]+|[\\t\\n\\f\\r ]+$");

    private Target() {
    }

    /** As a browser would open it, in ASCII; empty for what is to be left as it is. */
    static Optional<String> of(String href) {
        String text = AROUND.matcher(href).replaceAll("");
        Matcher m = SHAPE.matcher(text);
        if (text.length() > CHARS_MAX || !m.matches()) {
            return Optional.empty();
        }
        Matcher host = HOST.matcher(m.group(2));
        if (!host.matches()) {
            return Optional.empty();
        }
        Optional<String> name = name(host.group(1));
        Optional<String> rest = escaped(m.group(3) == null ? "" : m.group(3));
        if (name.isEmpty() || rest.isEmpty()) {
            return Optional.empty();
        }
        String whole = m.group(1) + "://" + name.get()
                + (host.group(2) == null ? "" : host.group(2)) + rest.get();
        return Optional.of(whole).filter(w -> w.length() <= CHARS_MAX);
    }

    /**
     * Whether it is as {@link #of} leaves it. Asked of each link that is followed, so the usual
     * ones are told by their characters.
     */
    static boolean is(String text) {
        return plain(text) || of(text).filter(text::equals).isPresent();
    }

    /** Of a host of letters, digits, dots and hyphens, and a path in ASCII; more are targets. */
    private static boolean plain(String text) {
        int at = text.startsWith("https://") ? 8 : text.startsWith("http://") ? 7 : -1;
        if (at < 0 || text.length() > CHARS_MAX) {
            return false;
        }
        int host = at;
        while (at < text.length() && isHost(text.charAt(at))) {
            at++;
        }
        if (at == host || at < text.length() && "/?#".indexOf(text.charAt(at)) < 0) {
            return false;
        }
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c <= 32 || c >= 127 || c == '<' || c == '>' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static boolean isHost(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                || c == '.' || c == '-';
    }

    /** RFC 5891: in its ASCII form; one that is ASCII already stays as it is. */
    private static Optional<String> name(String host) {
        if (host.chars().allMatch(c -> c > 32 && c < 127 && "<>\"^`{|}%".indexOf(c) < 0)) {
            return Optional.of(host);
        }
        try {
            return Optional.of(DomainName.ascii(host));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }

    /** RFC 3987 §3.1. What browsers mend each in its own way, blanks and backslashes, is left. */
    private static Optional<String> escaped(String rest) {
        StringBuilder out = new StringBuilder(rest.length());
        for (int i = 0; i < rest.length(); i++) {
            char c = rest.charAt(i);
            if (c <= 32 || c == 127 || "<>\"\\".indexOf(c) >= 0) {
                return Optional.empty();
            }
            if (c < 127) {
                out.append(c);
                continue;
            }
            int point = rest.codePointAt(i);
            if (Character.isISOControl(point) || Character.isSpaceChar(point)
                    || point >= 0xd800 && point <= 0xdfff) {
                return Optional.empty();
            }
            for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                out.append(String.format("%%%02X", b & 0xff));
            }
            i += Character.charCount(point) - 1;
        }
        return Optional.of(out.toString());
    }
}
