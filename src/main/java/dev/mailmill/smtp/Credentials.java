package dev.mailmill.smtp;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Base64;

/**
 * A user and a secret, out of what a SASL mechanism sends.
 *
 * @param secret a password, or a token; never logged
 */
record Credentials(String user, String secret, Kind kind) {
    /** What the secret is, and for a token how its mechanism takes a refusal. */
    enum Kind {
        PASSWORD, XOAUTH2, OAUTHBEARER
    }

    /** RFC 4616 §2. */
    private static final int PART_BYTES_MAX = 255;

    /** {@code [authzid] NUL authcid NUL passwd} (RFC 4616 §2). */
    static Credentials plain(byte[] message) throws SyntaxException {
        int first = nul(message, 0);
        int second = first < 0 ? -1 : nul(message, first + 1);
        if (second < 0 || nul(message, second + 1) >= 0) {
            throw new SyntaxException(501, "5.5.2",
                    "AUTH PLAIN refused: it is identity NUL user NUL password");
        }
        String identity = part(message, 0, first, true);
        Credentials found = new Credentials(part(message, first + 1, second, false),
                part(message, second + 1, message.length, false), Kind.PASSWORD);
        if (!identity.isEmpty() && !identity.equals(found.user)) {
            throw new SyntaxException(535, "5.7.8",
                    "Login refused: nobody may act for another user here;"
                            + " leave the identity empty");
        }
        return found;
    }

    /** The two answers of AUTH LOGIN. */
    static Credentials login(byte[] user, byte[] secret) throws SyntaxException {
        return new Credentials(part(user, 0, user.length, false),
                part(secret, 0, secret.length, false), Kind.PASSWORD);
    }

    /** Strict: no stray character, padded. */
    static byte[] base64(String text) throws SyntaxException {
        try {
            if (text.length() % 4 == 0) {
                return Base64.getDecoder().decode(text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IllegalArgumentException e) {
            // same answer as for a wrong length
        }
        throw new SyntaxException(501, "5.5.2", "Login refused: that is no base64");
    }

    private static String part(byte[] bytes, int from, int to, boolean mayBeEmpty)
            throws SyntaxException {
        String text = to - from > PART_BYTES_MAX ? null : Utf8.strict(bytes, from, to - from);
        String prepared = text == null ? null : prepare(text);
        if (prepared == null || prepared.isEmpty() && !mayBeEmpty) {
            throw new SyntaxException(501, "5.5.2", "Login refused: user and password are each"
                    + " 1 to 255 octets of UTF-8 without control characters");
        }
        return prepared;
    }

    /** What of SASLprep (RFC 4013) matters here; null when a character is prohibited. */
    static String prepare(String text) {
        boolean ascii = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == 0xfeff || c >= 0xfff9 && c <= 0xffff) {
                return null;
            }
            ascii &= c < 128;
        }
        return ascii ? text : Normalizer.normalize(text, Normalizer.Form.NFKC);
    }

    private static int nul(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return "Credentials[...]";
    }
}
