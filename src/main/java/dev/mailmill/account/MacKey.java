package dev.mailmill.account;

import java.security.GeneralSecurityException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** One HMAC-SHA-256 key, ready for use by any number of threads. */
public final class MacKey {
    /** Idle ones that are kept; making one is 1 µs, so more would only lie around. */
    private static final int IDLE_MAX = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private final int id;
    private final SecretKey key;
    private final BlockingQueue<Mac> idle = new ArrayBlockingQueue<>(IDLE_MAX);
    /** How often it was used: a test reads here that a wrong user costs the same work. */
    private final LongAdder uses = new LongAdder();

    public MacKey(int id, byte[] key) {
        this.id = id;
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** 1 to 255, what a token names. */
    public int id() {
        return id;
    }

    public byte[] mac(byte[] data) {
        return mac(data, data.length);
    }

    /** The MAC of the first {@code length} octets. */
    public byte[] mac(byte[] data, int length) {
        uses.increment();
        Mac mac = idle.poll();
        try {
            if (mac == null) {
                mac = Mac.getInstance(ALGORITHM);
                mac.init(key);
            }
            mac.update(data, 0, length);
            byte[] out = mac.doFinal();
            idle.offer(mac);
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing in this JDK", e);
        }
    }

    long uses() {
        return uses.sum();
    }
}
