package dev.mailmill.mail;

import java.time.Instant;
import java.time.InstantSource;

/**
 * Ids of 63 bits that sort by time: 41 bits of milliseconds since 2020, 10 of the node's leased
 * number, 12 of sequence. They never go backwards when the clock does (decision 2). Thread-safe.
 */
public final class Ids {
    private static final long EPOCH_MS = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    private static final int SEQUENCE_BITS = 12;
    private static final int NODE_BITS = 10;
    private static final int PER_MS = 1 << SEQUENCE_BITS;
    private static final Instant FIRST = Instant.ofEpochMilli(EPOCH_MS);
    /** In 2089. */
    private static final Instant LAST = Instant.ofEpochMilli(
            EPOCH_MS + (Long.MAX_VALUE >> NODE_BITS + SEQUENCE_BITS));
    /** base32hex in lower case: sorts as the number does, and survives case folding as DNS does. */
    private static final int TEXT_LENGTH = 13;

    private final InstantSource clock;
    private final long node;
    private long ms;
    private int used;

    /** @param node 0 to 1023, leased: no two living nodes have the same */
    public Ids(InstantSource clock, int node) {
        if (node < 0 || node >= 1 << NODE_BITS) {
            throw new IllegalArgumentException("node number " + node + " is not in 0..1023");
        }
        this.clock = clock;
        this.node = node;
        this.ms = clock.millis() - EPOCH_MS;
    }

    /**
     * The first of {@code count} consecutive ids. A run never crosses into another node's numbers:
     * where the millisecond has too few left, the next one is begun early.
     */
    public synchronized long next(int count) {
        if (count < 1 || count > PER_MS) {
            throw new IllegalArgumentException("a run of " + count + " ids");
        }
        long now = clock.millis() - EPOCH_MS;
        if (now > ms) {
            ms = now;
            used = 0;
        } else if (used + count > PER_MS) {
            ms++;
            used = 0;
        }
        long first = ms << (NODE_BITS + SEQUENCE_BITS) | node << SEQUENCE_BITS | used;
        used += count;
        return first;
    }

    /** When the id was made. */
    public static Instant time(long id) {
        return Instant.ofEpochMilli((id >>> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS);
    }

    /** The least id that can be made at a time; 0 before the first, and none after the last. */
    public static long floor(Instant at) {
        if (at.isBefore(FIRST)) {
            return 0;
        }
        return at.isAfter(LAST) ? Long.MAX_VALUE
                : at.toEpochMilli() - EPOCH_MS << NODE_BITS + SEQUENCE_BITS;
    }

    /** The day of the tables that hold what belongs to the id, as days since 1970, UTC. */
    public static int day(long id) {
        return (int) Math.floorDiv(time(id).toEpochMilli(), 86_400_000L);
    }

    /** {@code msg_} and 13 letters and digits. */
    public static String text(String prefix, long id) {
        char[] c = new char[TEXT_LENGTH];
        long rest = id;
        for (int i = TEXT_LENGTH - 1; i >= 0; i--) {
            c[i] = Character.forDigit((int) (rest & 31), 32);
            rest >>>= 5;
        }
        return prefix + new String(c);
    }

    /** The other way; -1 when it is no id of that kind. */
    public static long parse(String prefix, String text) {
        if (!text.startsWith(prefix) || text.length() != prefix.length() + TEXT_LENGTH) {
            return -1;
        }
        long id = 0;
        for (int i = prefix.length(); i < text.length(); i++) {
            int digit = Character.digit(text.charAt(i), 32);
            if (digit < 0 || Character.isUpperCase(text.charAt(i)) || text.charAt(i) > 'v') {
                return -1;
            }
            if (id >>> 58 != 0) {
                return -1;
            }
            id = id << 5 | digit;
        }
        return id < 0 ? -1 : id;
    }
}
