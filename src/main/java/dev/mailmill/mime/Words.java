package dev.mailmill.mime;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Encoded words, RFC 2047: reading them for people, writing them in UTF-8. */
public final class Words {
    /** Text of one encoded word in octets: {@code =?utf-8?q?…?=} has 75 at most. */
    static final int PAYLOAD_MAX = 75 - "=?utf-8?q??=".length();
    private static final int DECODED_MAX = 1_000;

    private Words() {
    }

    /** Text as a person reads it. What can't be decoded stays as it is. */
    public static String decode(String text) {
        try {
            return decode(text, false);
        } catch (Malformed e) {
            throw new IllegalStateException("only a strict reader refuses", e);
        }
    }

    /**
     * Text as a program obeys it.
     *
     * @throws Malformed when an encoded word can't be decoded in full: a guess would be obeyed
     */
    public static String decodeAll(String text) throws Malformed {
        return decode(text, true);
    }

    private static String decode(String text, boolean strict) throws Malformed {
        if (!text.contains("=?")) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        ByteArrayOutputStream pending = new ByteArrayOutputStream();
        String pendingCharset = "";
        int words = 0;
        int i = 0;
        while (i < text.length()) {
            Word word = text.startsWith("=?", i) && words < DECODED_MAX ? Word.at(text, i) : null;
            if (word == null) {
                if (strict && text.startsWith("=?", i)) {
                    throw new Malformed("it holds an encoded word (RFC 2047) that can't be read");
                }
                flush(out, pending, pendingCharset, strict);
                pendingCharset = "";
                out.append(text.charAt(i++));
                continue;
            }
            words++;
            // Neighbours in one charset are joined before decoding: others split characters.
            if (!word.charset.equalsIgnoreCase(pendingCharset)) {
                flush(out, pending, pendingCharset, strict);
            }
            pendingCharset = word.charset;
            pending.writeBytes(word.bytes);
            i = word.end;
            int next = i;
            while (next < text.length()
                    && (text.charAt(next) == ' ' || text.charAt(next) == '\t')) {
                next++;
            }
            // White space between two encoded words is not shown (RFC 2047 §6.2).
            if (next > i && text.startsWith("=?", next) && Word.at(text, next) != null) {
                i = next;
            }
        }
        flush(out, pending, pendingCharset, strict);
        return out.toString();
    }

    private static void flush(StringBuilder out, ByteArrayOutputStream pending, String charset,
            boolean strict) throws Malformed {
        if (pending.size() > 0) {
            Charset named = charset(charset, strict);
            try {
                out.append(strict ? named.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(pending.toByteArray())) : pending.toString(named));
            } catch (CharacterCodingException e) {
                throw new Malformed("it holds an encoded word (RFC 2047) that is no " + named);
            }
            pending.reset();
        }
    }

    private static Charset charset(String name, boolean strict) throws Malformed {
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            if (strict) {
                throw new Malformed("it holds an encoded word (RFC 2047) in an unknown charset");
            }
            return StandardCharsets.ISO_8859_1;
        }
    }

    private record Word(String charset, byte[] bytes, int end) {
        /** RFC 2047 §2 allows 75 characters; real ones are longer: a generous bound. */
        private static final int LENGTH_MAX = 1_000;

        static Word at(String text, int start) {
            int limit = Math.min(text.length(), start + LENGTH_MAX);
            int q1 = find(text, start + 2, Math.min(limit, start + 60));
            if (q1 <= start + 2 || q1 + 2 >= limit || text.charAt(q1 + 2) != '?') {
                return null;
            }
            int q2 = q1 + 2;
            int end = q2 + 1;
            while (end < limit && text.charAt(end) != '?') {
                char c = text.charAt(end++);
                if (c <= ' ' || c > 126) {
                    return null;
                }
            }
            if (end + 1 >= text.length() || end >= limit || text.charAt(end + 1) != '=') {
                return null;
            }
            String payload = text.substring(q2 + 1, end);
            byte[] bytes = switch (text.charAt(q1 + 1)) {
                case 'q', 'Q' -> q(payload);
                case 'b', 'B' -> b(payload);
                default -> null;
            };
            String charset = text.substring(start + 2, q1);
            int star = charset.indexOf('*');
            return bytes == null ? null
                    : new Word(star < 0 ? charset : charset.substring(0, star), bytes, end + 2);
        }

        private static int find(String text, int from, int limit) {
            for (int i = from; i < limit; i++) {
                if (text.charAt(i) == '?') {
                    return i;
                }
                if (text.charAt(i) <= ' ' || text.charAt(i) > 126) {
                    return -1;
                }
            }
            return -1;
        }

        private static byte[] b(String payload) {
            try {
                return Base64.getMimeDecoder().decode(payload);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }

        private static byte[] q(String payload) {
            byte[] out = new byte[payload.length()];
            int size = 0;
            for (int i = 0; i < payload.length(); i++) {
                char c = payload.charAt(i);
                if (c == '_') {
                    out[size++] = ' ';
                } else if (c == '=' && i + 2 < payload.length()
                        && Character.digit(payload.charAt(i + 1), 16) >= 0
                        && Character.digit(payload.charAt(i + 2), 16) >= 0) {
                    out[size++] = (byte) Integer.parseInt(payload, i + 1, i + 3, 16);
                    i += 2;
                } else {
                    out[size++] = (byte) c;
                }
            }
            return java.util.Arrays.copyOf(out, size);
        }
    }

    /** Whether the octets are UTF-8 without gaps. */
    public static boolean isUtf8(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                try {
                    StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes, from, to - from));
                    return true;
                } catch (CharacterCodingException e) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * The encoded words of a text, to be divided by one space or a fold. No character is split,
     * none is longer than 75 octets; B where it is shorter than Q.
     */
    static java.util.List<String> encode(String text) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        int escapes = 0;
        for (byte b : all) {
            escapes += plain(b) || b == ' ' ? 0 : 1;
        }
        boolean base64 = escapes * 2L > all.length / 3;
        java.util.List<String> out = new java.util.ArrayList<>();
        Octets run = new Octets(128);
        int cost = 0;
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            byte[] octets = Character.toString(c).getBytes(StandardCharsets.UTF_8);
            int more = 0;
            for (byte b : octets) {
                more += plain(b) || b == ' ' ? 1 : 3;
            }
            boolean full = base64 ? (run.size() + octets.length + 2) / 3 * 4 > PAYLOAD_MAX
                    : cost + more > PAYLOAD_MAX;
            if (full) {
                out.add(word(run, base64));
                run.cut(0);
                cost = 0;
            }
            run.put(octets);
            cost += more;
        }
        if (run.size() > 0) {
            out.add(word(run, base64));
        }
        return out;
    }

    /** The set that RFC 2047 §5 (3) allows within a phrase, the narrowest of all. */
    private static boolean plain(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-'
                || b == '!' || b == '*' || b == '+' || b == '/';
    }

    private static String word(Octets run, boolean base64) {
        if (base64) {
            return "=?utf-8?b?" + Base64.getEncoder().encodeToString(run.toBytes()) + "?=";
        }
        StringBuilder out = new StringBuilder(76).append("=?utf-8?q?");
        for (int i = 0; i < run.size(); i++) {
            byte b = run.array()[i];
            if (plain(b)) {
                out.append((char) b);
            } else if (b == ' ') {
                out.append('_');
            } else {
                out.append('=').append(Character.toUpperCase(Character.forDigit(b >> 4 & 15, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
            }
        }
        return out.append("?=").toString();
    }
}
