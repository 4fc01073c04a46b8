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
 * The envelope sender of one delivery: {@code b} and 32 letters and digits at {@code
 * bounces.<domain>}. Who can write to it knows which delivery it was, and nobody else can make one
 * up, so a bounce that names it is about mail that we sent.
 *
 * <p>Token: version (1 octet), key id (1), delivery (8), the first 80 bits of an HMAC of these ten.
 */
public final class ReturnPath {
    private static final char MARK = 'b';
    private static final byte VERSION = 1;
    private static final int SIGNED_BYTES = 10;
    private static final int MAC_BYTES = 10;
    private static final int TOKEN_BYTES = SIGNED_BYTES + MAC_BYTES;
    private static final int LOCAL_LENGTH = 1 + TOKEN_BYTES * 8 / 5;
    private static final Duration VALID = Duration.ofDays(30);
    /** Another node's clock may be ahead of ours. */
    private static final Duration AHEAD = Duration.ofMinutes(10);

    private final KeyRing keys;
    private final InstantSource clock;

    public ReturnPath(Secrets secrets, InstantSource clock) {
        this.keys = secrets.ring("return-path");
        this.clock = clock;
    }

    /** @param domain where bounces come back, as {@link SigningKeys#returnPath} says it */
    public String mint(long delivery, String domain) {
        MacKey key = keys.newest();
        ByteBuffer token = ByteBuffer.allocate(TOKEN_BYTES);
        token.put(VERSION).put((byte) key.id()).putLong(delivery);
        token.put(key.mac(token.array(), SIGNED_BYTES), 0, MAC_BYTES);
        return MARK + Base32.text(token.array()) + '@' + domain;
    }

    /**
     * The delivery that a bounce's recipient names, in whatever case it comes back; empty when it
     * is not ours, forged, or older than 30 days.
     */
    public OptionalLong read(String localPart) {
        if (localPart.length() != LOCAL_LENGTH || (localPart.charAt(0) | 0x20) != MARK) {
            return OptionalLong.empty();
        }
        Optional<byte[]> bytes = Base32.bytes(localPart.substring(1));
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
        boolean inTime = made.isAfter(now.minus(VALID)) && made.isBefore(now.plus(AHEAD));
        return inTime ? OptionalLong.of(delivery) : OptionalLong.empty();
    }
}
