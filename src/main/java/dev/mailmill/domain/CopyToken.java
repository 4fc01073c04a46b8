package dev.mailmill.domain;

import dev.mailmill.account.Base32;
import dev.mailmill.account.KeyRing;
import dev.mailmill.account.MacKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.mail.Ids;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Names one copy that we sent, so that whoever shows the token has seen that copy: a letter that
 * tells the use and 32 letters and digits, which may come back in any case. Each use has keys of
 * its own, so that no token serves for another.
 *
 * <p>Token: version (1 octet), key id (1), delivery (8), the first 80 bits of an HMAC of these ten.
 */
public final class CopyToken {
    private static final byte VERSION = 1;
    private static final int SIGNED_BYTES = 10;
    private static final int MAC_BYTES = 10;
    private static final int TOKEN_BYTES = SIGNED_BYTES + MAC_BYTES;
    private static final int LENGTH = 1 + TOKEN_BYTES * 8 / 5;
    /** Another node's clock may be ahead of ours. */
    private static final Duration AHEAD = Duration.ofMinutes(10);
    /** Complaints come weeks later, and a holiday may lie between. */
    private static final Duration FEEDBACK = Duration.ofDays(180);
    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    private final KeyRing keys;
    private final char mark;
    private final Duration valid;
    private final InstantSource clock;

    CopyToken(Secrets secrets, String use, char mark, Duration valid, InstantSource clock) {
        this.keys = secrets.ring(use);
        this.mark = mark;
        this.valid = valid;
        this.clock = clock;
    }

    /** In {@code CFBL-Feedback-ID} (RFC 9477): whose complaint it is. */
    public static CopyToken feedback(Secrets secrets, InstantSource clock) {
        return new CopyToken(secrets, "feedback", 'f', FEEDBACK, clock);
    }

    /** In the address of {@code List-Unsubscribe}; such links never expire. */
    public static CopyToken unsubscribe(Secrets secrets, InstantSource clock) {
        return new CopyToken(secrets, "unsubscribe", 'u', FOR_EVER, clock);
    }

    /** A local part of 33 octets. */
    public String mint(long delivery) {
        MacKey key = keys.newest();
        ByteBuffer token = ByteBuffer.allocate(TOKEN_BYTES);
        token.put(VERSION).put((byte) key.id()).putLong(delivery);
        token.put(key.mac(token.array(), SIGNED_BYTES), 0, MAC_BYTES);
        return mark + Base32.text(token.array());
    }

    /** The delivery it names; empty when it is not ours, forged, or too old. */
    public OptionalLong read(String text) {
        if (text.length() != LENGTH || (text.charAt(0) | 0x20) != mark) {
            return OptionalLong.empty();
        }
        Optional<byte[]> bytes = Base32.bytes(text.substring(1));
        if (bytes.isEmpty() || bytes.get()[0] != VERSION) {
            return OptionalLong.empty();
        }
        byte[] token = bytes.get();
        Optional<MacKey> key = keys.of(token[1] & 0xff);
        if (key.isEmpty()) {
            return OptionalLong.empty();
        }
        byte[] right = Arrays.copyOf(key.get().mac(token, SIGNED_BYTES), MAC_BYTES);
        byte[] claimed = Arrays.copyOfRange(token, SIGNED_BYTES, TOKEN_BYTES);
        if (!MessageDigest.isEqual(right, claimed)) {
            return OptionalLong.empty();
        }
        long delivery = ByteBuffer.wrap(token).getLong(2);
        Instant made = Ids.time(delivery);
        Instant now = clock.instant();
        boolean inTime = made.isAfter(now.minus(valid)) && made.isBefore(now.plus(AHEAD));
        return inTime ? OptionalLong.of(delivery) : OptionalLong.empty();
    }
}
