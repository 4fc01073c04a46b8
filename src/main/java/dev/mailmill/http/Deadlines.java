package dev.mailmill.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection whose peer is too slow in all, whatever it does between two octets: a read
 * time-out starts anew with each octet, so a client that sends one now and then would never meet
 * it. The thread is interrupted, which closes the socket under a virtual thread that reads or
 * writes it.
 */
final class Deadlines implements AutoCloseable {
    private static final long SCAN_MS = 100;

    private final Map<Thread, Long> running = new ConcurrentHashMap<>();
    private final ScheduledExecutorService scanner =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon()
                    .name("http-deadlines").factory());

    Deadlines() {
        scanner.scheduleWithFixedDelay(this::scan, SCAN_MS, SCAN_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * The calling thread has this long until it calls {@link #end}. Begun again, it starts anew.
     */
    void begin(Duration within) {
        running.put(Thread.currentThread(), System.nanoTime() + within.toNanos());
    }

    /** More time from now on, for who has shown that it moves; false when it came too late. */
    boolean extend(Duration within) {
        long until = System.nanoTime() + within.toNanos();
        return running.computeIfPresent(Thread.currentThread(), (_, _) -> until) != null;
    }

    /** In time? When not, the connection is closed already. */
    boolean end() {
        boolean inTime = running.remove(Thread.currentThread()) != null;
        if (!inTime) {
            // ours; left set, it would hit the next wait of an innocent
            Thread.interrupted();
        }
        return inTime;
    }

    private void scan() {
        long now = System.nanoTime();
        for (Thread one : running.keySet()) {
            // as one step: end() must not slip in between and leave the interrupt to the next wait
            running.computeIfPresent(one, (thread, until) -> {
                if (until - now >= 0) {
                    return until;
                }
                thread.interrupt();
                return null;
            });
        }
    }

    @Override
    public void close() {
        scanner.shutdownNow();
    }
}
