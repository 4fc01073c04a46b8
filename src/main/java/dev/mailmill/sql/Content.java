package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Message;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads messages with their content. */
final class Content {
    /**
     * In place of the large body's number where the row has a recipe and shares nothing; a row with
     * both shares what the number names.
     */
    static final long RECIPE_ALONE = -1;

    private Content() {
    }

    /**
     * A message; after its content's time is over with an empty head and body.
     *
     * @param days that have a table of contents
     */
    static Optional<Message> message(Connection c, List<Integer> days, BodyStore bodies, long id)
            throws SQLException {
        byte[] head = new byte[0];
        Body body = Body.of(head);
        int day = Ids.day(id);
        if (days.contains(day)) {
            try (PreparedStatement s = c.prepareStatement("SELECT head, body, body_ref, body_size"
                    + " FROM content_" + day + " WHERE message = ?")) {
                s.setLong(1, id);
                try (ResultSet r = s.executeQuery()) {
                    if (r.next()) {
                        head = r.getBytes(1);
                        long ref = r.getLong(3);
                        byte[] inRow = r.getBytes(2);
                        body = ref == 0 ? Body.of(inRow)
                                : inRow != null ? bodies.made(inRow, ref, r.getLong(4))
                                : bodies.stored(ref, r.getLong(4));
                    }
                }
            }
        }
        try (PreparedStatement s = c.prepareStatement("SELECT " + Rows.MESSAGE
                + " FROM message m WHERE m.id = ?")) {
            s.setLong(1, id);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? Optional.of(Rows.message(r, head, body)) : Optional.empty();
            }
        }
    }

    /** As {@link #message}; empty also when its content is not all there. */
    static Optional<Message> whole(Connection c, List<Integer> days, BodyStore bodies, long id)
            throws SQLException {
        Optional<Message> message = message(c, days, bodies, id);
        if (message.isEmpty()) {
            return message;
        }
        // No accepted message lacks a header: without one its row is gone.
        Body body = message.get().letter().body() instanceof Body.Made made ? made.beside()
                : message.get().letter().body();
        boolean there = message.get().letter().head().length > 0
                && (!(body instanceof BodyStore.Stored s) || bodies.has(c, s.ref(), s.size()));
        return message.filter(_ -> there);
    }

    /** Whether some message's content is the large body with this number. */
    static boolean refers(Connection c, Engine engine, long ref) throws SQLException {
        // A draft begun before midnight may belong to a message of the next day.
        for (int day : List.of(Ids.day(ref), Ids.day(ref) + 1)) {
            if (has(c, engine, day)) {
                try (PreparedStatement s = c.prepareStatement("SELECT message FROM content_" + day
                        + " WHERE body_ref = ? AND body_ref > 0")) {
                    s.setLong(1, ref);
                    if (!longs(s).isEmpty()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** All large bodies that messages refer to: number and size. */
    static List<long[]> large(Connection c, Engine engine) throws SQLException {
        List<long[]> all = new ArrayList<>();
        for (int day : engine.days(c, "content_")) {
            try (PreparedStatement s = c.prepareStatement("SELECT DISTINCT body_ref, body_size"
                    + " FROM content_" + day + " WHERE body_ref > 0");
                    ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new long[] {r.getLong(1), r.getLong(2)});
                }
            }
        }
        return all;
    }

    private static boolean has(Connection c, Engine engine, int day) throws SQLException {
        return engine.days(c, "content_").contains(day);
    }

    static List<Long> longs(PreparedStatement s) throws SQLException {
        List<Long> all = new ArrayList<>();
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                all.add(r.getLong(1));
            }
        }
        return all;
    }
}
