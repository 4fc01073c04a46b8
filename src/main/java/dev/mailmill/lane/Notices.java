package dev.mailmill.lane;

import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What an operator is told: events that are no delivery's. Kept in order, each once; of a thing
 * that is looked at again and again only its changes, also over a restart.
 */
final class Notices {
    static final String RULES_CHANGED = "rules_changed";
    private static final String UNHEALTHY = "_unhealthy";
    private static final int KEPT = 10_000;
    private static final String SELECT =
            "SELECT id, at, kind, source, about, topic, state, words FROM notice";

    private final Database database;

    Notices(Database database) {
        this.database = database;
    }

    /** Those after a number, the oldest first. */
    List<Notice> after(long id, int max) {
        return database.read(handle -> handle.createQuery(SELECT
                + " WHERE id > ? ORDER BY id LIMIT ?").bind(0, id).bind(1, max)
                .map((row, _) -> notice(row)).list());
    }

    /** The newest, newest first. */
    List<Notice> last(int max) {
        return database.read(handle -> handle.createQuery(SELECT + " ORDER BY id DESC LIMIT ?")
                .bind(0, max).map((row, _) -> notice(row)).list());
    }

    private static Notice notice(ResultSet row) throws SQLException {
        return new Notice(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)), row.getString(3),
                row.getString(4), row.getString(5), row.getString(6), row.getString(7),
                row.getString(8));
    }

    /** With the change that it tells of. */
    void note(Handle handle, Instant at, String kind, String words) {
        note(handle, at, kind, "", words);
    }

    /** The same of something that has a name. */
    void note(Handle handle, Instant at, String kind, String about, String words) {
        note(handle, new Notice(0, at, kind, "", about, "", "", words));
    }

    /**
     * What a look at ourselves has found. Told is what is not as it was told last; what is well is
     * told only of what was not, and what could not be found out is no news.
     */
    void found(Collection<Health.Finding> findings) {
        database.write(handle -> {
            for (Health.Finding f : findings) {
                Optional<String> last = last(handle, f);
                boolean well = f.state() == Health.State.GOOD;
                if (f.state() != Health.State.UNKNOWN && (last.isPresent() || !well)
                        && !last.equals(Optional.of(f.state().word()))) {
                    note(handle, new Notice(0, f.at(), (f.check().equals("dbl") ? "domain"
                            : "source") + (well ? "_healthy" : UNHEALTHY), f.source(), f.about(),
                            f.check(), f.state().word(), f.words()));
                }
            }
            return null;
        });
    }

    private static Optional<String> last(Handle handle, Health.Finding f) {
        return handle.createQuery("SELECT state FROM notice WHERE source = ? AND about = ?"
                + " AND topic = ? ORDER BY id DESC LIMIT 1").bind(0, f.source())
                .bind(1, f.about()).bind(2, f.check()).mapTo(String.class).findOne();
    }

    private void note(Handle handle, Notice n) {
        if (database.postgres()) {
            // who reads on from a number must not miss a smaller one that was committed later
            handle.execute("LOCK TABLE notice IN SHARE ROW EXCLUSIVE MODE");
        }
        long id = handle.createQuery("SELECT coalesce(max(id), 0) + 1 FROM notice")
                .mapTo(Long.class).one();
        handle.execute("INSERT INTO notice (id, at, kind, source, about, topic, state, words)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", id, n.at().toEpochMilli(), n.kind(),
                n.source(), n.about(), n.check(), n.state(), n.words());
        handle.execute("DELETE FROM notice WHERE id <= ?", id - KEPT);
    }
}
