package dev.mailmill.account;

import dev.mailmill.mail.Routine;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jdbi.v3.core.Handle;

/**
 * Notices that another node, or another process, has changed accounts or domains: one row counts
 * the changes and is read twice a second. What is in memory is so at most 1 s behind the store.
 */
public final class ChangeWatch implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(500);
    /** Without an answer for so long, memory can't be called current. */
    private static final Duration STALE_AFTER = Duration.ofSeconds(10);

    private final Database database;
    private final Duration staleAfter;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Routine routine;
    private volatile long answeredAt = System.nanoTime();
    /** Touched by the watching thread only, after the constructor. */
    private long seen;

    public ChangeWatch(Database database) {
        this(database, EVERY, STALE_AFTER);
    }

    ChangeWatch(Database database, Duration every, Duration staleAfter) {
        this.database = database;
        this.staleAfter = staleAfter;
        this.seen = database.read(ChangeWatch::count);
        this.routine = Routine.every("account-watch", "accounts and domains can't be followed now,"
                + " what is known stays good", every, every, this::look).start();
    }

    /** Runs after each change that this node notices, also its own. */
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    /** Counts a change, in the unit that makes it. */
    public static void note(Handle handle) {
        handle.execute("UPDATE change SET n = n + 1");
    }

    /** How many changes there were when the snapshot was taken that the handle reads. */
    public static long count(Handle handle) {
        return handle.createQuery("SELECT n FROM change").mapTo(Long.class).one();
    }

    /** Whether the store has not answered for so long that memory may be out of date. */
    public boolean stale() {
        return System.nanoTime() - answeredAt > staleAfter.toNanos();
    }

    private void look() {
        long now = database.read(ChangeWatch::count);
        if (now != seen) {
            listeners.forEach(Runnable::run);
            seen = now;
        }
        answeredAt = System.nanoTime();
    }

    @Override
    public void close() {
        routine.close();
    }
}
