package dev.mailmill.http;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Memory for what is made of bodies while they are worked on: the tree, its texts, decoded files.
 * It is waited for, since each piece of work ends soon by itself; a client's upload does not, so a
 * body has its room before ({@link BodyReader}). Thread-safe.
 */
final class BodyWeights {
    /** Twice what may come in at a time: a quarter of the heap beside an eighth. */
    private static final int OF_IN_FLIGHT = 2;
    private static final long WAIT_SECONDS = 10;
    /**
     * Measured at the worst moment. A file: its text, and decoded. A text with escapes: as
     * characters, built, as octets.
     */
    private static final long OF_TEXT = 4;
    /** Of values such as {@code {}}, 92 octets for 3; {@link StrictJson#TOKENS_MAX} ends it. */
    private static final long OF_VALUES = 32;
    private static final long VALUES_MAX = 64L * 1024 * 1024;

    private final int all;
    private final Semaphore free;

    BodyWeights(WebLimits limits) {
        this.all = limits.bodyBytesInFlightMax() * OF_IN_FLIGHT;
        this.free = new Semaphore(all);
    }

    /** Held while a body is worked on. */
    final class Share implements AutoCloseable {
        private final int octets;

        private Share(int octets) {
            this.octets = octets;
        }

        @Override
        public void close() {
            free.release(octets);
        }
    }

    /**
     * Waits for the room that a body of this size needs. What needs more than there is gets all,
     * and is alone.
     *
     * @throws Problem 503 when others keep it too long
     */
    Share of(int octets) {
        long weight = octets * OF_TEXT + Math.min(octets * OF_VALUES, VALUES_MAX);
        Share share = new Share((int) Math.min(weight, all));
        try {
            if (!free.tryAcquire(share.octets, WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw BodyReader.busy();
            }
            return share;
        } catch (InterruptedException e) {
            // the door closes
            Thread.currentThread().interrupt();
            throw BodyReader.busy();
        }
    }
}
