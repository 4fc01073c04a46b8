package dev.mailmill.tracking;

import dev.mailmill.account.MacKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells callers' networks apart without keeping an address: a hash of the first 24 bits (56 of
 * IPv6) under a key that is made anew each day of UTC, and deleted with the first call of the next
 * day. From then on nobody can find out which network it was, not even by trying all. All nodes
 * have the same key. Thread-safe.
 */
public final class Networks {
    private static final Logger LOG = LoggerFactory.getLogger(Networks.class);
    private static final int KEY_BYTES = 32;
    private static final int V4_BYTES = 3;
    private static final int V6_BYTES = 7;
    /** Before a store that has no answer is asked again: nobody's click waits for it twice. */
    private static final long AGAIN_MILLIS = 5_000;
    /** For the key that another call is getting: a sweep begins with several at once. */
    private static final long WAIT_MILLIS = 1_000;

    private final Database database;
    private final Secrets secrets;
    private final InstantSource clock;
    private final SecureRandom random;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Today today = new Today(-1, null);
    private volatile long askAfter;

    public Networks(Database database, Secrets secrets, InstantSource clock,
            SecureRandom random) {
        this.database = database;
        this.secrets = secrets;
        this.clock = clock;
        this.random = random;
    }

    private record Today(long day, MacKey key) {
    }

    /** 0 while there is no key. */
    long of(InetAddress address) {
        long now = clock.millis();
        long day = Math.floorDiv(now, TimeUnit.DAYS.toMillis(1));
        Today known = today;
        if (known.day() != day) {
            known = turn(day, now);
        }
        if (known.day() != day) {
            return 0;
        }
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet4Address ? V4_BYTES : V6_BYTES;
        return ByteBuffer.wrap(known.key().mac(Arrays.copyOf(bytes, length))).getLong() | 1;
    }

    private Today turn(long day, long now) {
        if (now < askAfter || !locked()) {
            return today;
        }
        try {
            if (today.day() != day && now >= askAfter) {
                today = new Today(day, new MacKey(1, secrets.open(context(day), key(day))));
            }
        } catch (StoreException e) {
            askAfter = now + AGAIN_MILLIS;
            LOG.warn("callers' networks are not told apart until the store answers: {}",
                    e.getMessage());
        } finally {
            lock.unlock();
        }
        return today;
    }

    private boolean locked() {
        try {
            return lock.tryLock(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private byte[] key(long day) {
        byte[] fresh = new byte[KEY_BYTES];
        random.nextBytes(fresh);
        byte[] sealed = secrets.seal(context(day), fresh);
        return database.write(h -> {
            // another node may have been first: then its key is everybody's
            h.execute("INSERT INTO caller_key (day, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    day, sealed);
            h.execute("DELETE FROM caller_key WHERE day < ?", day);
            return h.createQuery("SELECT sealed FROM caller_key WHERE day = ?").bind(0, day)
                    .mapTo(byte[].class).one();
        });
    }

    private static String context(long day) {
        return "caller_key/" + day;
    }
}
