package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One caller's change: all of it or nothing. The writer runs it inside a group's transaction,
 * perhaps twice; the caller parks until the group is durable. Awaited by one thread.
 *
 * <p>It waits, is taken by the writer, is answered. A caller whose time is over may give it up, and
 * what that means depends on which came first: not taken, it never will be; taken, it may be kept.
 */
abstract class Unit<T> {
    private static final String NO_ANSWER = "the store gave no answer within ";
    private static final Object NULL = new Object();
    /** The writer has it: from here on it may be committed. */
    private static final Object TAKEN = new Object();
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
        if (!answer.compareAndSet(TAKEN, value) && !answer.compareAndSet(null, value)) {
            return false;
        }
        Thread t = waiter;
        if (t != null) {
            LockSupport.unpark(t);
        }
        return true;
    }

    /** The writer begins with it; false when its caller has given it up, which is for good. */
    final boolean take() {
        return answer.compareAndSet(null, TAKEN) || answer.get() == TAKEN;
    }

    /** Whether the caller gave up: what was not begun yet, or was undone, need not be. */
    final boolean abandoned() {
        return answer.get() == ABANDONED;
    }

    /** Whether nothing is left to be answered. */
    final boolean done() {
        Object now = answer.get();
        return now != null && now != TAKEN;
    }

    /** Waits; may be called again when the time is over. */
    final T await(Duration atMost) {
        if (!answered(atMost)) {
            throw new StoreException(Kind.BUSY, NO_ANSWER + atMost.toMillis()
                    + " ms; the change may still happen", null);
        }
        return value();
    }

    /**
     * Waits once, and never says of a change that may be kept that it was not: what the writer has
     * not taken in time is given up, what it has is waited for until its fate is known.
     *
     * @param fateAtMost longer than the writer itself needs to find out
     * @throws StoreException BUSY: nothing was kept. UNSURE: its fate is not known
     */
    final T awaitOrAbandon(Duration atMost, Duration fateAtMost) {
        if (!answered(atMost)) {
            if (answer.compareAndSet(null, ABANDONED)) {
                throw new StoreException(Kind.BUSY, NO_ANSWER + atMost.toMillis()
                        + " ms; the change was given up before it began", null);
            }
            if (!answered(fateAtMost) && answer.compareAndSet(TAKEN, ABANDONED)) {
                throw Health.error(Kind.UNSURE, null);
            }
        }
        return value();
    }

    private boolean answered(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (!done()) {
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
        return done();
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
