package dev.mailmill.relay;

import dev.mailmill.smtp.SmtpClientConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Idle connections by lane; the one used last is used first, so that the others grow old. The lock
 * is held over memory only.
 */
final class Pool implements AutoCloseable {
    /** Idle connections in all; a server more is opened anew. */
    private static final int IDLE_MAX = 1_000;
    /** Farewells said at once; the rest is hung up on. */
    private static final int FAREWELLS_MAX = 50;
    private static final long SWEEP_NANOS = 500_000_000;

    private record Idle(SmtpClientConnection connection, long since) {
    }

    private final int transactionsMax;
    private final long idleNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, ArrayDeque<Idle>> lanes = new HashMap<>();
    private final Semaphore farewells = new Semaphore(FAREWELLS_MAX);
    private final Thread sweeper;
    private int idle;
    private volatile boolean closed;

    Pool(int transactionsMax, Duration idle) {
        this.transactionsMax = transactionsMax;
        this.idleNanos = idle.toNanos();
        this.sweeper = Thread.ofPlatform().daemon().name("relay-idle-connections")
                .start(this::sweep);
    }

    /** A connection that looks alive. */
    Optional<SmtpClientConnection> take(String lane) {
        while (true) {
            SmtpClientConnection connection = pop(lane);
            if (connection == null) {
                return Optional.empty();
            }
            if (connection.renew()) {
                return Optional.of(connection);
            }
        }
    }

    private SmtpClientConnection pop(String lane) {
        lock.lock();
        try {
            ArrayDeque<Idle> own = lanes.get(lane);
            if (own == null) {
                return null;
            }
            Idle newest = own.pollLast();
            idle--;
            if (own.isEmpty()) {
                lanes.remove(lane);
            }
            return newest.connection();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps it for the lane, or ends it. */
    void give(String lane, SmtpClientConnection connection) {
        if (!connection.reusable()) {
            connection.abort();
            return;
        }
        if (connection.transactions() < transactionsMax && push(lane, connection)) {
            return;
        }
        farewell(connection);
    }

    private boolean push(String lane, SmtpClientConnection connection) {
        lock.lock();
        try {
            if (closed || idle >= IDLE_MAX || idleNanos == 0) {
                return false;
            }
            boolean first = idle++ == 0;
            lanes.computeIfAbsent(lane, l -> new ArrayDeque<>(4))
                    .addLast(new Idle(connection, System.nanoTime()));
            if (first) {
                LockSupport.unpark(sweeper);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for the peer's goodbye. */
    private void farewell(SmtpClientConnection connection) {
        if (!farewells.tryAcquire()) {
            connection.abort();
            return;
        }
        Thread.startVirtualThread(() -> {
            try {
                connection.quit();
            } finally {
                farewells.release();
            }
        });
    }

    private void sweep() {
        while (!closed) {
            if (idle() == 0) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, Math.min(SWEEP_NANOS, idleNanos));
            }
            old(System.nanoTime() - idleNanos).forEach(this::farewell);
        }
    }

    /** Takes out what has lain since before then. */
    private List<SmtpClientConnection> old(long before) {
        List<SmtpClientConnection> old = new ArrayList<>();
        lock.lock();
        try {
            for (Iterator<ArrayDeque<Idle>> all = lanes.values().iterator(); all.hasNext(); ) {
                ArrayDeque<Idle> own = all.next();
                while (!own.isEmpty() && own.peekFirst().since() - before <= 0) {
                    old.add(own.pollFirst().connection());
                    idle--;
                }
                if (own.isEmpty()) {
                    all.remove();
                }
            }
        } finally {
            lock.unlock();
        }
        return old;
    }

    /** Connections that lie here now. */
    int idle() {
        lock.lock();
        try {
            return idle;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(sweeper);
        old(System.nanoTime()).forEach(this::farewell);
    }
}
