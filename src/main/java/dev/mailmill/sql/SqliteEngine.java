package dev.mailmill.sql;

import dev.mailmill.mail.StoreException.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** One SQLite file in WAL mode. */
final class SqliteEngine implements Engine {
    /** Earlier versions can lose commits in WAL mode (decision 4). */
    private static final int VERSION_MIN = 3_051_003;
    private static final int BUSY_MILLIS = 10_000;
    /** By measurement: rows of 4 KB fit a page, and half as many pages are written as with 4 KB. */
    private static final int PAGE = 8192;
    private static final int CACHE_KB = 32 * 1024;

    /** Of a copy: 2 MB a step, and 16 MB between two fsyncs. */
    private static final int COPY_PAGES = 256;
    private static final int COPY_FORCE_PAGES = 8 * COPY_PAGES;
    private static final long COPY_PAUSE_NANOS = 5_000_000;

    private final Path file;
    private final boolean full;
    private final ReaderPool readers;
    private final Checkpointer checkpointer;

    /** @param full whether each commit is fsynced: truth, not folds */
    SqliteEngine(Path file, boolean full, String migrations, int readsMax) throws SQLException {
        this.file = file;
        this.full = full;
        Source source = new Source(SQLiteConfig.TransactionMode.IMMEDIATE);
        source.setUrl("jdbc:sqlite:" + file);
        try (Connection c = source.getConnection()) {
            mustBeSafe(c);
        }
        Migrations.run(source, migrations);
        this.readers = new ReaderPool(file.getFileName().toString(), this, this::openReader,
                readsMax);
        this.checkpointer = new Checkpointer(wal(), this::openReader);
    }

    private Path wal() {
        return file.resolveSibling(file.getFileName() + "-wal");
    }

    @Override
    public boolean postgres() {
        return false;
    }

    @Override
    public Connection openWriter() throws SQLException {
        Source source = new Source(SQLiteConfig.TransactionMode.IMMEDIATE);
        source.setUrl("jdbc:sqlite:" + file);
        Connection c = source.getConnection();
        try {
            mustBeSafe(c);
            c.setAutoCommit(false);
            return c;
        } catch (SQLException e) {
            c.close();
            throw e;
        }
    }

    private SQLiteConnection openReader() throws SQLException {
        Source source = new Source(SQLiteConfig.TransactionMode.DEFERRED);
        source.setUrl("jdbc:sqlite:" + file);
        return (SQLiteConnection) source.getConnection();
    }

    /** What was asked for is read back: a file on a strange disk may silently refuse WAL. */
    private void mustBeSafe(Connection c) throws SQLException {
        String version = text(c, "SELECT sqlite_version()");
        String[] part = version.split("\\.");
        int number = Integer.parseInt(part[0]) * 1_000_000 + Integer.parseInt(part[1]) * 1_000
                + Integer.parseInt(part[2]);
        if (number < VERSION_MIN) {
            throw new SQLException("SQLite " + version + " can lose commits; 3.51.3 is needed");
        }
        String mode = text(c, "PRAGMA journal_mode");
        String synchronous = text(c, "PRAGMA synchronous");
        if (!mode.equals("wal") || !synchronous.equals(full ? "2" : "1")) {
            throw new SQLException("the file runs with journal_mode=" + mode + " synchronous="
                    + synchronous + "; refusing to run weaker than asked");
        }
    }

    private static String text(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
            return r.next() ? r.getString(1) : "";
        }
    }

    @Override
    public <T> T read(Query<T> query) {
        return readers.read(query);
    }

    @Override
    public Kind kindOf(SQLException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLiteException s) {
                return kindOf(s.getResultCode());
            }
        }
        return Kind.REJECTED;
    }

    private static Kind kindOf(SQLiteErrorCode code) {
        // The shared-memory file could not grow: no room, and nothing was written yet.
        if (code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
            return Kind.FULL;
        }
        return switch (code.code & 0xff) {
            case 13 -> Kind.FULL;
            case 5, 6, 9 -> Kind.BUSY;
            case 8, 10, 11, 14, 26 -> Kind.BROKEN;
            default -> Kind.REJECTED;
        };
    }

    @Override
    public void makeDay(Connection c, int day) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute("CREATE TABLE IF NOT EXISTS content_" + day + " (message INTEGER PRIMARY KEY,"
                    + " head BLOB NOT NULL, body BLOB, body_ref INTEGER,"
                    + " body_size INTEGER NOT NULL)");
            s.execute("CREATE INDEX IF NOT EXISTS content_" + day + "_ref ON content_" + day
                    + " (body_ref) WHERE body_ref > 0");
            s.execute("CREATE TABLE IF NOT EXISTS fact_" + day + " (seq INTEGER PRIMARY KEY,"
                    + " at INTEGER NOT NULL, tenant INTEGER NOT NULL, stream INTEGER NOT NULL,"
                    + " message INTEGER NOT NULL, delivery INTEGER NOT NULL, type INTEGER NOT NULL,"
                    + " data BLOB NOT NULL)");
            s.execute("CREATE INDEX IF NOT EXISTS fact_" + day + "_delivery ON fact_" + day
                    + " (delivery)");
            // of what tells of callers, so that nobody reads all others to find it
            s.execute("CREATE INDEX IF NOT EXISTS fact_" + day + "_caller ON fact_" + day
                    + " (seq) WHERE type >= " + FactCodec.OPENED);
            s.execute("CREATE TABLE IF NOT EXISTS conversation_" + day + " (delivery INTEGER"
                    + " NOT NULL, attempt INTEGER NOT NULL, body BLOB NOT NULL,"
                    + " PRIMARY KEY (delivery, attempt)) WITHOUT ROWID");
        }
    }

    @Override
    public long lastSeq(Connection c) throws SQLException {
        if (!full) {
            return 0;
        }
        int day = newestFactDay(c);
        long last = day == 0 ? 0 : Long.parseLong(text(c, "SELECT max(seq) FROM fact_" + day));
        return Math.max(last, Restored.shift(c));
    }

    /**
     * Writes a snapshot into a new file, in pieces, so that neither readers nor the disk's queue
     * are held up; writers go on, and their log grows meanwhile.
     *
     * @param beside what else is to be read of the same snapshot
     */
    <T> T copyTo(Path copy, Query<T> beside) throws SQLException, IOException {
        Private.file(copy);
        try (SQLiteConnection c = openReader();
                FileChannel written = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            c.setAutoCommit(false);
            // The first read begins the snapshot; the copy is then made inside of it.
            T value;
            try {
                value = beside.on(c);
            } catch (SQLException | IOException e) {
                throw e;
            } catch (Exception e) {
                throw Engine.readFailed(this, e);
            }
            int[] sinceForced = new int[1];
            c.getDatabase().backup("main", copy.toString(), (left, all) -> {
                sinceForced[0] += COPY_PAGES;
                if (sinceForced[0] >= COPY_FORCE_PAGES) {
                    sinceForced[0] = 0;
                    forced(written);
                }
            }, BUSY_MILLIS / 100, 100, COPY_PAGES);
            c.rollback();
            written.force(true);
            return value;
        }
    }

    /** Brings a copy to this version's tables and says in it that it is one. */
    static void noted(Path copy, Restored.Note note) throws SQLException {
        try (SqliteEngine engine = new SqliteEngine(copy, true, "db/sqlite", 10);
                Connection c = engine.openWriter()) {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("PRAGMA quick_check(1)")) {
                if (!r.next() || !"ok".equals(r.getString(1))) {
                    throw new SQLException("the copy's database is damaged");
                }
            }
            note.write(c, engine.lastSeq(c) + Restored.LEAP);
            c.commit();
            c.setAutoCommit(true);
            text(c, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /** Little by little: what has gathered would hold up the log's own fsync. */
    private static void forced(FileChannel written) {
        try {
            written.force(false);
        } catch (IOException e) {
            // Said by the last one, which is not inside of native code.
            LoggerFactory.getLogger(SqliteEngine.class).debug("a copy's fsync failed", e);
        }
        LockSupport.parkNanos(COPY_PAUSE_NANOS);
    }

    @Override
    public long walBytes() {
        return checkpointer.walBytes();
    }

    @Override
    public void between(Connection c, long wrote) throws SQLException {
        checkpointer.between(c, wrote);
    }

    @Override
    public void full() {
        checkpointer.finishSoon();
    }

    @Override
    public void close() {
        checkpointer.close();
        readers.close();
    }

    /** Gives connections that all have the same pragmas, Flyway's too. */
    private final class Source extends SQLiteDataSource {
        Source(SQLiteConfig.TransactionMode mode) {
            super(config(mode));
        }

        private static SQLiteConfig config(SQLiteConfig.TransactionMode mode) {
            SQLiteConfig config = new SQLiteConfig();
            config.setTransactionMode(mode);
            config.setBusyTimeout(BUSY_MILLIS);
            config.setPageSize(PAGE);
            return config;
        }

        @Override
        public SQLiteConnection getConnection(String user, String secret) throws SQLException {
            SQLiteConnection c = super.getConnection(user, secret);
            try (Statement s = c.createStatement()) {
                s.execute("PRAGMA journal_mode = WAL");
                s.execute("PRAGMA synchronous = " + (full ? "FULL" : "NORMAL"));
                s.execute("PRAGMA wal_autocheckpoint = 0");
                s.execute("PRAGMA cache_size = -" + CACHE_KB);
                s.execute("PRAGMA temp_store = MEMORY");
                return c;
            } catch (SQLException e) {
                c.close();
                throw e;
            }
        }
    }

    /**
     * Empties the log in the background. Under steady writing that alone never lets the log start
     * anew, since there is always a frame that is not yet copied: so the writer itself copies the
     * few that are left, between two groups.
     */
    static final class Checkpointer implements AutoCloseable {
        private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);
        /** So much is written between two checkpoints. */
        private static final long EVERY_BYTES = 24L << 20;
        /** A quiet log is emptied after so long. */
        private static final long QUIET_MILLIS = 5_000;
        /** Rows cost more in the log than they hold: whole pages, index pages. */
        private static final int LOG_FACTOR = 2;
        private static final long GROUP_BYTES = 32 * 1024;

        private final File wal;
        private final Opener opener;
        private final Thread thread;
        private final Object lock = new Object();
        private long wrote;
        private boolean finish;
        private boolean closed;

        /** Opens a connection of the checkpointer's own. */
        @FunctionalInterface
        interface Opener {
            Connection open() throws SQLException;
        }

        Checkpointer(Path wal, Opener opener) {
            this.wal = wal.toFile();
            this.opener = opener;
            this.thread = Thread.ofPlatform().name("store-checkpoint").daemon(true)
                    .start(this::work);
        }

        long walBytes() {
            return wal.length();
        }

        /** An emptied log is written from its beginning again and takes no more room. */
        void finishSoon() {
            synchronized (lock) {
                finish = true;
            }
        }

        void between(Connection c, long bytes) throws SQLException {
            boolean now;
            synchronized (lock) {
                if (bytes > 0) {
                    wrote += bytes * LOG_FACTOR + GROUP_BYTES;
                }
                now = finish;
                finish = false;
                if (wrote >= EVERY_BYTES) {
                    lock.notifyAll();
                }
            }
            if (now) {
                c.commit();
                c.setAutoCommit(true);
                try {
                    checkpoint(c);
                } finally {
                    c.setAutoCommit(false);
                }
            }
        }

        private void work() {
            try (Connection c = opener.open()) {
                while (await()) {
                    try {
                        checkpoint(c);
                        synchronized (lock) {
                            finish = true;
                        }
                    } catch (SQLException e) {
                        // The log keeps what could not be copied; a full disk may have room later.
                        LOG.warn("the log could not be emptied: {}", e.getMessage());
                    }
                }
            } catch (SQLException e) {
                LOG.error("the log is no longer emptied", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Until there is something to copy; false when closed. */
        private boolean await() throws InterruptedException {
            synchronized (lock) {
                do {
                    if (closed) {
                        return false;
                    }
                    if (wrote < EVERY_BYTES) {
                        lock.wait(QUIET_MILLIS);
                    }
                } while (wrote == 0 && !closed);
                wrote = 0;
                return !closed;
            }
        }

        private static void checkpoint(Connection c) throws SQLException {
            text(c, "PRAGMA wal_checkpoint(PASSIVE)");
        }

        @Override
        public void close() {
            synchronized (lock) {
                closed = true;
                lock.notifyAll();
            }
            try {
                thread.join(BUSY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
