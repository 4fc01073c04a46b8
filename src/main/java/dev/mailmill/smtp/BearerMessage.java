package dev.mailmill.smtp;

import dev.mailmill.smtp.Credentials.Kind;

/**
 * What OAUTHBEARER (RFC 7628 §3.1) and its forerunner XOAUTH2 send: pairs {@code key=value}, each
 * with a 0x01 behind it, and one more 0x01 at the end. The token is in {@code auth=Bearer TOKEN}.
 */
final class BearerMessage {
    private static final char SEPARATOR = 1;
    private static final int USER_CHARACTERS_MAX = 255;
    private static final String SCHEME = "Bearer ";

    private String user = "";
    private String auth;

    private BearerMessage() {
    }

    /** {@code user=USER 01 auth=Bearer TOKEN 01 01}. */
    static Credentials xoauth2(byte[] message) throws SyntaxException {
        BearerMessage found = new BearerMessage();
        found.pairs(text(message), 0);
        return found.credentials(Kind.XOAUTH2);
    }

    /** {@code n,a=USER, 01 auth=Bearer TOKEN 01 01}; a GS2 header (RFC 5801 §4) goes first. */
    static Credentials oauthBearer(byte[] message) throws SyntaxException {
        String text = text(message);
        // "p" would bind it to the channel, which no mechanism here does
        boolean unbound = text.startsWith("n,") || text.startsWith("y,");
        int end = unbound ? text.indexOf(',', 2) : -1;
        if (end < 0 || end + 1 >= text.length() || text.charAt(end + 1) != SEPARATOR) {
            throw malformed();
        }
        BearerMessage found = new BearerMessage();
        String identity = text.substring(2, end);
        found.pairs(text, end + 2);
        // the identity of the header is the user; a pair of that name means nothing here
        found.user = identity.isEmpty() ? "" : saslName(identity);
        return found.credentials(Kind.OAUTHBEARER);
    }

    private static String text(byte[] message) throws SyntaxException {
        String text = Utf8.strict(message, 0, message.length);
        if (text == null) {
            throw malformed();
        }
        return text;
    }

    /** RFC 5801 §4: a comma is =2C, an equals sign =3D. */
    private static String saslName(String identity) throws SyntaxException {
        if (!identity.startsWith("a=") || identity.length() == 2) {
            throw malformed();
        }
        String name = identity.substring(2);
        for (int at = name.indexOf('='); at >= 0; at = name.indexOf('=', at + 1)) {
            if (!name.startsWith("=2C", at) && !name.startsWith("=3D", at)) {
                throw malformed();
            }
        }
        return name.replace("=2C", ",").replace("=3D", "=");
    }

    private void pairs(String text, int from) throws SyntaxException {
        int at = from;
        while (at < text.length() && text.charAt(at) != SEPARATOR) {
            int end = text.indexOf(SEPARATOR, at);
            int equals = text.indexOf('=', at);
            if (end < 0 || equals <= at || equals > end) {
                throw malformed();
            }
            pair(text.substring(at, equals), text.substring(equals + 1, end));
            at = end + 1;
        }
        if (at != text.length() - 1) {
            throw malformed();
        }
    }

    private void pair(String key, String value) throws SyntaxException {
        if (!key.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')) {
            throw malformed();
        }
        if (key.equals("auth")) {
            if (auth != null) {
                throw malformed();
            }
            auth = value;
        } else if (key.equals("user")) {
            user = value;
        }
        // host, port and what else there may be say nothing that we don't know
    }

    private Credentials credentials(Kind kind) throws SyntaxException {
        String name = user.length() > USER_CHARACTERS_MAX ? null : Credentials.prepare(user);
        if (name == null || auth == null) {
            throw malformed();
        }
        // RFC 7628 §4.3: without a token the client only asks what is wanted, and is told
        if (auth.isEmpty()) {
            return new Credentials(name, "", kind);
        }
        String token = auth.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? auth.substring(SCHEME.length()).strip() : "";
        if (token.isEmpty() || !token.chars().allMatch(c -> c > 32 && c < 127)) {
            throw malformed();
        }
        return new Credentials(name, token, kind);
    }

    private static SyntaxException malformed() {
        return new SyntaxException(501, "5.5.2", "Login refused: the token's message is not as"
                + " RFC 7628 wants it, with auth=Bearer and a token");
    }
}
