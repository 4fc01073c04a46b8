package dev.mailmill.account;

import java.security.GeneralSecurityException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/** One HMAC-SHA-256 key, ready for use by any number of threads. */
public final class MacKey {
    /** Octets of a whole MAC. */
    public static final int BYTES = 32;

    /** Idle ones that are kept; making one is 1 µs, so more would only lie around. */
    private static final int IDLE_MAX = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private final int id;
    private final SecretKey key;
    private final BlockingQueue<Mac> idle = new ArrayBlockingQueue<>(IDLE_MAX);
    /** How often it was used: a test reads here that a wrong user costs the same work. */
    private final LongAdder uses = new LongAdder();

    MacKey(int id, byte[] key) {
        this.id = id;
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** 1 to 255, what a token names. */
    public int id() {
        return id;
    }

    public byte[] mac(byte[] data) {
        byte[] out = new byte[BYTES];
        mac(data, data.length, out);
        return out;
    }

    /** The MAC of the first {@code length} octets, into {@code out}, which has room for all of it. */
    public void mac(byte[] data, int length, byte[] out) {
        uses.increment();
        Mac mac = idle.poll();
        try {
            if (mac == null) {
                mac = Mac.getInstance(ALGORITHM);
                mac.init(key);
            }
            mac.update(data, 0, length);
            mac.doFinal(out, 0);
            idle.offer(mac);
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException("room for " + out.length + " octets of MAC", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing in this JDK", e);
        }
    }

    long uses() {
        return uses.sum();
    }
}
