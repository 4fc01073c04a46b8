package dev.mailmill.sql;

import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Routine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Drops the content of sensitive messages whose deliveries have all ended. A row names each such
 * message from its acceptance until its content is gone, so a crash between the two forgets none.
 */
final class Drops implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(500);
    /** Looked at in one turn, so that many that wait for their time cost little. */
    private static final int LOOKED_AT = 2_000;

    /** A message, and whether a delivery of it is open. */
    private record Seen(long message, boolean open) {
    }

    private final Engine engine;
    private final SqlDatabase database;
    private final BodyStore bodies;
    private final Routine routine;
    /** Where the next turn begins. */
    private long after;

    Drops(Engine engine, SqlDatabase database, BodyStore bodies) {
        this.engine = engine;
        this.database = database;
        this.bodies = bodies;
        this.routine = Routine.onDisk("store-drops", "sensitive content can't be dropped now",
                EVERY, EVERY, this::turn).start();
    }

    private void turn() {
        List<Seen> seen = engine.read(c -> seen(c, after));
        List<Long> ended = seen.stream().filter(s -> !s.open()).map(Seen::message).toList();
        if (!ended.isEmpty()) {
            // rows first: a body that stays behind is swept, a row without one is damage
            database.urgently(c -> drop(c, ended)).forEach(bodies::delete);
        }
        after = seen.size() < LOOKED_AT ? 0 : seen.getLast().message();
    }

    private static List<Seen> seen(Connection c, long after) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT n.message, EXISTS (SELECT 1"
                + " FROM delivery d WHERE d.id >= n.message AND d.id < n.message + m.recipients"
                + " AND d.state < 10) FROM sensitive n JOIN message m ON m.id = n.message"
                + " WHERE n.message > ? ORDER BY n.message LIMIT ?")) {
            s.setLong(1, after);
            s.setInt(2, LOOKED_AT);
            List<Seen> all = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Seen(r.getLong(1), r.getBoolean(2)));
                }
            }
            return all;
        }
    }

    /** @return the large bodies that nothing refers to any more */
    private List<Long> drop(Connection c, List<Long> messages) throws SQLException {
        List<Integer> days = engine.days(c, "content_");
        List<Long> refs = new ArrayList<>();
        for (long message : messages) {
            if (days.contains(Ids.day(message))) {
                String table = "content_" + Ids.day(message);
                try (PreparedStatement s = c.prepareStatement("SELECT body_ref FROM " + table
                        + " WHERE message = ? AND body_ref > 0")) {
                    s.setLong(1, message);
                    refs.addAll(Content.longs(s));
                }
                delete(c, table, message);
            }
            delete(c, "sensitive", message);
        }
        return refs;
    }

    private static void delete(Connection c, String table, long message) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM " + table
                + " WHERE message = ?")) {
            s.setLong(1, message);
            s.executeUpdate();
        }
    }

    @Override
    public void close() {
        routine.close();
    }
}
