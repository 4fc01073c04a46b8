package dev.mailmill.sql;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a store lies and its bounds.
 *
 * @param folder     data folder: SQLite's files and large bodies; made when missing
 * @param postgres   {@code postgresql://user:pass@host:port/db}; empty for SQLite
 * @param limits     numbers with defaults
 * @param kept       how long old days stay
 */
public record StoreSettings(Path folder, Optional<String> postgres, Limits limits, Kept kept) {
    /** With the default days. */
    public StoreSettings(Path folder, Optional<String> postgres, Limits limits) {
        this(folder, postgres, limits, Kept.DEFAULT);
    }

    /** On SQLite, with the default numbers. */
    public static StoreSettings sqlite(Path folder) {
        return new StoreSettings(folder, Optional.empty(), Limits.DEFAULT);
    }

    /** On PostgreSQL, with the default numbers. */
    public static StoreSettings postgres(Path folder, String url) {
        return new StoreSettings(folder, Optional.of(url), Limits.DEFAULT);
    }

    /**
     * How many days old days' tables stay. Content stays longer where a delivery of it is open, and
     * never longer than the facts that tell of it.
     *
     * @param contentDays bodies, headers and metadata, from the day of acceptance on
     * @param factDays    facts and conversations, from the day that they are of
     */
    public record Kept(int contentDays, int factDays) {
        /** Of content, 45 after a message's last delivery, which is tried for 5 at most. */
        public static final Kept DEFAULT = new Kept(50, 400);
        /** A message's last delivery ends after 5 days at most, and somebody may look at it. */
        public static final int CONTENT_MIN = 7;
        /** What statistics keep servers' words for: made anew, they have them all. */
        public static final int FACT_MIN = 62;
        /** Three years. Each day is a table, and what is asked of all of them asks each. */
        public static final int MAX = 1_096;

        public Kept {
            if (contentDays < 1 || factDays < contentDays) {
                throw new IllegalArgumentException("content for " + contentDays
                        + " days, facts for " + factDays);
            }
        }

        /** When recipients and messages go: some facts of them come that much later. */
        public int rowDays() {
            return factDays + DEFAULT.contentDays;
        }
    }

    /**
     * @param acceptsMax  accepts and other writes that may wait for the writer; more is BUSY
     * @param urgentMax   settles, intents, claims that may wait; a share of their own
     * @param readsMax    reads that may wait for a reader
     * @param freeMin     octets free on disk below which nothing is accepted
     * @param ballast     octets kept aside so that settles can be written on a full disk
     * @param resolveMillis how long it is asked whether a commit took place whose answer was lost
     * @param leaseMillis how long a node's number is its own without a renewal (PostgreSQL)
     */
    public record Limits(int acceptsMax, int urgentMax, int readsMax, long freeMin, long ballast,
            int resolveMillis, int leaseMillis) {
        public static final Limits DEFAULT = new Limits(4_000, 20_000, 1_000, 256L << 20, 32L << 20,
                60_000, 15_000);
    }
}
