package dev.mailmill.suppression;

import dev.mailmill.account.KeyRing;
import dev.mailmill.account.MacKey;
import dev.mailmill.account.Secrets;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses as hashes under our keys: who gets hold of the table can't try out addresses, and what
 * is erased is still known when it comes again.
 */
final class Hashes {
    static final int BYTES = 16;
    private static final String PURPOSE = "suppression";

    private final KeyRing ring;

    Hashes(Secrets secrets) {
        this.ring = secrets.ring(PURPOSE);
    }

    /** Under the newest key: how it is stored. */
    byte[] of(AddressKey key) {
        return hash(ring.newest(), key);
    }

    /** Under each key: how it may have been stored. */
    List<byte[]> all(AddressKey key) {
        return ring.all().stream().map(k -> hash(k, key)).toList();
    }

    private static byte[] hash(MacKey by, AddressKey key) {
        return Arrays.copyOf(by.mac(key.text().getBytes(StandardCharsets.UTF_8)), BYTES);
    }

    /** What stands for a tenant's entries of a hash in memory. */
    static long mark(long tenant, byte[] hash) {
        long h = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            h = h << 8 | hash[i] & 0xff;
        }
        // the hash is random already; the tenant must not only move a few bits of it
        long t = tenant * 0x9E3779B97F4A7C15L;
        return h ^ t ^ t >>> 32;
    }
}
