package dev.mailmill.relay;

import dev.mailmill.smtp.SmtpClientConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Connections by road; the one used last is used first, so that the others grow old. The lock
 * is held over memory only.
 */
final class Pool implements AutoCloseable {
    /** Idle connections in all; a server more is opened anew. */
    private static final int IDLE_MAX = 1_000;
    /** Farewells said at once; the rest is hung up on. */
    private static final int FAREWELLS_MAX = 50;
    private static final long SWEEP_NANOS = 500_000_000;
    /** So long a new connection waits for an old one's goodbye. */
    private static final long GOODBYE_NANOS = 2_000_000_000L;
    private static final long LOOK_NANOS = 2_000_000;

    /** @param terms on which it was made: to which servers, and how safely */
    private record Idle(SmtpClientConnection connection, String terms, long since) {
    }

    /** A road's connections; gone when it has none. */
    private static final class Own {
        private final ArrayDeque<Idle> idle = new ArrayDeque<>(4);
        private int inUse;
        /** To which goodbye is being said: their servers still count them. */
        private int leaving;

        boolean none() {
            return idle.isEmpty() && inUse == 0 && leaving == 0;
        }
    }

    private final int transactionsMax;
    private final long idleNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Own> roads = new HashMap<>();
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

    /** An attempt begins, which holds at most one connection. */
    void begin(String road) {
        lock.lock();
        try {
            roads.computeIfAbsent(road, r -> new Own()).inUse++;
        } finally {
            lock.unlock();
        }
    }

    /** It is over; its connection lies here or is closed. */
    void end(String road) {
        lock.lock();
        try {
            Own own = roads.get(road);
            own.inUse--;
            forget(road, own);
        } finally {
            lock.unlock();
        }
    }

    private void forget(String road, Own own) {
        if (own.none()) {
            roads.remove(road);
        }
    }

    /** A connection of the road that was made on these terms and looks alive. */
    Optional<SmtpClientConnection> take(String road, String terms) {
        while (true) {
            SmtpClientConnection connection = pop(road, terms);
            if (connection == null) {
                return Optional.empty();
            }
            if (connection.renew()) {
                return Optional.of(connection);
            }
        }
    }

    private SmtpClientConnection pop(String road, String terms) {
        lock.lock();
        try {
            Own own = roads.get(road);
            if (own == null) {
                return null;
            }
            for (Iterator<Idle> newest = own.idle.descendingIterator(); newest.hasNext(); ) {
                Idle one = newest.next();
                if (one.terms().equals(terms)) {
                    newest.remove();
                    idle--;
                    return one.connection();
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Before one more is opened: the site must not see more than so many, with those that lie idle
     * and those that are saying goodbye. Waits a little for the latter.
     */
    void makeRoom(String road, int connectionsMax) {
        long end = System.nanoTime() + GOODBYE_NANOS;
        while (System.nanoTime() - end < 0) {
            Idle oldest;
            lock.lock();
            try {
                Own own = roads.get(road);
                if (own == null
                        || own.inUse + own.idle.size() + own.leaving <= connectionsMax) {
                    return;
                }
                oldest = own.idle.pollFirst();
                idle -= oldest == null ? 0 : 1;
            } finally {
                lock.unlock();
            }
            if (oldest == null) {
                LockSupport.parkNanos(LOOK_NANOS);
            } else {
                farewell(road, oldest.connection());
            }
        }
    }

    /** Keeps it for the road, or ends it. @param messagesMax on it; 0 for the usual number */
    void give(String road, String terms, SmtpClientConnection connection, int messagesMax) {
        if (!connection.reusable()) {
            connection.abort();
            return;
        }
        int most = messagesMax == 0 ? transactionsMax : messagesMax;
        if (connection.transactions() < most && push(road, terms, connection)) {
            return;
        }
        farewell(road, connection);
    }

    private boolean push(String road, String terms, SmtpClientConnection connection) {
        lock.lock();
        try {
            if (closed || idle >= IDLE_MAX || idleNanos == 0) {
                return false;
            }
            boolean first = idle++ == 0;
            roads.computeIfAbsent(road, r -> new Own()).idle
                    .addLast(new Idle(connection, terms, System.nanoTime()));
            if (first) {
                LockSupport.unpark(sweeper);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for the peer's goodbye. */
    private void farewell(String road, SmtpClientConnection connection) {
        if (!farewells.tryAcquire()) {
            connection.abort();
            return;
        }
        leaving(road, 1);
        Thread.startVirtualThread(() -> {
            try {
                connection.quit();
            } finally {
                leaving(road, -1);
                farewells.release();
            }
        });
    }

    private void leaving(String road, int change) {
        lock.lock();
        try {
            Own own = roads.computeIfAbsent(road, r -> new Own());
            own.leaving += change;
            forget(road, own);
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        while (!closed) {
            if (idle() == 0) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, Math.min(SWEEP_NANOS, idleNanos));
            }
            old(System.nanoTime() - idleNanos).forEach((c, road) -> farewell(road, c));
        }
    }

    /** Takes out what has lain since before then. */
    private Map<SmtpClientConnection, String> old(long before) {
        Map<SmtpClientConnection, String> old = new IdentityHashMap<>();
        lock.lock();
        try {
            for (Iterator<Map.Entry<String, Own>> all = roads.entrySet().iterator();
                    all.hasNext(); ) {
                Map.Entry<String, Own> one = all.next();
                Own own = one.getValue();
                while (!own.idle.isEmpty() && own.idle.peekFirst().since() - before <= 0) {
                    old.put(own.idle.pollFirst().connection(), one.getKey());
                    idle--;
                }
                if (own.none()) {
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
        old(System.nanoTime()).forEach((c, road) -> farewell(road, c));
    }
}
