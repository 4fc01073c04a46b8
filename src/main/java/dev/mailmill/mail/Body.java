package dev.mailmill.mail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
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

    /** The octets themselves where they are made from something else; else this. */
    default Body finished() throws IOException {
        return this;
    }

    /** A body in memory; the array must not change afterwards. */
    static Body of(byte[] bytes) {
        return new InMemory(bytes);
    }

    /** Octets of it that lie in memory, as long as somebody has it. */
    default long held() {
        return 0;
    }

    /** Makes bodies from what is kept in their place. Thread-safe, and always the same octets. */
    @FunctionalInterface
    interface Maker {
        /**
         * @param beside what many bodies share; empty for none
         * @throws Unmakeable with the reason in words
         */
        Body body(byte[] recipe, Body beside) throws IOException;
    }

    /** It can't be made from its recipe, and never will; the message says why. */
    final class Unmakeable extends IOException {
        private static final long serialVersionUID = 1L;

        public Unmakeable(String why) {
            super(why);
        }
    }

    /**
     * One that is made each time that it is opened: what is kept is the recipe, so that a body that
     * a thousand recipients have in common is kept once (decision 1).
     */
    final class Made implements Body {
        /** Of nothing. */
        public static final Body NONE = Body.of(new byte[0]);
        private final byte[] recipe;
        private final Body beside;
        private final Maker maker;

        /**
         * @param recipe begins with the size that the body will have, about, as 8 octets
         * @param beside what other recipes share too; {@link #NONE} for nothing
         */
        public Made(byte[] recipe, Body beside, Maker maker) {
            this.recipe = recipe;
            this.beside = beside;
            this.maker = maker;
        }

        /** About: {@link #finished} tells. */
        @Override
        public long size() {
            return ByteBuffer.wrap(recipe).getLong();
        }

        @Override
        public InputStream open() throws IOException {
            return maker.body(recipe, beside).open();
        }

        @Override
        public Body finished() throws IOException {
            return maker.body(recipe, beside);
        }

        @Override
        public long held() {
            return recipe.length;
        }

        @Override
        public void discard() {
            beside.discard();
        }

        /** The bytes themselves, not a copy: for the writer only. */
        public byte[] recipe() {
            return recipe;
        }

        public Body beside() {
            return beside;
        }
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

        @Override
        public long held() {
            return bytes.length;
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
