package dev.mailmill.http;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The server below us holds a chunk whole before it hands on its first octet, and a chunk may be as
 * large as a body: so only a few chunked bodies come in at a time, those of strangers apart from
 * those of keys. Each has a deadline, so the others wait for a moment. Thread-safe.
 */
final class ChunkedBodies {
    private static final int OCTETS_EACH = 32 * 1024 * 1024;
    private static final int AT_LEAST = 2;
    private static final long WAIT_SECONDS = 5;

    private final Semaphore known;
    private final Semaphore strangers;

    ChunkedBodies(WebLimits limits) {
        int slots = limits.bodyBytesInFlightMax() / OCTETS_EACH;
        this.known = new Semaphore(Math.max(AT_LEAST, slots), true);
        this.strangers = new Semaphore(Math.max(AT_LEAST, slots / 2), true);
    }

    /** Held until the body is read. */
    record Slot(Semaphore of) implements AutoCloseable {
        @Override
        public void close() {
            of.release();
        }
    }

    /**
     * Waits for a turn.
     *
     * @param known whether a key came with it
     * @throws Problem 503 when others take too long
     */
    Slot enter(boolean known) {
        Semaphore slots = of(known);
        try {
            if (slots.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                return new Slot(slots);
            }
        } catch (InterruptedException e) {
            // the door closes
            Thread.currentThread().interrupt();
        }
        throw BodyReader.busy();
    }

    /** Of a body that nobody wants: it is worth no waiting. */
    Optional<Slot> now(boolean known) {
        Semaphore slots = of(known);
        return slots.tryAcquire() ? Optional.of(new Slot(slots)) : Optional.empty();
    }

    private Semaphore of(boolean known) {
        return known ? this.known : strangers;
    }
}
