package dev.mailmill.domain;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last look at each domain, and what has changed from one to the next. */
final class LookStore {
    private static final Logger LOG = LoggerFactory.getLogger(LookStore.class);
    private static final Duration KEPT = Duration.ofDays(400);
    /** A domain that nobody has published rows of for so long is looked at daily. */
    private static final Duration FORGOTTEN = Duration.ofDays(3);
    private static final Duration DAILY = Duration.ofDays(1);

    private final Database database;

    LookStore(Database database) {
        this.database = database;
    }

    Optional<Look> last(long domain) {
        return database.read(handle -> handle
                .createQuery("SELECT at, findings FROM domain_look WHERE domain = ?")
                .bind(0, domain)
                .map((row, _) -> Look.of(Instant.ofEpochMilli(row.getLong("at")),
                        row.getString("findings")))
                .findOne());
    }

    /** Of two nodes that looked at once, one tells what has changed. */
    void keep(SendingDomain domain, Optional<Look> before, Look look) {
        Look now = before.map(look::knowing).orElse(look);
        List<Change> changes = before.map(b -> changes(b, now)).orElse(List.of());
        boolean kept = database.write(handle -> {
            int rows = handle.execute("""
                    INSERT INTO domain_look (domain, at, findings) VALUES (?, ?, ?)
                    ON CONFLICT (domain) DO UPDATE
                    SET at = excluded.at, findings = excluded.findings
                    WHERE domain_look.at = ?""", domain.id(), now.at().toEpochMilli(), now.json(),
                    before.map(b -> b.at().toEpochMilli()).orElse(-1L));
            if (rows == 1) {
                changes.forEach(c -> add(handle, domain.id(), c));
            }
            return rows == 1;
        });
        if (kept) {
            changes.forEach(c -> LOG.warn("{}: the row {} of {} was {} and is {}: {}",
                    domain.name(), c.name(), c.purpose(), c.was(), c.now(), c.words()));
        }
    }

    private static void add(Handle handle, long domain, Change change) {
        handle.execute("DELETE FROM domain_change WHERE domain = ? AND at < ?", domain,
                change.at().minus(KEPT).toEpochMilli());
        handle.execute("""
                INSERT INTO domain_change (domain, at, purpose, name, was, now, words)
                VALUES (?, ?, ?, ?, ?, ?, ?)""", domain, change.at().toEpochMilli(),
                change.purpose(), change.name(), change.was(), change.now(), change.words());
    }

    private static List<Change> changes(Look before, Look now) {
        List<Change> changes = new ArrayList<>();
        for (Finding f : now.findings()) {
            // what was never known has not changed when it is
            before.on(f.row()).filter(b -> b.state() != f.state()
                            && b.state() != Finding.State.UNKNOWN)
                    .ifPresent(b -> changes.add(new Change(0, now.at(), f.row().purpose().word(),
                            f.row().name(), b.state().word(), f.state().word(), f.words())));
        }
        return changes;
    }

    List<Change> changes(long domain, long before, int limit) {
        return database.read(handle -> handle.createQuery("""
                SELECT id, at, purpose, name, was, now, words FROM domain_change
                WHERE domain = ? AND id < ? ORDER BY id DESC LIMIT ?""")
                .bind(0, domain).bind(1, before).bind(2, limit)
                .map((row, _) -> new Change(row.getLong("id"),
                        Instant.ofEpochMilli(row.getLong("at")), row.getString("purpose"),
                        row.getString("name"), row.getString("was"), row.getString("now"),
                        row.getString("words")))
                .list());
    }

    /** A tenant's name. */
    record Named(long tenant, String name) {
    }

    List<Named> unseenSince(Instant since, Instant now, int limit) {
        return database.read(handle -> handle.createQuery("""
                SELECT d.tenant, d.name FROM domain d
                LEFT JOIN domain_look l ON l.domain = d.id
                WHERE COALESCE(l.at, 0) < ? AND (d.state <> 'pending' OR d.created > ?
                    OR COALESCE(l.at, 0) < ?)
                ORDER BY COALESCE(l.at, 0) LIMIT ?""")
                .bind(0, since.toEpochMilli()).bind(1, now.minus(FORGOTTEN).toEpochMilli())
                .bind(2, now.minus(DAILY).toEpochMilli()).bind(3, limit)
                .map((row, _) -> new Named(row.getLong("tenant"), row.getString("name")))
                .list());
    }
}
