package dev.mailmill.sql;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An installation's storage: opened once, closed last. */
public final class Store implements AutoCloseable {
    /** The named places at which a harness may kill the process. */
    public static final List<String> CRASH_POINTS = List.of("bodies.before-write",
            "bodies.before-fsync", "bodies.after-fsync", "spool.before-add", "spool.before-commit",
            "spool.after-commit", "spool.after-answer", "spool.after-intent", "spool.before-settle",
            "spool.after-settle", "spool.after-claim");

    private static final Logger LOG = LoggerFactory.getLogger(Store.class);

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final Health health = new Health();
    private final Writer writer;
    private final SqlDatabase database;
    private final SqlDatabase views;
    private final SqlSpool spool;
    private final SqlSweeps sweeps;
    private final SqlJournal journal;
    private final BodyStore bodies;
    private final Ids ids;
    private final Upkeep upkeep;
    private final AcceptedMail accepted;
    private final Copying copying = new Copying();
    private final Path folder;
    private final Engine truth;
    private final Engine folds;
    private final Restored restored;

    /**
     * Makes what is missing, migrates, takes an epoch. Nothing is recovered yet: see
     * {@link Spool#recover}.
     *
     * @throws StoreException when it can't be opened, or another process has it open
     */
    public static Store open(StoreSettings settings, InstantSource clock, MeterRegistry meters) {
        try {
            return new Store(settings, clock, meters);
        } catch (SQLException | IOException | org.flywaydb.core.api.FlywayException e) {
            throw new StoreException(Kind.DOWN, "the store can't be opened: " + e.getMessage(), e);
        }
    }

    private Store(StoreSettings settings, InstantSource clock, MeterRegistry meters)
            throws SQLException, IOException {
        boolean opened = false;
        try {
            this.folder = Private.folder(settings.folder());
            Engine truth = settings.postgres().isPresent()
                    ? later(new PostgresEngine(settings.postgres().get(), "public", "db/postgres",
                            true))
                    : sqlite(folder, settings.limits());
            Engine folds = later(settings.postgres().isPresent()
                    ? new PostgresEngine(settings.postgres().get(), "views", "db/views-postgres",
                            false)
                    : new SqliteEngine(Private.file(folder.resolve("views.db")), false,
                            "db/views-sqlite", settings.limits().readsMax()));
            Lease lease = later(lease(truth, health, settings.limits()));
            this.ids = new Ids(clock, lease.node());
            long started = ids.next(1);
            Runnable onFull = () -> health.full(true);
            if (settings.postgres().isEmpty()) {
                DiskWatch disk = later(new DiskWatch(folder, settings.limits(), health));
                onFull = disk::full;
            }
            this.writer = later(new Writer("truth", truth, clock, health, settings.limits(), meters,
                    onFull));
            Writer second = later(new Writer("views", folds, clock, new Health(),
                    settings.limits(), meters, () -> LOG.warn("no room for folds")));
            this.database = new SqlDatabase(truth, writer);
            this.views = new SqlDatabase(folds, second);
            this.accepted = new AcceptedMail(database, started);
            this.bodies = truth instanceof PostgresEngine p ? new ChunkBodies(p, ids)
                    : new FileBodies(folder.resolve("content"), truth, ids, copying);
            this.truth = truth;
            this.folds = folds;
            this.restored = new Restored(truth, new Chores(truth, writer, lease));
            this.spool = new SqlSpool(truth, writer, lease, health, bodies,
                    later(new GiveBack(writer)));
            this.sweeps = new SqlSweeps(truth, writer, clock, spool::changed);
            this.journal = new SqlJournal(truth);
            this.upkeep = later(new Upkeep(truth, writer, database, bodies, settings.kept(),
                    clock, started));
            later(new Drops(truth, database, bodies));
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private <T extends AutoCloseable> T later(T part) {
        toClose.push(part);
        return part;
    }

    private Engine sqlite(Path folder, StoreSettings.Limits limits)
            throws IOException, SQLException {
        FileChannel channel = later(FileChannel.open(Private.file(folder.resolve("lock")),
                StandardOpenOption.WRITE));
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new IOException("another process uses the data folder " + folder);
        }
        return later(new SqliteEngine(Private.file(folder.resolve("mail.db")), true,
                "db/sqlite", limits.readsMax()));
    }

    private static Lease lease(Engine truth, Health health, StoreSettings.Limits limits)
            throws SQLException {
        if (truth instanceof PostgresEngine p) {
            Lease lease = new NodeLease(p, health, limits.leaseMillis());
            p.under(lease);
            return lease;
        }
        try (Connection c = truth.openWriter(); Statement s = c.createStatement()) {
            s.execute("INSERT INTO node (id, epoch) VALUES (0, 1)"
                    + " ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1");
            long epoch;
            try (ResultSet r = s.executeQuery("SELECT epoch FROM node WHERE id = 0")) {
                r.next();
                epoch = r.getLong(1);
            }
            c.commit();
            return new Lease.Sole(epoch);
        }
    }

    /** The truth: what must not be lost. */
    public Database database() {
        return database;
    }

    /** Folds of the journal, which can be made again. */
    public Database views() {
        return views;
    }

    public Spool spool() {
        return spool;
    }

    /** A person's word on what waits. */
    public Sweeps sweeps() {
        return sweeps;
    }

    public Journal journal() {
        return journal;
    }

    /** How bodies are made of which only recipes are kept; before mail is taken or delivered. */
    public void maker(Body.Maker maker) {
        bodies.maker(maker);
    }

    public Bodies bodies() {
        return bodies;
    }

    /** What quotas are counted from. */
    public AcceptedMail accepted() {
        return accepted;
    }

    /** Ids with this node's number. */
    public Ids ids() {
        return ids;
    }

    /** Calls with the facts of each group once they are durable, on the writer's thread. */
    public void onCommitted(Consumer<List<Fact>> hook) {
        writer.onCommitted(hook);
    }

    /**
     * Drops old days' content and facts, whole tables at once. A day with an open delivery keeps
     * its content.
     *
     * @param contentDay first day of content that stays, in days since 1970
     * @param factDay    first day of facts that stays
     */
    public void dropDaysBefore(int contentDay, int factDay) {
        upkeep.drop(contentDay, factDay);
    }

    /** Whether it came from a copy, and what is held since. */
    public Restored restored() {
        return restored;
    }

    /**
     * What a copy has.
     *
     * @param bodiesMissing large bodies that a message refers to and that are not here either
     */
    public record Copied(long messages, long deliveries, long open, long bodies,
            long bodiesMissing) {
    }

    /**
     * Writes all that lasts, as it is at one moment, into an empty folder, durably, while mail
     * comes and goes. Blocks in native code: not for a virtual thread.
     *
     * <p>The folds come first, so that they are never ahead of the truth; large bodies last, and
     * none of them goes meanwhile: each was durable before the row that names it.
     */
    public Copied copyTo(Path folder) throws IOException {
        copying.begin();
        try {
            if (truth instanceof PostgresEngine p) {
                return PostgresCopy.write(p, folder, c -> counted(c, 0, 0));
            }
            ((SqliteEngine) folds).copyTo(folder.resolve("views.db"), Store::begun);
            List<long[]> refs = new ArrayList<>();
            Copied counts = ((SqliteEngine) truth).copyTo(folder.resolve("mail.db"), c -> {
                refs.addAll(Content.large(c, truth));
                return counted(c, 0, 0);
            });
            int missing = 0;
            for (long[] one : refs) {
                boolean there = ((FileBodies) bodies).copy(one[0], one[1],
                        folder.resolve("content"));
                missing += there ? 0 : 1;
            }
            return new Copied(counts.messages(), counts.deliveries(), counts.open(),
                    refs.size() - missing, missing);
        } catch (SQLException e) {
            throw new StoreException(truth.kindOf(e), "the store could not be copied: "
                    + e.getMessage(), e);
        } finally {
            copying.end();
        }
    }

    private static boolean begun(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT count(*) FROM cursor")) {
            return r.next();
        }
    }

    private static Copied counted(Connection c, long bodies, long missing) throws SQLException {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT"
                + " (SELECT count(*) FROM message), (SELECT count(*) FROM delivery),"
                + " (SELECT count(*) FROM delivery WHERE state < 10)")) {
            r.next();
            return new Copied(r.getLong(1), r.getLong(2), r.getLong(3), bodies, missing);
        }
    }

    /** About how many octets a copy takes. */
    public long copyBytes() {
        return truth.postgres() ? truth.read(c -> {
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                    "SELECT pg_database_size(current_database())")) {
                r.next();
                return r.getLong(1);
            }
        }) : Private.bytes(folder);
    }

    /**
     * Fills an empty store from a copy. When it is opened next, all that is open is to be held:
     * see {@link Restored#hold}.
     *
     * @param copy what {@link #copyTo} wrote
     * @throws Restored.NotEmpty when the store has something in it
     */
    public static void restore(StoreSettings settings, Path copy, Instant copied, Instant now)
            throws IOException {
        Restored.Note note = new Restored.Note(copied, now, false);
        try {
            if (settings.postgres().isPresent()) {
                PostgresCopy.read(settings.postgres().get(), copy, note);
            } else {
                Restored.intoFolder(settings.folder(), copy, note);
            }
        } catch (SQLException e) {
            throw new IOException("the store could not be restored: " + e.getMessage(), e);
        }
    }

    /** Writes what still waits, then closes. */
    @Override
    public void close() {
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().close();
            } catch (Exception e) {
                LOG.warn("closing the store: {}", e.getMessage());
            }
        }
    }
}
