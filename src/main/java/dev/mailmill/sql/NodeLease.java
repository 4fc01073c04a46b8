package dev.mailmill.sql;

import dev.mailmill.mail.Routine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node number leased from PostgreSQL on the database's clock, renewed by a thread and connection
 * of its own. When it can't be renewed, {@link #alive} turns false before anybody else may think
 * that the node is dead.
 */
final class NodeLease implements Lease {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLease.class);
    private static final int NODES_MAX = 1024;
    /** Renewed so many times within a lease. */
    private static final int RENEWALS = 5;

    private final PostgresEngine engine;
    private final Health health;
    private final int leaseMillis;
    private final int node;
    private final Routine routine;
    private volatile long epoch;
    private volatile long deadline;
    private Connection connection;

    NodeLease(PostgresEngine engine, Health health, int leaseMillis) throws SQLException {
        this.engine = engine;
        this.health = health;
        this.leaseMillis = leaseMillis;
        this.connection = engine.plain();
        this.node = take();
        Duration every = Duration.ofMillis(leaseMillis / RENEWALS);
        this.routine = Routine.onDisk("store-lease", "the node's lease could not be renewed",
                every, every, this::renew).start();
    }

    @Override
    public int node() {
        return node;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public boolean alive() {
        return System.nanoTime() - deadline < 0;
    }

    /** Takes the lowest number that nobody living has. */
    private int take() throws SQLException {
        for (int n = 0; n < NODES_MAX; n++) {
            if (takeAs(n)) {
                return n;
            }
        }
        throw new SQLException("all " + NODES_MAX + " node numbers are in use");
    }

    private boolean takeAs(int n) throws SQLException {
        long before = System.nanoTime();
        connection.setAutoCommit(false);
        try (PreparedStatement s = connection.prepareStatement(
                "INSERT INTO node (id, epoch, until) VALUES (?, nextval('epoch_seq'),"
                + " now() + ? * interval '1 millisecond') ON CONFLICT (id) DO UPDATE"
                + " SET epoch = excluded.epoch, until = excluded.until WHERE node.until < now()"
                + " RETURNING epoch");
                PreparedStatement g = connection.prepareStatement(
                "INSERT INTO node_group (node, epoch, last_group) VALUES (?, ?, 0)"
                + " ON CONFLICT (node) DO UPDATE SET epoch = excluded.epoch")) {
            s.setInt(1, n);
            s.setInt(2, leaseMillis);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    connection.rollback();
                    return false;
                }
                long got = r.getLong(1);
                g.setInt(1, n);
                g.setLong(2, got);
                g.executeUpdate();
                connection.commit();
                epoch = got;
                renewed(before);
                return true;
            }
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Counted from before the question, less a margin for clocks that run apart. */
    private void renewed(long before) {
        deadline = before + leaseMillis * 800_000L;
    }

    private void renew() throws SQLException {
        long before = System.nanoTime();
        try {
            if (connection == null || connection.isClosed()) {
                connection = engine.plain();
            }
            try (PreparedStatement s = connection.prepareStatement("UPDATE node SET until = now()"
                    + " + ? * interval '1 millisecond' WHERE id = ? AND epoch = ?")) {
                s.setInt(1, leaseMillis);
                s.setInt(2, node);
                s.setLong(3, epoch);
                int rows = s.executeUpdate();
                health.unreached(false);
                if (rows == 1) {
                    renewed(before);
                } else if (takeAs(node)) {
                    LOG.warn("this node was thought dead; it goes on with a new epoch");
                } else {
                    LOG.error("this node's number {} was taken by another; restart it", node);
                }
            }
        } catch (SQLException e) {
            health.unreached(true);
            drop();
            throw e;
        }
    }

    private void drop() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.debug("closing a lost connection failed", e);
        }
        connection = null;
    }

    /** Gives the number back at once. */
    @Override
    public void close() {
        routine.close();
        try {
            if (connection != null) {
                try (Statement s = connection.createStatement()) {
                    s.execute("UPDATE node SET until = now() - interval '1 second' WHERE id = "
                            + node + " AND epoch = " + epoch);
                }
            }
        } catch (SQLException e) {
            LOG.debug("the lease runs out by itself", e);
        }
        drop();
    }
}
