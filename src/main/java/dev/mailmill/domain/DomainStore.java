package dev.mailmill.domain;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of domains, the same text on both engines. */
final class DomainStore {
    private static final String DOMAIN =
            "SELECT id, tenant, name, bounces, state, challenge, created, proven FROM domain ";
    private static final String KEY =
            "SELECT id, domain, selector, algorithm, public_key, state, since FROM dkim_key ";

    private final Database database;

    DomainStore(Database database) {
        this.database = database;
    }

    Holdings holdings() {
        return database.read(handle -> {
            Map<Long, List<Key>> keys = new HashMap<>();
            handle.createQuery(KEY + "ORDER BY id")
                    .map((row, _) -> Map.entry(row.getLong("domain"), key(row)))
                    .forEach(e -> keys.computeIfAbsent(e.getKey(), _ -> new ArrayList<>())
                            .add(e.getValue()));
            List<SendingDomain> all = handle.createQuery(DOMAIN + "ORDER BY id")
                    .map((row, _) -> domain(row, keys.getOrDefault(row.getLong("id"), List.of())))
                    .list();
            return Holdings.of(ChangeWatch.count(handle), all);
        });
    }

    Optional<SendingDomain> find(long tenant, String name) {
        return database.read(handle -> find(handle, tenant, name));
    }

    private static Optional<SendingDomain> find(Handle handle, long tenant, String name) {
        return handle.createQuery(DOMAIN + "WHERE tenant = ? AND name = ?")
                .bind(0, tenant).bind(1, name)
                .map((row, _) -> domain(row, List.of()))
                .findOne()
                .map(d -> new SendingDomain(d.id(), d.tenant(), d.name(), d.bounces(),
                        d.standing(), d.challenge(), d.created(), d.proven(),
                        keys(handle, d.id())));
    }

    List<SendingDomain> list(long tenant, String after, int limit) {
        return database.read(handle -> {
            List<String> names = handle.createQuery("""
                    SELECT name FROM domain WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?""")
                    .bind(0, tenant).bind(1, after).bind(2, limit)
                    .mapTo(String.class).list();
            List<SendingDomain> found = new ArrayList<>();
            names.forEach(name -> find(handle, tenant, name).ifPresent(found::add));
            return found;
        });
    }

    private static List<Key> keys(Handle handle, long domain) {
        return handle.createQuery(KEY + "WHERE domain = ? ORDER BY id").bind(0, domain)
                .map((row, _) -> key(row)).list();
    }

    /** Makes it where the tenant has none of that name. */
    SendingDomain make(long tenant, String name, String challenge, Instant now) {
        return database.write(handle -> {
            int made = handle.execute("""
                    INSERT INTO domain (tenant, name, state, challenge, created)
                    VALUES (?, ?, 'pending', ?, ?)
                    ON CONFLICT (tenant, name) DO NOTHING""",
                    tenant, name, challenge, now.toEpochMilli());
            if (made == 1) {
                ChangeWatch.note(handle);
            }
            return find(handle, tenant, name).orElseThrow();
        });
    }

    /** A key whose private half is sealed. */
    record MadeKey(String selector, DkimAlgorithm algorithm, byte[] sealed, String publicKey) {
    }

    /**
     * Keeps it, unless the domain has a key with that selector that is, or was lately, in use.
     *
     * @param retired before this, its selector may be taken again
     */
    void keep(long domain, MadeKey key, boolean active, Instant retired, Instant now) {
        database.write(handle -> {
            handle.execute("""
                    DELETE FROM dkim_key WHERE domain = ? AND selector = ?
                        AND state = 'retired' AND since < ?""", domain, key.selector(),
                    retired.toEpochMilli());
            int made = handle.execute("""
                    INSERT INTO dkim_key (domain, selector, algorithm, sealed, public_key, state,
                                          created, since)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (domain, selector) DO NOTHING""", domain, key.selector(),
                    key.algorithm().word(), key.sealed(), key.publicKey(),
                    active ? Key.ACTIVE : Key.NEW, now.toEpochMilli(), now.toEpochMilli());
            if (made == 1) {
                ChangeWatch.note(handle);
            }
            return made;
        });
    }

    /** Lets bounces come back to another name. */
    void bounces(long domain, String label) {
        database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("UPDATE domain SET bounces = ? WHERE id = ?", label, domain);
        });
    }

    /**
     * False when it is, or has meanwhile become, another tenant's. A proven one stays proven.
     *
     * @param seen keys that sign from now on: in the same unit, since a node that heard of the
     *             domain alone would send its mail unsigned
     */
    boolean own(SendingDomain domain, Standing as, List<Long> seen, Instant now) {
        return database.write(handle -> {
            // First, for its row lock: two nodes that both looked before either had committed ran
            // into the unique index, and one of their callers into an error.
            ChangeWatch.note(handle);
            handle.execute("""
                    UPDATE domain SET state = ?, proven = ?
                    WHERE id = ? AND state = 'pending' AND NOT EXISTS (
                        SELECT 1 FROM domain o
                        WHERE o.name = domain.name AND o.id <> domain.id
                          AND o.state IN ('proven', 'trusted'))""",
                    as.word(), now.toEpochMilli(), domain.id());
            boolean owned = find(handle, domain.tenant(), domain.name())
                    .map(SendingDomain::owned).orElse(false);
            for (long key : owned ? seen : List.<Long>of()) {
                activate(handle, key, now);
            }
            return owned;
        });
    }

    /** It signs from now on, and what signed before it no more. */
    private static void activate(Handle handle, long key, Instant now) {
        int active = handle.execute("""
                UPDATE dkim_key SET state = 'active', since = ?
                WHERE id = ? AND state = 'new'""", now.toEpochMilli(), key);
        if (active == 1) {
            handle.execute("""
                    UPDATE dkim_key SET state = 'retired', since = ?
                    WHERE state = 'active' AND id <> ? AND EXISTS (
                        SELECT 1 FROM dkim_key k WHERE k.id = ? AND k.domain = dkim_key.domain
                            AND k.algorithm = dkim_key.algorithm)""",
                    now.toEpochMilli(), key, key);
        }
    }

    Optional<byte[]> sealed(long key) {
        return database.read(handle -> handle
                .createQuery("SELECT sealed FROM dkim_key WHERE id = ?").bind(0, key)
                .map((row, _) -> row.getBytes(1)).findOne());
    }

    private static SendingDomain domain(ResultSet row, List<Key> keys) throws SQLException {
        long proven = row.getLong("proven");
        boolean open = row.wasNull();
        return new SendingDomain(row.getLong("id"), row.getLong("tenant"), row.getString("name"),
                row.getString("bounces"), Standing.of(row.getString("state")),
                row.getString("challenge"),
                Instant.ofEpochMilli(row.getLong("created")),
                open ? Optional.empty() : Optional.of(Instant.ofEpochMilli(proven)), keys);
    }

    private static Key key(ResultSet row) throws SQLException {
        return new Key(row.getLong("id"), row.getString("selector"),
                DkimAlgorithm.of(row.getString("algorithm")), row.getString("public_key"),
                row.getString("state"), Instant.ofEpochMilli(row.getLong("since")));
    }
}
