package dev.mailmill.mime;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/** Takes a part's Content-Transfer-Encoding away (RFC 2045 §6). Strict: a guess would lose text. */
public final class Decoding {
    private Decoding() {
    }

    /** @throws Malformed when it is not of that encoding, or the encoding is unknown */
    public static byte[] of(String encoding, byte[] all, int from, int to) throws Malformed {
        return switch (encoding.toLowerCase(Locale.ROOT)) {
            case "", "7bit", "8bit" -> Arrays.copyOfRange(all, from, to);
            case "base64" -> base64(all, from, to);
            case "quoted-printable" -> quotedPrintable(all, from, to);
            default -> throw new Malformed("its encoding is not one of ours");
        };
    }

    private static byte[] base64(byte[] all, int from, int to) throws Malformed {
        try {
            return Base64.getMimeDecoder().decode(Arrays.copyOfRange(all, from, to));
        } catch (IllegalArgumentException e) {
            throw new Malformed("its base64 is broken");
        }
    }

    private static byte[] quotedPrintable(byte[] all, int from, int to) throws Malformed {
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            if (all[i] != '=') {
                out.write(all[i]);
            } else if (i + 2 < to && all[i + 1] == '\r' && all[i + 2] == '\n') {
                i += 2;
            } else {
                int octet = i + 2 < to ? hex(all[i + 1]) << 4 | hex(all[i + 2]) : -1;
                if (octet < 0) {
                    throw new Malformed("its quoted-printable is broken");
                }
                out.write(octet);
                i += 2;
            }
        }
        return out.toByteArray();
    }

    /** -1 for no digit: of two, one that is none makes the octet negative. */
    private static int hex(byte digit) {
        return Character.digit(digit, 16);
    }
}
