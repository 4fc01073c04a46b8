package dev.mailmill.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** One schema of a PostgreSQL database. */
final class PostgresEngine implements Engine {
    private static final int POOL = 10;
    /** undefined_table. */
    private static final String NO_TABLE = "42P01";
    private static final int CONNECT_SECONDS = 5;
    private static final int READ_MILLIS = 5_000;
    /** The server answers or the connection counts as lost. */
    private static final int SOCKET_SECONDS = 15;
    /** Taken while day tables are made: two nodes at once would collide in the catalogue. */
    private static final long DDL_LOCK = 0x6d61696c6d696c6cL;

    private final PGSimpleDataSource source;
    private final HikariDataSource pool;
    private final boolean truth;
    /** What a restored journal's transactions are ahead of this database's (decision 19). */
    private final long shift;
    private volatile Lease lease;

    /** @param schema {@code public} for the truth */
    PostgresEngine(String url, String schema, String migrations, boolean truth)
            throws SQLException {
        this.truth = truth;
        this.source = source(url, schema);
        if (!truth) {
            try (Connection c = source.getConnection(); Statement s = c.createStatement()) {
                s.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
            }
        }
        Migrations.run(source, migrations);
        this.shift = truth ? storedShift() : 0;
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setPoolName("store-" + schema);
        config.setMaximumPoolSize(POOL);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(READ_MILLIS);
        config.setAutoCommit(false);
        config.setReadOnly(true);
        config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
        // a page's questions are short: to start workers or to compile takes longer than they do,
        // and both take processors from accepting and delivering
        config.setConnectionInitSql("SET statement_timeout = " + READ_MILLIS
                + "; SET max_parallel_workers_per_gather = 0; SET jit = off");
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);
    }

    private long storedShift() throws SQLException {
        try (Connection c = source.getConnection()) {
            return Restored.shift(c);
        }
    }

    @Override
    public String journalXid(String xid8) {
        return journalXid(xid8, shift);
    }

    private static String journalXid(String xid8, long shift) {
        return shift == 0 ? xid8 : "(" + xid8 + "::text::bigint + " + shift + ")::text::xid8";
    }

    static PGSimpleDataSource source(String url, String schema) {
        URI uri = URI.create(url);
        if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
            throw new IllegalArgumentException(
                    "the PostgreSQL URL is not postgresql://user:pass@host:port/db");
        }
        PGSimpleDataSource s = new PGSimpleDataSource();
        s.setServerNames(new String[] {uri.getHost()});
        s.setPortNumbers(new int[] {uri.getPort() < 0 ? 5432 : uri.getPort()});
        s.setDatabaseName(uri.getPath().substring(1));
        String[] who = uri.getUserInfo() == null ? new String[0] : uri.getUserInfo().split(":", 2);
        if (who.length > 0) {
            s.setUser(who[0]);
        }
        if (who.length > 1) {
            s.setPassword(who[1]);
        }
        s.setCurrentSchema(schema);
        s.setConnectTimeout(CONNECT_SECONDS);
        s.setLoginTimeout(CONNECT_SECONDS);
        s.setSocketTimeout(SOCKET_SECONDS);
        s.setTcpKeepAlive(true);
        s.setReWriteBatchedInserts(true);
        s.setApplicationName("mailmill");
        return s;
    }

    /** Groups are written under this lease. */
    void under(Lease lease) {
        this.lease = lease;
    }

    @Override
    public boolean postgres() {
        return true;
    }

    @Override
    public Connection openWriter() throws SQLException {
        Connection c = plain();
        try (Statement s = c.createStatement()) {
            // A fold that loses its last commits loses their cursor too, and makes them again.
            s.execute("SET synchronous_commit = " + (truth ? "on" : "off"));
            s.execute("SET lock_timeout = 10000");
            s.execute("SET statement_timeout = 12000");
            // A group that hangs for want of its client must not keep others waiting.
            s.execute("SET idle_in_transaction_session_timeout = 10000");
            c.setAutoCommit(false);
            return c;
        } catch (SQLException e) {
            c.close();
            throw e;
        }
    }

    /** A connection outside the pool, auto-committing. */
    Connection plain() throws SQLException {
        return source.getConnection();
    }

    @Override
    public <T> T read(Query<T> query) {
        try {
            return snapshot(query);
        } catch (RuntimeException e) {
            // A read does no harm when it runs again: a pooled connection may have died unseen,
            // and a day's table may be dropped between being listed and being read.
            if (e instanceof StoreException s && s.kind() == Kind.DOWN || dropped(e)) {
                return snapshot(query);
            }
            throw e;
        }
    }

    private static boolean dropped(Throwable e) {
        for (Throwable c = e; c != null; c = c.getCause()) {
            if (c instanceof SQLException s && NO_TABLE.equals(s.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    private <T> T snapshot(Query<T> query) {
        try (Connection c = pool.getConnection()) {
            try {
                T value = query.on(c);
                c.rollback();
                return value;
            } catch (Exception e) {
                // Hikari rolls back what is given back unfinished.
                throw Engine.readFailed(this, e);
            }
        } catch (SQLException e) {
            throw Health.error(e instanceof SQLTransientConnectionException ? Kind.DOWN
                    : kindOf(e), e);
        }
    }

    @Override
    public Kind kindOf(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (state.startsWith("08") || state.startsWith("57P") || state.equals("25P03")
                || "Connection is closed".equals(e.getMessage())) {
            return Kind.DOWN;
        }
        return switch (state) {
            case "53100" -> Kind.FULL;
            case "57014", "55P03", "40001", "40P01" -> Kind.BUSY;
            case "53300" -> Kind.DOWN;
            default -> Kind.REJECTED;
        };
    }

    @Override
    public boolean mark(Connection c, long group) throws SQLException {
        if (!truth) {
            return true;
        }
        try (PreparedStatement s = c.prepareStatement(
                "UPDATE node_group SET last_group = ? WHERE node = ? AND epoch = ?")) {
            s.setLong(1, group);
            s.setInt(2, lease.node());
            s.setLong(3, lease.epoch());
            return s.executeUpdate() == 1;
        }
    }

    @Override
    public boolean committed(Connection c, long group) throws SQLException {
        if (!truth) {
            // Folds: their cursor is in the same transaction, so doing it again does no harm.
            return false;
        }
        // The lock is granted when the old transaction is decided, however long it lingers.
        try (PreparedStatement s = c.prepareStatement(
                "SELECT last_group, epoch FROM node_group WHERE node = ? FOR UPDATE")) {
            s.setInt(1, lease.node());
            try (ResultSet r = s.executeQuery()) {
                boolean there = r.next();
                if (there && r.getLong(1) == group) {
                    return true;
                }
                long owner = there ? r.getLong(2) : 0;
                if (owner != 0 && owner != lease.epoch()) {
                    // Who took our number while we were away has written its own group there.
                    throw new SQLException("this node's number is another's", "08006");
                }
                return false;
            }
        }
    }

    @Override
    public void makeDay(Connection c, int day) throws SQLException {
        makeDay(c, day, shift);
    }

    static void makeDay(Connection c, int day, long shift) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute("SELECT pg_advisory_xact_lock(" + DDL_LOCK + ")");
            s.execute("CREATE TABLE IF NOT EXISTS content_" + day + " (message BIGINT PRIMARY KEY,"
                    + " head BYTEA NOT NULL, body BYTEA, body_ref BIGINT,"
                    + " body_size BIGINT NOT NULL)");
            s.execute("CREATE INDEX IF NOT EXISTS content_" + day + "_ref ON content_" + day
                    + " (body_ref) WHERE body_ref > 0");
            s.execute("CREATE TABLE IF NOT EXISTS fact_" + day
                    + " (xid xid8 NOT NULL DEFAULT " + journalXid("pg_current_xact_id()", shift)
                    + ","
                    + " seq BIGINT NOT NULL DEFAULT nextval('fact_seq'),"
                    + " at BIGINT NOT NULL, tenant BIGINT NOT NULL, stream BIGINT NOT NULL,"
                    + " message BIGINT NOT NULL, delivery BIGINT NOT NULL, type INTEGER NOT NULL,"
                    + " data BYTEA NOT NULL, PRIMARY KEY (xid, seq))");
            s.execute("CREATE INDEX IF NOT EXISTS fact_" + day + "_delivery ON fact_" + day
                    + " (delivery)");
            // of what tells of callers, so that nobody reads all others to find it
            s.execute("CREATE INDEX IF NOT EXISTS fact_" + day + "_caller ON fact_" + day
                    + " (xid, seq) WHERE type >= " + FactCodec.OPENED);
            s.execute("CREATE TABLE IF NOT EXISTS conversation_" + day + " (delivery BIGINT"
                    + " NOT NULL, attempt INTEGER NOT NULL, body BYTEA NOT NULL,"
                    + " PRIMARY KEY (delivery, attempt))");
            s.execute("CREATE TABLE IF NOT EXISTS body_chunk_" + day + " (body BIGINT NOT NULL,"
                    + " n INTEGER NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (body, n))");
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
