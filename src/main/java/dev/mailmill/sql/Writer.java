package dev.mailmill.sql;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes what waits, runs it as one transaction, commits, and wakes
 * the callers; while it commits the next group gathers. A group that fails is rolled back and
 * replayed unit by unit, so that only the guilty caller hears of it (decision 4).
 */
final class Writer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final long IDLE_MILLIS = 1_000;
    /** How often a lost connection is tried again before a group is given up. */
    private static final int RECONNECTS = 3;
    /** What a group takes beside finding out whether it was committed. */
    private static final Duration GROUP_MAX = Duration.ofSeconds(30);
    private static final long PAUSE_NANOS = 200_000_000L;
    private static final long CLOSE_MILLIS = 10_000;

    private final Engine engine;
    private final InstantSource clock;
    private final Health health;
    private final UnitQueue queue;
    private final Duration resolveMax;
    private final Runnable onFull;
    private final Thread thread;
    private final Timer commits;
    private final DistributionSummary groups;
    private final AtomicLong open = new AtomicLong();
    private final List<Consumer<List<Fact>>> hooks = new CopyOnWriteArrayList<>();

    private Batch batch;
    private long group;
    private volatile boolean stopping;

    /** @param onFull called when a unit met a full disk, to make a little room */
    Writer(String name, Engine engine, InstantSource clock, Health health,
            StoreSettings.Limits limits, MeterRegistry meters, Runnable onFull)
            throws SQLException {
        this.engine = engine;
        this.clock = clock;
        this.health = health;
        this.onFull = onFull;
        this.queue = new UnitQueue(limits.urgentMax(), limits.acceptsMax());
        this.resolveMax = Duration.ofMillis(limits.resolveMillis());
        this.commits = Timer.builder("mailmill.store.commit").tag("store", name)
                .description("Time of one group's commit, fsync included").register(meters);
        this.groups = DistributionSummary.builder("mailmill.store.group").tag("store", name)
                .description("Units that were committed together").register(meters);
        Gauge.builder("mailmill.store.queue", queue, UnitQueue::size).tag("store", name)
                .description("Units that wait for the writer").register(meters);
        Gauge.builder("mailmill.store.wal.bytes", engine, Engine::walBytes).tag("store", name)
                .description("Size of SQLite's write-ahead log").baseUnit("bytes").register(meters);
        // Numbers of a former process of this node must not look like ours.
        this.group = clock.millis() << 20;
        this.batch = open(engine, clock);
        this.thread = Thread.ofPlatform().name("store-writer-" + name).daemon(true)
                .unstarted(this::work);
        thread.start();
    }

    void onCommitted(Consumer<List<Fact>> hook) {
        hooks.add(hook);
    }

    /** Queues a unit. @throws StoreException when there is no room or no store */
    <U extends Unit<?>> U submit(U unit) {
        if (health.broken()) {
            throw Health.error(Kind.BROKEN, null);
        }
        queue.put(unit);
        return unit;
    }

    /** Who waits for what is taken waits so long: by then its fate is known or can't be. */
    Duration fateMax() {
        return resolveMax.plus(GROUP_MAX);
    }

    AtomicLong open() {
        return open;
    }

    @Override
    public void close() {
        queue.close();
        try {
            thread.join(CLOSE_MILLIS);
            if (thread.isAlive()) {
                stopping = true;
                thread.interrupt();
                thread.join(CLOSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        List<Unit<?>> taken = List.of();
        try {
            while (!stopping) {
                taken = queue.take(IDLE_MILLIS);
                if (!taken.isEmpty()) {
                    group(taken);
                } else if (queue.closed()) {
                    break;
                } else if (batch == null) {
                    reconnect();
                }
                tidy(taken);
            }
        } catch (InterruptedException e) {
            LOG.warn("store writer was stopped while it worked");
        } catch (Throwable t) {
            health.broke();
            LOG.error("store writer failed: nothing more is written", t);
            // Perhaps it failed behind the commit.
            failAll(taken, Health.error(Kind.UNSURE, t));
        }
        queue.close();
        drain();
        drop();
    }

    private void drain() {
        try {
            for (List<Unit<?>> rest = queue.take(0); !rest.isEmpty(); rest = queue.take(0)) {
                failAll(rest, Health.error(health.trouble().orElse(Kind.DOWN), null));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tidy(List<Unit<?>> last) {
        if (batch == null) {
            return;
        }
        try {
            engine.between(batch.connection(), last.stream().mapToLong(u -> u.bytes).sum());
        } catch (SQLException e) {
            trouble(e);
        }
    }

    private void group(List<Unit<?>> taken) {
        List<Unit<?>> units = taken.stream().filter(Unit::take).<Unit<?>>map(u -> u).toList();
        if (units.isEmpty()) {
            return;
        }
        if (health.broken() || batch == null && !reconnect()) {
            failAll(units, Health.error(health.trouble().orElse(Kind.DOWN), null));
            return;
        }
        Exception failure = attempt(units);
        if (failure == null) {
            return;
        }
        Kind kind = trouble(failure);
        if (kind == Kind.BROKEN || kind == Kind.DOWN && !reconnect()) {
            failAll(units, Health.error(kind, failure));
            return;
        }
        boolean guilty = kind == Kind.REJECTED && units.size() == 1;
        for (Unit<?> u : units) {
            if (guilty || kind == Kind.FULL && !u.urgent) {
                // What room is left is for settles: mail that leaves makes more of it.
                u.fail(Health.error(kind, failure));
            } else {
                alone(u);
            }
        }
    }

    /** A unit of a group that failed, in a transaction of its own. */
    private void alone(Unit<?> u) {
        if (u.abandoned()) {
            return;
        }
        if (health.broken() || batch == null && !reconnect()) {
            u.fail(Health.error(health.trouble().orElse(Kind.DOWN), null));
            return;
        }
        Exception failure = attempt(List.of(u));
        if (failure != null) {
            Kind kind = trouble(failure);
            u.fail(Health.error(kind, failure));
        }
    }

    /** Runs and commits; answers the units when that is certain. Else what went wrong before. */
    private Exception attempt(List<Unit<?>> units) {
        long number = ++group;
        long began = System.nanoTime();
        List<Fact> facts;
        try {
            batch.run(units);
            if (!engine.mark(batch.connection(), number)) {
                throw new SQLException("this node's epoch is over", "08006");
            }
            facts = batch.facts();
        } catch (Exception e) {
            return rolledBack(e);
        }
        CrashPoint.pass("spool.before-commit");
        try {
            batch.connection().commit();
        } catch (SQLException e) {
            Kind kind = engine.kindOf(e);
            if (kind == Kind.BROKEN) {
                // The log may have it all the same, where the next start would find it.
                health.broke();
                failAll(units, Health.error(Kind.UNSURE, e));
            }
            if (kind != Kind.DOWN) {
                return rolledBack(e);
            }
            Boolean committed = resolve(number);
            if (committed == null) {
                failAll(units, Health.error(Kind.UNSURE, e));
                units.forEach(Unit::orphaned);
                return null;
            }
            if (!committed) {
                return e;
            }
        }
        CrashPoint.pass("spool.after-commit");
        commits.record(System.nanoTime() - began, java.util.concurrent.TimeUnit.NANOSECONDS);
        groups.record(units.size());
        succeeded(units, facts);
        return null;
    }

    private void succeeded(List<Unit<?>> units, List<Fact> facts) {
        if (batch != null) {
            batch.committed();
        }
        if (engine.postgres()) {
            // Its disk is not ours to watch: that it took a group shows that there is room.
            health.full(false);
        }
        int opened = 0;
        for (Unit<?> u : units) {
            opened += u.opened();
        }
        open.addAndGet(opened);
        for (Unit<?> u : units) {
            u.succeed();
        }
        CrashPoint.pass("spool.after-answer");
        if (!facts.isEmpty()) {
            for (Consumer<List<Fact>> hook : hooks) {
                try {
                    hook.accept(facts);
                } catch (RuntimeException e) {
                    LOG.warn("a listener of committed facts failed", e);
                }
            }
        }
    }

    private Exception rolledBack(Exception e) {
        try {
            batch.connection().rollback();
        } catch (SQLException again) {
            e.addSuppressed(again);
            // SQLite ends the transaction itself when the disk is full; the driver doesn't know,
            // and would let the next statements commit one by one.
            drop();
        }
        return e;
    }

    /** Notes what an error says about the whole store. */
    private Kind trouble(Exception e) {
        Kind kind = e instanceof SQLException s ? engine.kindOf(s)
                : e instanceof StoreException s ? s.kind() : Kind.REJECTED;
        switch (kind) {
            case BROKEN -> {
                health.broke();
                LOG.error("the store's disk failed; nothing more is accepted or delivered", e);
            }
            case DOWN -> {
                health.down(true);
                drop();
                LOG.warn("the store's connection was lost: {}", e.getMessage());
            }
            case FULL -> {
                onFull.run();
                engine.full();
            }
            case BUSY, REJECTED, UNSURE -> LOG.debug("a group failed", e);
        }
        return kind;
    }

    /** Whether the group was committed, by the number it wrote; null when that can't be known. */
    private Boolean resolve(long number) {
        health.down(true);
        drop();
        long end = System.nanoTime() + resolveMax.toNanos();
        while (System.nanoTime() < end && !stopping) {
            if (reconnect()) {
                try {
                    boolean committed = engine.committed(batch.connection(), number);
                    batch.connection().rollback();
                    LOG.warn("a commit's answer was lost; the group was {}",
                            committed ? "kept" : "not kept");
                    return committed;
                } catch (SQLException e) {
                    drop();
                }
            }
        }
        return null;
    }

    private boolean reconnect() {
        for (int i = 0; i < RECONNECTS && !stopping; i++) {
            try {
                batch = open(engine, clock);
                health.down(false);
                return true;
            } catch (SQLException e) {
                LOG.debug("the store can't be reached", e);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        health.down(true);
        return false;
    }

    private static Batch open(Engine engine, InstantSource clock) throws SQLException {
        Connection c = engine.openWriter();
        try {
            return new Batch(c, engine, clock);
        } catch (SQLException | RuntimeException e) {
            c.close();
            throw e;
        }
    }

    private void drop() {
        if (batch != null) {
            try {
                batch.connection().close();
            } catch (SQLException e) {
                LOG.debug("closing a lost connection failed", e);
            }
            batch = null;
        }
    }

    private static void failAll(List<Unit<?>> units, StoreException e) {
        for (Unit<?> u : units) {
            if (!u.done()) {
                u.fail(e);
            }
        }
    }
}
