package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * One caller's change: all of it or nothing. The writer runs it inside a group's transaction,
 * perhaps twice; the caller parks until the group is durable. Awaited by one thread.
 */
abstract class Unit<T> {
    private static final Object NULL = new Object();

    /** Goes before accepts: without it mail that was accepted can't leave. */
    final boolean urgent;
    /** What it adds to a group, about. */
    final long bytes;
    final int rows;

    private volatile Thread waiter;
    private volatile Object answer;

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
        finish(value == null ? NULL : value);
    }

    final void fail(StoreException e) {
        finish(e);
    }

    private void finish(Object value) {
        answer = value;
        Thread t = waiter;
        if (t != null) {
            LockSupport.unpark(t);
        }
    }

    /** Whether the writer has answered. */
    final boolean done() {
        return answer != null;
    }

    @SuppressWarnings("unchecked")
    final T await(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (answer == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new StoreException(StoreException.Kind.BUSY,
                        "the store gave no answer within " + atMost.toMillis()
                        + " ms; the change may still happen", null);
            }
            LockSupport.parkNanos(this, left);
            // Whether a change took place matters more than the interrupt, which is kept for later.
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Object got = answer;
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
