package dev.mailmill.suppression;

import dev.mailmill.sql.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** The SQL of suppressions, the same text on both engines. */
final class SuppressionStore {
    private static final String ENTRY = """
            SELECT seq, tenant, hash, scope, stream, reason, address, cause, delivery, said, author,
                   created, expires, probe_at, probe, removed, removed_by, why
            FROM suppression
            """;
    /**
     * What is there already is made longer, never shorter; what was removed holds again. When the
     * address may be tried is put off by mail that came back, not by one list read twice.
     */
    private static final String PUT = """
            INSERT INTO suppression (tenant, hash, scope, stream, reason, seq, address, cause,
                                     delivery, said, author, created, expires, probe_at, probe,
                                     removed, removed_by, why)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', '')
            ON CONFLICT (tenant, hash, scope, stream, reason) DO UPDATE
            SET seq = excluded.seq,
                address = CASE WHEN excluded.address = '' THEN suppression.address
                          ELSE excluded.address END,
                cause = excluded.cause, delivery = excluded.delivery, said = excluded.said,
                author = excluded.author,
                created = CASE WHEN suppression.removed > 0 THEN excluded.created
                          ELSE suppression.created END,
                expires = excluded.expires, probe_at = excluded.probe_at, probe = 0, removed = 0
            WHERE (suppression.removed > 0 AND excluded.created >= suppression.removed)
               OR (suppression.removed = 0 AND (
                   (suppression.expires > 0
                    AND (excluded.expires = 0 OR excluded.expires > suppression.expires))
                   OR (suppression.expires = excluded.expires AND suppression.probe_at > 0
                       AND (excluded.probe_at = 0 OR (excluded.delivery > 0
                            AND excluded.probe_at > suppression.probe_at)))))
            """;
    private static final int PRUNED_MAX = 1_000;

    private final Database database;

    SuppressionStore(Database database) {
        this.database = database;
    }

    /** The first of {@code n} numbers of changes; from here on no other node changes anything. */
    static long take(Handle handle, int n) {
        return handle.createQuery("UPDATE suppression_seq SET n = n + :n RETURNING n").bind("n", n)
                .mapTo(Long.class).one() - n + 1;
    }

    static long last(Handle handle) {
        return handle.createQuery("SELECT n FROM suppression_seq").mapTo(Long.class).one();
    }

    /** A store that came from a backup goes on after what the file knows. */
    static void atLeast(Handle handle, long seq) {
        handle.execute("UPDATE suppression_seq SET n = ? WHERE n < ?", seq, seq);
    }

    /**
     * Puts them, numbered from there on.
     *
     * @return the numbers of those that changed something: the others are there and last as long
     */
    static List<Long> put(Handle handle, List<Entry> entries, long from) throws SQLException {
        List<Long> changed = new ArrayList<>();
        // one statement for all: a list has a million, and to prepare it is most of a row's time
        try (PreparedStatement s = handle.getConnection().prepareStatement(PUT)) {
            for (int i = 0; i < entries.size(); i++) {
                Entry e = entries.get(i);
                s.setLong(1, e.tenant());
                s.setBytes(2, e.hash());
                s.setString(3, e.scope().word());
                s.setLong(4, e.stream());
                s.setString(5, e.reason().word());
                s.setLong(6, from + i);
                s.setString(7, e.address());
                s.setString(8, e.cause().word());
                s.setLong(9, e.delivery());
                s.setString(10, e.said());
                s.setString(11, e.author());
                s.setLong(12, e.created().toEpochMilli());
                s.setLong(13, millis(e.expires()));
                s.setLong(14, millis(e.probeAt()));
                if (s.executeUpdate() == 1) {
                    changed.add(from + i);
                }
            }
        }
        return changed;
    }

    /** How many events of the cause there were since then, this one with them. */
    static int count(Handle handle, long tenant, byte[] hash, Cause cause, long delivery,
            Instant at, Instant since) {
        handle.createUpdate("""
                INSERT INTO suppression_event (tenant, hash, cause, delivery, at)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""")
                .bind(0, tenant).bind(1, hash).bind(2, cause.word()).bind(3, delivery)
                .bind(4, at.toEpochMilli()).execute();
        return handle.createQuery("""
                SELECT count(*) FROM suppression_event
                WHERE tenant = ? AND hash = ? AND cause = ? AND at > ? AND at <= ?""")
                .bind(0, tenant).bind(1, hash).bind(2, cause.word())
                .bind(3, since.toEpochMilli()).bind(4, at.toEpochMilli())
                .mapTo(Integer.class).one();
    }

    /** Events that no rule counts any more. */
    static void forget(Handle handle, Instant before) {
        handle.createUpdate("""
                DELETE FROM suppression_event WHERE at < :before AND at IN (
                    SELECT at FROM suppression_event WHERE at < :before ORDER BY at LIMIT :max)""")
                .bind("before", before.toEpochMilli()).bind("max", PRUNED_MAX).execute();
    }

    /** Takes an entry away, in so far as it holds; who and why stay with it. */
    static boolean remove(Handle handle, Entry e, long seq, Instant at, String by, String why) {
        return handle.createUpdate("""
                UPDATE suppression SET removed = ?, removed_by = ?, why = ?, seq = ?, probe = 0
                WHERE tenant = ? AND hash = ? AND scope = ? AND stream = ? AND reason = ?
                  AND removed = 0""")
                .bind(0, at.toEpochMilli()).bind(1, by).bind(2, why).bind(3, seq)
                .bind(4, e.tenant()).bind(5, e.hash()).bind(6, e.scope().word())
                .bind(7, e.stream()).bind(8, e.reason().word()).execute() == 1;
    }

    /** Blanks what says who it is; the hash and all else stay. */
    static int erase(Handle handle, long tenant, List<byte[]> hashes) {
        int n = 0;
        for (byte[] hash : hashes) {
            n += handle.createUpdate("UPDATE suppression SET address = '', said = '', why = ''"
                    + " WHERE tenant = ? AND hash = ?").bind(0, tenant).bind(1, hash).execute();
        }
        return n;
    }

    /** Gives the one probe to a delivery; false when another has it. */
    static boolean probe(Handle handle, Entry e, long delivery, Instant next) {
        return handle.createUpdate("""
                UPDATE suppression SET probe = ?, probe_at = ?
                WHERE tenant = ? AND hash = ? AND scope = ? AND stream = ? AND reason = ?
                  AND removed = 0 AND probe_at = ?""")
                .bind(0, delivery).bind(1, next.toEpochMilli()).bind(2, e.tenant())
                .bind(3, e.hash()).bind(4, e.scope().word()).bind(5, e.stream())
                .bind(6, e.reason().word()).bind(7, millis(e.probeAt())).execute() == 1;
    }

    /** Entries that a delivery tries out now. */
    static List<Entry> probed(Handle handle) {
        return handle.createQuery(ENTRY + "WHERE probe > 0 LIMIT 10000")
                .map((row, _) -> entry(row)).list();
    }

    /** All of an address, those that were removed too; also everybody's. */
    List<Entry> of(long tenant, List<byte[]> hashes) {
        return database.read(handle -> of(handle, tenant, hashes));
    }

    static List<Entry> of(Handle handle, long tenant, List<byte[]> hashes) {
        List<Entry> all = new ArrayList<>();
        for (byte[] hash : hashes) {
            all.addAll(handle.createQuery(ENTRY + "WHERE tenant IN (0, ?) AND hash = ?")
                    .bind(0, tenant).bind(1, hash).map((row, _) -> entry(row)).list());
        }
        return all;
    }

    /** Takes what memory needs of each entry. */
    interface Known {
        void entry(long tenant, byte[] hash);
    }

    /** What stands after that, as {@link #since}, for memory only; answers how far it came. */
    long marks(long after, int limit, Known known) {
        return database.read(handle -> {
            long last = after;
            try (PreparedStatement s = handle.getConnection().prepareStatement("SELECT seq, tenant,"
                    + " hash, removed FROM suppression WHERE seq > ? ORDER BY seq LIMIT ?")) {
                s.setLong(1, after);
                s.setInt(2, limit);
                try (ResultSet r = s.executeQuery()) {
                    while (r.next()) {
                        last = r.getLong(1);
                        if (r.getLong(4) == 0) {
                            known.entry(r.getLong(2), r.getBytes(3));
                        }
                    }
                }
            }
            return last;
        });
    }

    /** What changed after that, in the order in which it did. */
    List<Entry> since(long seq, int limit) {
        return database.read(handle -> handle.createQuery(ENTRY
                + "WHERE seq > ? ORDER BY seq LIMIT ?").bind(0, seq).bind(1, limit)
                .map((row, _) -> entry(row)).list());
    }

    /**
     * What to list.
     *
     * @param stream 0: of any
     * @param before a change's number: what is older
     */
    record Wish(long tenant, Optional<Reason> reason, long stream, long before, Instant now) {
    }

    /** The newest first, without those that hold no more. */
    List<Entry> list(Wish wish, int limit) {
        return database.read(handle -> {
            Query query = handle.createQuery(ENTRY + """
                    WHERE tenant = :tenant AND seq < :before AND removed = 0
                      AND (expires = 0 OR expires > :now)
                    """ + (wish.reason().isPresent() ? "AND reason = :reason\n" : "")
                    + (wish.stream() > 0 ? "AND stream = :stream\n" : "")
                    + "ORDER BY seq DESC LIMIT :limit")
                    .bind("tenant", wish.tenant()).bind("before", wish.before())
                    .bind("now", wish.now().toEpochMilli()).bind("limit", limit);
            wish.reason().ifPresent(r -> query.bind("reason", r.word()));
            if (wish.stream() > 0) {
                query.bind("stream", wish.stream());
            }
            return query.map((row, _) -> entry(row)).list();
        });
    }

    private static long millis(Optional<Instant> at) {
        return at.map(Instant::toEpochMilli).orElse(0L);
    }

    private static Optional<Instant> time(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(row.getLong(1), row.getLong(2), row.getBytes(3),
                Scope.of(row.getString(4)).orElse(Scope.ALL), row.getLong(5),
                Reason.of(row.getString(6)).orElse(Reason.MANUAL), row.getString(7),
                Cause.of(row.getString(8)), row.getLong(9), row.getString(10), row.getString(11),
                Instant.ofEpochMilli(row.getLong(12)), time(row.getLong(13)),
                time(row.getLong(14)), row.getLong(15), time(row.getLong(16)),
                row.getString(17), row.getString(18));
    }
}
