package dev.mailmill.domain;

import dev.mailmill.account.Secrets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/**
 * The envelope sender of one delivery: {@code b} and 32 letters and digits at {@code
 * bounces.<domain>}. Who can write to it knows which delivery it was, and nobody else can make one
 * up, so a bounce that names it is about mail that we sent.
 */
public final class ReturnPath {
    private static final Duration VALID = Duration.ofDays(30);

    private final CopyToken token;

    public ReturnPath(Secrets secrets, InstantSource clock) {
        token = new CopyToken(secrets, "return-path", 'b', VALID, clock);
    }

    /** @param domain where bounces come back, as {@link SigningKeys#returnPath} says it */
    public String mint(long delivery, String domain) {
        return token.mint(delivery) + '@' + domain;
    }

    /**
     * The delivery that a bounce's recipient names, in whatever case it comes back; empty when it
     * is not ours, forged, or older than 30 days.
     */
    public OptionalLong read(String localPart) {
        return token.read(localPart);
    }
}
