package dev.mailmill.template;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The SQL of templates, the same text on both engines. */
final class TemplateStore {
    private static final String ENTRY = "SELECT id, tenant, alias, name, kind, draft, revision,"
            + " published, created, updated FROM template ";
    private static final String VERSION =
            "SELECT v.template, v.number, v.at, v.author, v.note, v.draft FROM template_version v";

    private final Database database;

    TemplateStore(Database database) {
        this.database = database;
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(row.getLong("id"), row.getLong("tenant"), row.getString("alias"),
                row.getString("name"), Kind.of(row.getString("kind")).orElseThrow(),
                DraftJson.read(row.getBytes("draft")), row.getLong("revision"),
                row.getInt("published"), Instant.ofEpochMilli(row.getLong("created")),
                Instant.ofEpochMilli(row.getLong("updated")));
    }

    private static Version version(ResultSet row) throws SQLException {
        return new Version(row.getLong("template"), row.getInt("number"),
                Instant.ofEpochMilli(row.getLong("at")), row.getString("author"),
                row.getString("note"), DraftJson.read(row.getBytes("draft")));
    }

    /** What a change came to. */
    enum Written {
        DONE,
        /** The alias is another's. */
        TAKEN,
        /** It is gone, or was changed by somebody else meanwhile. */
        STALE,
        /** The account has as many as it may. */
        FULL
    }

    Written add(Entry e, int most) {
        return database.write(handle -> {
            long there = handle.createQuery("SELECT COUNT(*) FROM template WHERE tenant = ?"
                    + " AND removed = 0").bind(0, e.tenant()).mapTo(Long.class).one();
            if (there >= most) {
                return Written.FULL;
            }
            return handle.execute("""
                    INSERT INTO template (id, tenant, alias, name, kind, draft, revision, published,
                                          removed, created, updated)
                    VALUES (?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?) ON CONFLICT DO NOTHING""", e.id(),
                    e.tenant(), e.alias(), e.name(), e.kind().word(), DraftJson.bytes(e.draft()),
                    e.created().toEpochMilli(), e.updated().toEpochMilli()) == 1 ? Written.DONE
                    : Written.TAKEN;
        });
    }

    /** @param e with the revision that was edited */
    Written change(Entry e) {
        byte[] draft = DraftJson.bytes(e.draft());
        return database.write(handle -> {
            boolean taken = handle.createQuery("SELECT COUNT(*) FROM template WHERE tenant = ?"
                    + " AND alias = ? AND removed = 0 AND id <> ?").bind(0, e.tenant())
                    .bind(1, e.alias()).bind(2, e.id()).mapTo(Long.class).one() > 0;
            if (taken) {
                return Written.TAKEN;
            }
            ChangeWatch.note(handle);
            return handle.execute("""
                    UPDATE template SET alias = ?, name = ?, draft = ?, revision = revision + 1,
                                        updated = ?
                    WHERE tenant = ? AND id = ? AND revision = ? AND removed = 0""", e.alias(),
                    e.name(), draft, e.updated().toEpochMilli(), e.tenant(), e.id(),
                    e.revision()) == 1 ? Written.DONE : Written.STALE;
        });
    }

    boolean remove(long tenant, long id, Instant now) {
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("UPDATE template SET removed = ? WHERE tenant = ? AND id = ?"
                    + " AND removed = 0", now.toEpochMilli(), tenant, id) == 1;
        });
    }

    Optional<Entry> find(long tenant, long id) {
        return database.read(handle -> handle.createQuery(ENTRY
                + "WHERE tenant = ? AND id = ? AND removed = 0").bind(0, tenant).bind(1, id)
                .map((row, _) -> entry(row)).findOne());
    }

    Optional<Entry> named(long tenant, String alias) {
        return database.read(handle -> handle.createQuery(ENTRY
                + "WHERE tenant = ? AND alias = ? AND removed = 0").bind(0, tenant).bind(1, alias)
                .map((row, _) -> entry(row)).findOne());
    }

    /** By alias. @param after not up to there */
    List<Entry> list(long tenant, String after, int limit) {
        return database.read(handle -> handle.createQuery(ENTRY
                + "WHERE tenant = ? AND alias > ? AND removed = 0 ORDER BY alias LIMIT ?")
                .bind(0, tenant).bind(1, after).bind(2, limit)
                .map((row, _) -> entry(row)).list());
    }

    /** Whose revision is still the one that was built; the version's number, or empty. */
    Optional<Integer> publish(Entry e, String author, String note, Instant now, byte[] built) {
        byte[] draft = DraftJson.bytes(e.draft());
        return database.write(handle -> {
            int number = handle.createQuery("SELECT COALESCE(MAX(number), 0) + 1"
                    + " FROM template_version WHERE template = ?").bind(0, e.id())
                    .mapTo(Integer.class).one();
            int rows = handle.execute("UPDATE template SET published = ?, updated = ?"
                    + " WHERE id = ? AND tenant = ? AND revision = ? AND removed = 0", number,
                    now.toEpochMilli(), e.id(), e.tenant(), e.revision());
            if (rows == 0) {
                return Optional.empty();
            }
            handle.execute("""
                    INSERT INTO template_version (template, number, at, author, note, draft, built)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""", e.id(), number, now.toEpochMilli(), author,
                    note, draft, built);
            ChangeWatch.note(handle);
            return Optional.of(number);
        });
    }

    /** Sends an earlier version again; the draft stays. */
    boolean rollback(long tenant, long id, int number, Instant now) {
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("""
                    UPDATE template SET published = ?, updated = ?
                    WHERE tenant = ? AND id = ? AND removed = 0 AND EXISTS (
                        SELECT 1 FROM template_version WHERE template = ? AND number = ?)""",
                    number, now.toEpochMilli(), tenant, id, id, number) == 1;
        });
    }

    List<Version> versions(long tenant, long id, int before, int limit) {
        return database.read(handle -> handle.createQuery(VERSION + " JOIN template t"
                + " ON t.id = v.template WHERE t.tenant = ? AND v.template = ? AND v.number < ?"
                + " ORDER BY v.number DESC LIMIT ?").bind(0, tenant).bind(1, id).bind(2, before)
                .bind(3, limit).map((row, _) -> version(row)).list());
    }

    Optional<Version> version(long tenant, long id, int number) {
        return database.read(handle -> handle.createQuery(VERSION + " JOIN template t"
                + " ON t.id = v.template WHERE t.tenant = ? AND v.template = ? AND v.number = ?")
                .bind(0, tenant).bind(1, id).bind(2, number).map((row, _) -> version(row))
                .findOne());
    }

    /** Also of what was removed: mail under way is made from it. */
    Optional<byte[]> built(long template, int number) {
        return database.read(handle -> handle.createQuery("SELECT built FROM template_version"
                + " WHERE template = ? AND number = ?").bind(0, template).bind(1, number)
                .mapTo(byte[].class).findOne());
    }

    /** What sends would use, of one alias. */
    record Published(long id, int number, Kind kind) {
    }

    Optional<Published> published(long tenant, String alias, long id) {
        return database.read(handle -> handle.createQuery("SELECT id, published, kind FROM template"
                + " WHERE tenant = ? AND removed = 0 AND (alias = ? OR id = ?)")
                .bind(0, tenant).bind(1, alias).bind(2, id)
                .map((row, _) -> new Published(row.getLong("id"), row.getInt("published"),
                        Kind.of(row.getString("kind")).orElseThrow())).findFirst());
    }
}
