package dev.mailmill.containment;

import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of streams' counts and marks, the same text on both engines. */
final class StreamStore {
    private static final int SAID_KEPT = 3;
    private static final String MARK = "SELECT stream, tenant, level, at, words, pause"
            + " FROM stream_mark";

    private final Database database;

    StreamStore(Database database) {
        this.database = database;
    }

    /**
     * A stream that is not as it should be.
     *
     * @param pause what keeps it back; 0 for nothing, or not made yet
     */
    record Mark(long stream, long tenant, Level level, Instant at, String words, long pause) {
    }

    static long hour(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), Duration.ofHours(1).toSeconds());
    }

    static void add(Handle handle, long stream, long hour, Tally t) {
        handle.execute("""
                INSERT INTO stream_hour (stream, hour, tried, hard, heard, complained, said)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (stream, hour) DO UPDATE SET
                    tried = stream_hour.tried + excluded.tried,
                    hard = stream_hour.hard + excluded.hard,
                    heard = stream_hour.heard + excluded.heard,
                    complained = stream_hour.complained + excluded.complained,
                    said = CASE WHEN excluded.said = '' THEN stream_hour.said
                                ELSE excluded.said END""",
                stream, hour, t.tried(), t.hard(), t.heard(), t.complained(),
                t.said().isEmpty() ? "" : t.said().getLast());
    }

    /** The 24 whole hours before this one, and this one. */
    static Tally tally(Handle handle, long stream, Instant now) {
        long from = hour(now.minus(Policy.WINDOW));
        List<String> said = handle.createQuery("SELECT said FROM stream_hour WHERE stream = ?"
                + " AND hour >= ? AND said <> '' ORDER BY hour DESC LIMIT " + SAID_KEPT)
                .bind(0, stream).bind(1, from).mapTo(String.class).list();
        return handle.createQuery("""
                SELECT COALESCE(SUM(tried), 0), COALESCE(SUM(hard), 0),
                       COALESCE(SUM(heard), 0), COALESCE(SUM(complained), 0)
                FROM stream_hour WHERE stream = ? AND hour >= ?""")
                .bind(0, stream).bind(1, from)
                .map((row, _) -> new Tally(row.getLong(1), row.getLong(2), row.getLong(3),
                        row.getLong(4), said)).one();
    }

    Tally tally(long stream, Instant now) {
        return database.read(handle -> tally(handle, stream, now));
    }

    static void forgetHours(Handle handle, Instant now) {
        handle.execute("DELETE FROM stream_hour WHERE hour < ?", hour(now.minus(Policy.WINDOW)));
    }

    static void forget(Handle handle, long stream) {
        handle.execute("DELETE FROM stream_hour WHERE stream = ?", stream);
        handle.execute("DELETE FROM stream_mark WHERE stream = ?", stream);
    }

    static void mark(Handle handle, Mark m) {
        handle.execute("""
                INSERT INTO stream_mark (stream, tenant, level, at, words, pause)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (stream) DO UPDATE SET level = excluded.level, at = excluded.at,
                    words = excluded.words, pause = excluded.pause""",
                m.stream(), m.tenant(), m.level().word(), m.at().toEpochMilli(), m.words(),
                m.pause());
    }

    static Optional<Mark> mark(Handle handle, long stream) {
        return handle.createQuery(MARK + " WHERE stream = ?").bind(0, stream)
                .map((row, _) -> mark(row)).findOne();
    }

    List<Mark> marks() {
        return database.read(handle -> handle.createQuery(MARK + " ORDER BY stream")
                .map((row, _) -> mark(row)).list());
    }

    private static Mark mark(ResultSet row) throws SQLException {
        return new Mark(row.getLong(1), row.getLong(2), Level.of(row.getString(3)),
                Instant.ofEpochMilli(row.getLong(4)), row.getString(5), row.getLong(6));
    }

    /** Whether a pause of ours is still there: a person may have ended it at the queue. */
    boolean paused(Mark m, String author) {
        return database.read(handle -> handle.createQuery("SELECT count(*) FROM pause"
                + " WHERE id = ? AND author = ? AND stream = ?").bind(0, m.pause())
                .bind(1, author).bind(2, m.stream()).mapTo(Long.class).one() > 0);
    }
}
