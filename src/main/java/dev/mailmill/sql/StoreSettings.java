package dev.mailmill.sql;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a store lies and its bounds.
 *
 * @param folder     data folder: SQLite's files and large bodies; made when missing
 * @param postgres   {@code postgresql://user:pass@host:port/db}; empty for SQLite
 * @param limits     numbers with defaults
 */
public record StoreSettings(Path folder, Optional<String> postgres, Limits limits) {
    /** On SQLite, with the default numbers. */
    public static StoreSettings sqlite(Path folder) {
        return new StoreSettings(folder, Optional.empty(), Limits.DEFAULT);
    }

    /** On PostgreSQL, with the default numbers. */
    public static StoreSettings postgres(Path folder, String url) {
        return new StoreSettings(folder, Optional.of(url), Limits.DEFAULT);
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
