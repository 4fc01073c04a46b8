package dev.mailmill.mail;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where a door puts the bytes of a body while they arrive. Up to {@link #inMemoryMax} octets stay
 * in memory and go into the message's row; more is written to the store by the door's own thread
 * and is on disk, fsynced, when {@link Draft#keep} returns, before the row's unit is asked for.
 */
public interface Bodies {
    /** 64 KB: above that the handle costs less than the row. */
    int inMemoryMax = 64 * 1024;

    /** Keeps octets outside of rows, however few: for many messages that share them. */
    default Body apart(byte[] octets) throws IOException {
        try (Draft draft = draft()) {
            draft.write(octets);
            return draft.keep();
        }
    }

    /** An empty draft. Closing it without {@link Draft#keep} drops what was written. */
    Draft draft();

    /** A body being written. One thread. */
    abstract class Draft extends OutputStream {
        /** Ends the draft; the handle is good as long as the message is. */
        public abstract Body keep() throws IOException;

        /** Octets so far. */
        public abstract long size();

        /** Drops it, unless kept. */
        @Override
        public abstract void close();
    }
}
