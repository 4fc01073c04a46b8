package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;

/**
 * Reads SQLite on a few platform threads: a query blocks in native code and would hold a carrier
 * thread (decision 8). A read that takes too long is stopped, so that no snapshot keeps the log
 * from being emptied.
 */
final class ReaderPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReaderPool.class);
    private static final int READERS = 4;
    private static final long DEADLINE_MILLIS = 5_000;

    private final ArrayBlockingQueue<FutureTask<?>> queue;
    private final Thread[] threads = new Thread[READERS];
    private final ThreadLocal<SQLiteConnection> connection = new ThreadLocal<>();
    private final Engine engine;
    private final Opener opener;
    private volatile boolean closed;

    /** Opens one reader's connection. */
    @FunctionalInterface
    interface Opener {
        SQLiteConnection open() throws SQLException;
    }

    ReaderPool(String name, Engine engine, Opener opener, int readsMax) {
        this.engine = engine;
        this.opener = opener;
        this.queue = new ArrayBlockingQueue<>(readsMax);
        for (int i = 0; i < READERS; i++) {
            threads[i] = Thread.ofPlatform().name("store-read-" + name + "-" + i).daemon(true)
                    .start(this::work);
        }
    }

    <T> T read(Engine.Query<T> query) {
        AtomicReference<SQLiteConnection> running = new AtomicReference<>();
        Callable<T> call = () -> snapshot(query, running);
        FutureTask<T> task = new FutureTask<>(call);
        if (closed || !queue.offer(task)) {
            throw Health.error(closed ? Kind.DOWN : Kind.BUSY, null);
        }
        try {
            return task.get(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Not by interrupt: that would hit whatever the thread does next.
            task.cancel(false);
            stop(running.get());
            throw new StoreException(Kind.BUSY, "a read took longer than 5 s and was stopped", e);
        } catch (ExecutionException e) {
            throw Engine.readFailed(engine, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            task.cancel(false);
            stop(running.get());
            throw new StoreException(Kind.BUSY, "interrupted while reading", e);
        }
    }

    private static void stop(SQLiteConnection running) {
        if (running != null) {
            try {
                running.getDatabase().interrupt();
            } catch (SQLException e) {
                LOG.debug("a slow read could not be stopped", e);
            }
        }
    }

    private <T> T snapshot(Engine.Query<T> query, AtomicReference<SQLiteConnection> running)
            throws Exception {
        SQLiteConnection c = connection.get();
        running.set(c);
        try {
            return query.on(c);
        } finally {
            running.set(null);
            c.rollback();
        }
    }

    private void work() {
        try (SQLiteConnection c = opener.open()) {
            c.setAutoCommit(false);
            connection.set(c);
            while (!closed) {
                FutureTask<?> task = queue.poll(1, TimeUnit.SECONDS);
                if (task != null) {
                    task.run();
                }
            }
        } catch (SQLException e) {
            LOG.error("a reader of the store ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread t : threads) {
            t.interrupt();
        }
        for (Thread t : threads) {
            try {
                t.join(DEADLINE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
