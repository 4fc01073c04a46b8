package dev.mailmill.mail;

import java.time.Duration;

/**
 * Wakes those who wait for facts. It rings after each commit of this node; another node's facts
 * ring nothing, so nobody waits here without an end. Thread-safe.
 */
public final class News {
    private final Object lock = new Object();
    private long rung;

    /** There is something new. Costs next to nothing: the store's writer calls it. */
    public void ring() {
        synchronized (lock) {
            rung++;
            lock.notifyAll();
        }
    }

    /** How often it has rung; ask before you look, so that nothing slips by. */
    public long rung() {
        synchronized (lock) {
            return rung;
        }
    }

    /** Until it has rung more often than was seen, or the time is over. */
    public void await(long seen, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (lock) {
            for (long left = atMost.toMillis(); rung == seen && left > 0;
                    left = (end - System.nanoTime()) / 1_000_000) {
                lock.wait(left);
            }
        }
    }
}
