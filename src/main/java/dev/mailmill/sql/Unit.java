package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One caller's change: all of it or nothing. The writer runs it inside a group's transaction,
 * perhaps twice; the caller parks until the group is durable. Awaited by one thread.
 */
abstract class Unit<T> {
    private static final Object NULL = new Object();
    private static final Object ABANDONED = new Object();

    /** Goes before accepts: without it mail that was accepted can't leave. */
    final boolean urgent;
    /** What it adds to a group, about. */
    final long bytes;
    final int rows;

    private volatile Thread waiter;
    private final AtomicReference<Object> answer = new AtomicReference<>();

    Unit(boolean urgent, int rows, long bytes) {
        this.urgent = urgent;
        this.rows = rows;
        this.bytes = bytes;
    }

    /** Stages inserts and updates, or runs SQL. Forgets what an earlier run left. */
    abstract void first(Batch batch) throws Exception;

    /** Stages what depends on the updates' row counts. */
    void second(Batch batch) throws Exception {
    }

    /** After the commit, on the writer's thread. */
    abstract T result();

    /** Open deliveries that this unit added, less those it ended. */
    int opened() {
        return 0;
    }

    /** What its own work threw; its changes were undone, those of the group were not. */
    RuntimeException thrown() {
        return null;
    }

    final void succeed() {
        RuntimeException own = thrown();
        if (own != null) {
            finish(new Thrown(own));
            return;
        }
        T value = result();
        if (!finish(value == null ? NULL : value)) {
            orphaned();
        }
    }

    /** It was kept, or may have been, and its caller does not know: what it took is freed. */
    void orphaned() {
    }

    final void fail(StoreException e) {
        finish(e);
    }

    /** False when the caller gave up before. */
    private boolean finish(Object value) {
        if (!answer.compareAndSet(null, value)) {
            return false;
        }
        Thread t = waiter;
        if (t != null) {
            LockSupport.unpark(t);
        }
        return true;
    }

    /** Whether the caller gave up: what was not begun yet need not be. */
    final boolean abandoned() {
        return answer.get() == ABANDONED;
    }

    /** Whether the writer has answered. */
    final boolean done() {
        return answer.get() != null;
    }

    /** Waits; may be called again when the time is over. */
    final T await(Duration atMost) {
        if (!answered(atMost)) {
            throw late(atMost, "; the change may still happen");
        }
        return value();
    }

    /** Waits once: when the time is over the unit is given up, whatever becomes of it. */
    final T awaitOrAbandon(Duration atMost) {
        if (!answered(atMost) && answer.compareAndSet(null, ABANDONED)) {
            throw late(atMost, "; it was given up");
        }
        return value();
    }

    private static StoreException late(Duration atMost, String then) {
        return new StoreException(StoreException.Kind.BUSY, "the store gave no answer within "
                + atMost.toMillis() + " ms" + then, null);
    }

    private boolean answered(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (answer.get() == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            LockSupport.parkNanos(this, left);
            // Whether a change took place matters more than the interrupt, which is kept for later.
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answer.get() != null;
    }

    @SuppressWarnings("unchecked")
    private T value() {
        Object got = answer.get();
        if (got instanceof StoreException e) {
            throw new StoreException(e.kind(), e.getMessage(), e);
        }
        if (got instanceof Thrown t) {
            throw t.cause;
        }
        return got == NULL ? null : (T) got;
    }

    /** So that a unit whose value is an exception is not mistaken for one that threw. */
    private record Thrown(RuntimeException cause) {
    }
}
