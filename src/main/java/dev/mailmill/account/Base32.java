package dev.mailmill.account;

import java.util.Arrays;
import java.util.Optional;

/**
 * Bytes as lower-case letters and the digits 2 to 7, without padding (RFC 4648 §6 in lower case):
 * survives a peer that folds case, and a person who reads it aloud.
 */
public final class Base32 {
    private static final char[] DIGITS = "abcdefghijklmnopqrstuvwxyz234567".toCharArray();
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < DIGITS.length; i++) {
            VALUES[DIGITS[i]] = (byte) i;
            VALUES[Character.toUpperCase(DIGITS[i])] = (byte) i;
        }
    }

    private Base32() {
    }

    public static String text(byte[] bytes) {
        char[] out = new char[(bytes.length * 8 + 4) / 5];
        int held = 0;
        int bits = 0;
        int at = 0;
        for (byte b : bytes) {
            held = held << 8 | b & 0xff;
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                out[at++] = DIGITS[held >>> bits & 31];
            }
        }
        if (bits > 0) {
            out[at] = DIGITS[held << (5 - bits) & 31];
        }
        return new String(out);
    }

    /** In either case; empty when a character is foreign or the last one has loose bits. */
    public static Optional<byte[]> bytes(String text) {
        byte[] out = new byte[text.length() * 5 / 8];
        int held = 0;
        int bits = 0;
        int at = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0) {
                return Optional.empty();
            }
            held = held << 5 | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                out[at++] = (byte) (held >>> bits);
            }
        }
        boolean canonical = bits < 5 && (held & (1 << bits) - 1) == 0;
        return canonical ? Optional.of(out) : Optional.empty();
    }
}
