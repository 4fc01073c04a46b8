package dev.mailmill.mail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A handle on the bytes after a message's header: small ones lie in memory, large ones in the
 * store. It can be opened any number of times, by any thread, and always gives the same bytes.
 */
public interface Body {
    /** In octets, as they will be sent, without dot-stuffing. */
    long size();

    /** From the first octet; the caller closes it. */
    InputStream open() throws IOException;

    /** Drops what was kept for a message that was not accepted; the default has nothing to drop. */
    default void discard() {
    }

    /** A body in memory; the array must not change afterwards. */
    static Body of(byte[] bytes) {
        return new InMemory(bytes);
    }

    /** What fits in a row. */
    final class InMemory implements Body {
        private final byte[] bytes;

        InMemory(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(bytes);
        }

        /** The bytes themselves, not a copy: for the writer and the wire only. */
        public byte[] bytes() {
            return bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof InMemory b && Arrays.equals(bytes, b.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }
}
