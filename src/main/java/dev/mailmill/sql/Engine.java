package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What differs between the two databases, for one file or schema. */
interface Engine extends AutoCloseable {
    boolean postgres();

    /** The connection that all writes go through; auto-commit is off. */
    Connection openWriter() throws SQLException;

    /** Reads one snapshot, with a deadline; off carrier threads where it blocks in native code. */
    <T> T read(Query<T> query);

    /** What an error means for everybody else. */
    StoreException.Kind kindOf(SQLException e);

    /** Writes the group's number; false when our epoch is no longer in force. */
    default boolean mark(Connection c, long group) throws SQLException {
        return true;
    }

    /**
     * Whether the group with this number was committed, asked after its answer was lost.
     *
     * @throws SQLException also when that can't be known any more
     */
    default boolean committed(Connection c, long group) throws SQLException {
        return false;
    }

    /** Makes a day's tables, in the writer's transaction. */
    void makeDay(Connection c, int day) throws SQLException;

    /** The number that the journal's next is to follow; 0 where the database gives them. */
    default long lastSeq(Connection c) throws SQLException {
        return 0;
    }

    /** A transaction's number as the journal counts them; PostgreSQL only. */
    default String journalXid(String xid8) {
        return xid8;
    }

    /** Octets in the log that no checkpoint has emptied; 0 where there is none of ours. */
    default long walBytes() {
        return 0;
    }

    /** Called by the writer between two groups, with the octets that the last one wrote. */
    default void between(Connection c, long wrote) throws SQLException {
    }

    /** The disk is full: what lies twice on it should go. */
    default void full() {
    }

    @Override
    void close();

    /** SQL on a reader's connection. */
    @FunctionalInterface
    interface Query<T> {
        T on(Connection c) throws Exception;
    }

    /** What a reader's caller gets: the work's own exception, or the store's trouble. */
    static RuntimeException readFailed(Engine engine, Throwable t) {
        if (t instanceof StoreException s) {
            return s;
        }
        for (Throwable c = t; c != null; c = c.getCause()) {
            if (c instanceof SQLException s && engine.kindOf(s) != StoreException.Kind.REJECTED) {
                return Health.error(engine.kindOf(s), t);
            }
        }
        return t instanceof RuntimeException r ? r
                : Health.error(StoreException.Kind.REJECTED, t);
    }

    /** The days that have a table with this prefix, ascending. */
    default List<Integer> days(Connection c, String prefix) throws SQLException {
        // not bound: for any prefix at all PostgreSQL would read its whole catalog each time
        String sql = postgres()
                ? "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
                        + " AND tablename LIKE '" + prefix.replace("_", "\\_")
                        + "%' ORDER BY length(tablename), tablename"
                : "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '" + prefix
                        + "%' ORDER BY length(name), name";
        List<Integer> days = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement(sql)) {
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    String rest = r.getString(1).substring(prefix.length());
                    if (rest.chars().allMatch(Character::isDigit)) {
                        days.add(Integer.parseInt(rest));
                    }
                }
            }
        }
        return days;
    }

    /** The newest day whose table of facts has a row; 0 when none has. */
    default int newestFactDay(Connection c) throws SQLException {
        List<Integer> days = days(c, "fact_");
        for (int i = days.size() - 1; i >= 0; i--) {
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                    "SELECT 1 FROM fact_" + days.get(i) + " LIMIT 1")) {
                if (r.next()) {
                    return days.get(i);
                }
            }
        }
        return 0;
    }
}
