package dev.mailmill.webhook;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.sql.Database;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The SQL of endpoints and what is parked for them, the same text on both engines. */
final class EndpointStore {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointStore.class);
    static final int ENDPOINTS_MAX = 100;
    private static final String SELECT = "SELECT id, tenant, url, types, streams, description,"
            + " batch, watches, state, reason, failing, position, replay_at, replay_until,"
            + " replay_from, replay_to, created FROM webhook_endpoint";

    private final Database database;
    private final Secrets secrets;

    EndpointStore(Database database, Secrets secrets) {
        this.database = database;
        this.secrets = secrets;
    }

    /** A row that can't be read is passed over: it must not stop everybody else's endpoints. */
    List<Endpoint> all() {
        return database.read(h -> h.createQuery(SELECT + " ORDER BY id")
                .map((row, _) -> readable(row)).list()).stream().flatMap(Optional::stream).toList();
    }

    private static Optional<Endpoint> readable(ResultSet row) throws SQLException {
        try {
            return Optional.of(endpoint(row));
        } catch (IllegalArgumentException e) {
            LOG.error("the row of the webhook {} can't be read: {}", row.getString("id"),
                    e.getMessage());
            return Optional.empty();
        }
    }

    List<Endpoint> of(long tenant) {
        return database.read(h -> h.createQuery(SELECT + " WHERE tenant = ? ORDER BY created, id")
                .bind(0, tenant).map((row, _) -> endpoint(row)).list());
    }

    Optional<Endpoint> find(long tenant, String id) {
        return database.read(h -> h.createQuery(SELECT + " WHERE tenant = ? AND id = ?")
                .bind(0, tenant).bind(1, id).map((row, _) -> endpoint(row)).findOne());
    }

    private static Endpoint endpoint(ResultSet row) throws SQLException {
        String replay = row.getString("replay_at");
        long failing = row.getLong("failing");
        return new Endpoint(row.getString("id"), row.getLong("tenant"),
                new Endpoint.Wish(row.getString("url"), words(row.getString("types")),
                        words(row.getString("streams")), row.getString("description"),
                        row.getInt("batch"), row.getInt("watches") == 1),
                row.getString("state").equals("enabled") ? Endpoint.State.ENABLED
                        : Endpoint.State.DISABLED,
                row.getString("reason"),
                failing == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(failing)),
                Position.parse(row.getString("position")),
                replay.isEmpty() ? Optional.empty() : Optional.of(new Endpoint.Replay(
                        Position.parse(replay), Position.parse(row.getString("replay_until")),
                        Instant.ofEpochMilli(row.getLong("replay_from")),
                        Instant.ofEpochMilli(row.getLong("replay_to")))),
                Instant.ofEpochMilli(row.getLong("created")));
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
    }

    private static String text(Set<String> words) {
        return String.join(" ", new TreeSet<>(words));
    }

    /** False when the account has as many as it may. */
    boolean add(Endpoint e, String secret) {
        byte[] sealed = seal(e.id(), secret);
        Endpoint.Wish w = e.wish();
        return database.write(h -> {
            long there = h.createQuery("SELECT count(*) FROM webhook_endpoint WHERE tenant = ?")
                    .bind(0, e.tenant()).mapTo(Long.class).one();
            if (there >= ENDPOINTS_MAX) {
                return false;
            }
            ChangeWatch.note(h);
            h.execute("INSERT INTO webhook_endpoint (id, tenant, url, types, streams, description,"
                    + " batch, watches, state, reason, failing, position, secret, old_secret,"
                    + " old_until, replay_at, replay_until, replay_from, replay_to, created)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'enabled', '', 0, ?, ?, ?, 0, '', '', 0,"
                    + " 0, ?)", e.id(), e.tenant(), w.url(), text(w.types()), text(w.streams()),
                    w.description(), w.batch(), w.watches() ? 1 : 0, e.position().text(), sealed,
                    new byte[0], e.created().toEpochMilli());
            return true;
        });
    }

    boolean change(long tenant, String id, Endpoint.Wish w) {
        return database.write(h -> {
            ChangeWatch.note(h);
            return h.execute("UPDATE webhook_endpoint SET url = ?, types = ?, streams = ?,"
                    + " description = ?, batch = ?, watches = ? WHERE tenant = ? AND id = ?",
                    w.url(), text(w.types()), text(w.streams()), w.description(), w.batch(),
                    w.watches() ? 1 : 0, tenant, id) == 1;
        });
    }

    boolean remove(long tenant, String id) {
        return database.write(h -> {
            ChangeWatch.note(h);
            int gone = h.execute("DELETE FROM webhook_endpoint WHERE tenant = ? AND id = ?",
                    tenant, id);
            if (gone == 1) {
                h.execute("DELETE FROM webhook_parked WHERE endpoint = ?", id);
            }
            return gone == 1;
        });
    }

    static void disable(Handle h, String id, String reason) {
        ChangeWatch.note(h);
        h.execute("UPDATE webhook_endpoint SET state = 'disabled', reason = ?, failing = 0"
                + " WHERE id = ?", reason, id);
    }

    void disable(String id, String reason) {
        database.write(h -> {
            disable(h, id, reason);
            return null;
        });
    }

    /** @param from where it goes on; empty for where it was, with what is parked */
    void enable(String id, Optional<Position> from, Instant now) {
        database.write(h -> {
            ChangeWatch.note(h);
            h.execute("UPDATE webhook_endpoint SET state = 'enabled', reason = '', failing = 0"
                    + " WHERE id = ?", id);
            if (from.isPresent()) {
                h.execute("UPDATE webhook_endpoint SET position = ?, replay_at = '' WHERE id = ?",
                        from.get().text(), id);
                h.execute("DELETE FROM webhook_parked WHERE endpoint = ?", id);
            } else {
                h.execute("UPDATE webhook_parked SET due = ? WHERE endpoint = ?",
                        now.toEpochMilli(), id);
            }
            return null;
        });
    }

    void rotate(String id, String secret, Instant oldUntil) {
        byte[] sealed = seal(id, secret);
        database.write(h -> {
            ChangeWatch.note(h);
            return h.execute("UPDATE webhook_endpoint SET old_secret = secret, old_until = ?,"
                    + " secret = ? WHERE id = ?", oldUntil.toEpochMilli(), sealed, id);
        });
    }

    /** The newest first. */
    List<String> secrets(String id, Instant now) {
        return database.read(h -> h.createQuery("SELECT secret, old_secret, old_until"
                + " FROM webhook_endpoint WHERE id = ?").bind(0, id).map((row, _) -> {
                    List<String> all = new ArrayList<>();
                    all.add(open(id, row.getBytes(1)));
                    if (row.getLong(3) > now.toEpochMilli()) {
                        all.add(open(id, row.getBytes(2)));
                    }
                    return all;
                }).findOne()).orElse(new ArrayList<>());
    }

    private byte[] seal(String id, String secret) {
        return secrets.seal(context(id), secret.getBytes(StandardCharsets.UTF_8));
    }

    private String open(String id, byte[] sealed) {
        return new String(secrets.open(context(id), sealed), StandardCharsets.UTF_8);
    }

    private static String context(String id) {
        return "webhook_endpoint/" + id;
    }

    void failing(Handle h, String id, long since, String reason) {
        h.execute("UPDATE webhook_endpoint SET failing = ?, reason = ? WHERE id = ?", since,
                reason, id);
    }

    /** False when it is not where it was. */
    boolean move(String id, Position from, Position to) {
        return database.write(h -> h.execute("UPDATE webhook_endpoint SET position = ?"
                + " WHERE id = ? AND position = ?", to.text(), id, from.text()) == 1);
    }

    void replay(String id, Endpoint.Replay r) {
        database.write(h -> {
            ChangeWatch.note(h);
            return h.execute("UPDATE webhook_endpoint SET replay_at = ?, replay_until = ?,"
                    + " replay_from = ?, replay_to = ? WHERE id = ?", r.at().text(),
                    r.until().text(), r.from().toEpochMilli(), r.to().toEpochMilli(), id);
        });
    }

    /** A step of a replay, with what it has found. */
    void replayed(String id, Position from, String to, List<Parked> found) {
        database.write(h -> {
            found.forEach(p -> again(h, id, p));
            return h.execute("UPDATE webhook_endpoint SET replay_at = ? WHERE id = ?"
                    + " AND replay_at = ?", to, id, from.text());
        });
    }

    List<Parked> parked(String id) {
        return database.read(h -> h.createQuery("SELECT position, message, attempts, first, due,"
                + " body FROM webhook_parked WHERE endpoint = ?").bind(0, id)
                .map((row, _) -> new Parked(Position.parse(row.getString(1)), row.getLong(2),
                        row.getInt(3), row.getLong(4), row.getLong(5), row.getString(6))).list());
    }

    long waiting(String id) {
        return database.read(h -> h.createQuery("SELECT count(*) FROM webhook_parked"
                + " WHERE endpoint = ?").bind(0, id).mapTo(Long.class).one());
    }

    static void park(Handle h, String id, Parked p) {
        h.execute("""
                INSERT INTO webhook_parked (endpoint, position, message, attempts, first, due, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (endpoint, position) DO UPDATE SET attempts = excluded.attempts,
                    first = excluded.first, due = excluded.due""", id, p.position().text(),
                p.message(), p.attempts(), p.first(), p.due(), p.body());
    }

    /** Told once more; what waits already is only told sooner. */
    private static void again(Handle h, String id, Parked p) {
        h.execute("""
                INSERT INTO webhook_parked (endpoint, position, message, attempts, first, due, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (endpoint, position) DO UPDATE SET due = excluded.due""", id,
                p.position().text(), p.message(), p.attempts(), p.first(), p.due(), p.body());
    }

    void again(String id, Parked p) {
        database.write(h -> {
            ChangeWatch.note(h);
            again(h, id, p);
            return null;
        });
    }

    void write(Database.Work<Void> work) {
        database.write(work);
    }

    static void taken(Handle h, String id, Collection<Position> positions) {
        positions.forEach(p -> h.execute("DELETE FROM webhook_parked WHERE endpoint = ?"
                + " AND position = ?", id, p.text()));
    }

    /** Whether this process is the one that calls, for a while longer. */
    boolean lease(String holder, Instant now, Duration lasts) {
        return database.write(h -> h.execute("""
                INSERT INTO webhook_node (id, holder, until) VALUES (1, ?, ?)
                ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE webhook_node.holder = excluded.holder OR webhook_node.until < ?""",
                holder, now.plus(lasts).toEpochMilli(),
                // on SQLite there is no other process: the folder is ours
                database.postgres() ? now.toEpochMilli() : Long.MAX_VALUE) == 1);
    }

    void release(String holder) {
        database.write(h -> h.execute("UPDATE webhook_node SET until = 0 WHERE holder = ?",
                holder));
    }
}
