package dev.mailmill.account;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Codes of six digits that change every 30 s (RFC 6238, HMAC-SHA-1 as every authenticator has it).
 */
final class Totp {
    /** RFC 4226 §4: 160 bits are recommended. */
    static final int SECRET_BYTES = 20;
    private static final int SECONDS = 30;
    /** Clocks differ, and people type slowly (RFC 6238 §5.2). */
    private static final int STEPS_BESIDE = 1;
    private static final int MODULUS = 1_000_000;

    private Totp() {
    }

    static long step(Instant now) {
        return now.getEpochSecond() / SECONDS;
    }

    /** RFC 4226 §5.3. */
    static String code(byte[] secret, long step) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret, "HmacSHA1"));
            byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
            int offset = hash[hash.length - 1] & 0xf;
            int number = ByteBuffer.wrap(hash).getInt(offset) & 0x7fffffff;
            return String.format(Locale.ROOT, "%06d", number % MODULUS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA1 is missing in this JDK", e);
        }
    }

    /**
     * The step that a code is of; empty when it is of none near now.
     *
     * @param after only later steps count: a code that was seen is worth nothing (RFC 6238 §5.2)
     */
    static OptionalLong fits(byte[] secret, String code, Instant now, long after) {
        OptionalLong found = OptionalLong.empty();
        long step = step(now);
        for (long s = step - STEPS_BESIDE; s <= step + STEPS_BESIDE; s++) {
            boolean same = MessageDigest.isEqual(code(secret, s).getBytes(StandardCharsets.UTF_8),
                    code.getBytes(StandardCharsets.UTF_8));
            if (same && s > after) {
                found = OptionalLong.of(s);
            }
        }
        return found;
    }

    /** What an authenticator reads from a QR code. */
    static String uri(byte[] secret, String issuer, String account) {
        return "otpauth://totp/" + encoded(issuer) + ":" + encoded(account) + "?secret="
                + words(secret) + "&issuer=" + encoded(issuer);
    }

    /** For who types it. */
    static String words(byte[] secret) {
        return Base32.text(secret).toUpperCase(Locale.ROOT);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
