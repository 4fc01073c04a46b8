package dev.mailmill.smtp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that closes the plain socket of each connection whose deadline is over. Sockets have
 * no deadline for writes, and under TLS none that ends a handshake as a whole; setting one here
 * costs an operation a single store to memory.
 */
final class SmtpClientDeadlines implements AutoCloseable {
    /** How late a deadline may be noticed. */
    private static final long TICK_NANOS = 50_000_000;

    private final Set<SmtpClientWire> watched = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    SmtpClientDeadlines() {
        thread = Thread.ofPlatform().daemon().name("smtp-client-deadlines").start(this::watch);
    }

    void add(SmtpClientWire wire) {
        watched.add(wire);
        if (closed) {
            // close() may have looked before
            wire.kill();
        } else if (watched.size() == 1) {
            LockSupport.unpark(thread);
        }
    }

    void remove(SmtpClientWire wire) {
        watched.remove(wire);
    }

    int size() {
        return watched.size();
    }

    private void watch() {
        while (!closed) {
            if (watched.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TICK_NANOS);
            }
            long now = System.nanoTime();
            for (SmtpClientWire wire : watched) {
                wire.closeIfLate(now);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        watched.forEach(SmtpClientWire::kill);
    }
}
