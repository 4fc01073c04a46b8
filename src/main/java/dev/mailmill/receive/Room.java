package dev.mailmill.receive;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How much mail is in memory at once. Each may be 25 MB, there are thousands of connections, and
 * who connects is anybody.
 */
final class Room {
    private static final int UNIT = 1024;

    private final Semaphore units;
    private final int all;

    Room(long octets) {
        all = (int) Math.min(Integer.MAX_VALUE, octets / UNIT);
        units = new Semaphore(all, true);
    }

    /** A sixth of the heap. */
    static Room ofHeap() {
        return new Room(Runtime.getRuntime().maxMemory() / 6);
    }

    /** One that is larger than all there is enters alone. */
    private int share(long octets) {
        return Math.clamp(octets / UNIT + 1, 1, all);
    }

    /** Whether there is room now, or soon enough. */
    boolean enter(long octets, Duration atMost) {
        try {
            return units.tryAcquire(share(octets), atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void leave(long octets) {
        units.release(share(octets));
    }
}
