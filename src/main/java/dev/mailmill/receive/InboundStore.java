package dev.mailmill.receive;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Fact;
import dev.mailmill.sql.Database;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of inbound routes and kept mail, the same text on both engines. */
final class InboundStore {
    /** A unit of the writer is at most 1 MB. */
    private static final int PIECE = 256 * 1024;
    private static final String ROUTE =
            "SELECT id, tenant, pattern, action, target, created FROM inbound_route ";
    private static final String MAIL = "SELECT id, tenant, route, pattern, action, target, sender,"
            + " recipient, subject, verdicts, size, state, attempts, due, said FROM inbound ";

    private final Database database;
    private final Secrets secrets;

    InboundStore(Database database, Secrets secrets) {
        this.database = database;
        this.secrets = secrets;
    }

    List<InboundRoute> routes() {
        return database.read(handle -> handle.createQuery(ROUTE)
                .map((row, _) -> route(row)).list());
    }

    private static InboundRoute route(ResultSet row) throws SQLException {
        return new InboundRoute(row.getString("id"), row.getLong("tenant"),
                row.getString("pattern"),
                InboundRoute.Action.of(row.getString("action")).orElseThrow(),
                row.getString("target"), Instant.ofEpochMilli(row.getLong("created")));
    }

    /** Whether it is new: a pattern is somebody's once. */
    boolean add(InboundRoute route, String secret) {
        byte[] sealed = secret.isEmpty() ? new byte[0]
                : secrets.seal(context(route.id()), secret.getBytes(StandardCharsets.UTF_8));
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("""
                    INSERT INTO inbound_route (id, tenant, pattern, action, target, secret, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""", route.id(),
                    route.tenant(), route.pattern(), route.action().word(), route.target(), sealed,
                    route.created().toEpochMilli()) == 1;
        });
    }

    boolean remove(long tenant, String id) {
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("DELETE FROM inbound_route WHERE tenant = ? AND id = ?", tenant,
                    id) == 1;
        });
    }

    /** What signs a route's calls; empty once the route is gone. */
    Optional<String> secret(String route) {
        return database.read(handle -> handle
                .createQuery("SELECT secret FROM inbound_route WHERE id = ?").bind(0, route)
                .mapTo(byte[].class).findOne()).filter(s -> s.length > 0)
                .map(s -> new String(secrets.open(context(route), s), StandardCharsets.UTF_8));
    }

    private static String context(String id) {
        return "inbound_route/" + id;
    }

    /**
     * Keeps a mail, durable when it returns: its pieces first, then the row that makes them a mail,
     * with its fact.
     */
    void keep(Inbound mail, long stream, Body octets) throws IOException {
        try (InputStream in = octets.open()) {
            int n = 0;
            for (byte[] piece = in.readNBytes(PIECE); piece.length > 0;
                    piece = in.readNBytes(PIECE)) {
                byte[] one = piece;
                int at = n++;
                database.write(handle -> handle.execute("INSERT INTO inbound_piece (inbound, n,"
                        + " octets) VALUES (?, ?, ?)", mail.id(), at, one));
            }
        }
        database.write(handle -> handle.execute("""
                INSERT INTO inbound (id, tenant, route, pattern, action, target, sender, recipient,
                                     subject, verdicts, size, state, attempts, due, said)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '')""", mail.id(), mail.tenant(),
                mail.route(), mail.pattern(), mail.action().word(), mail.target(), mail.sender(),
                mail.recipient(), mail.subject(), mail.verdicts(), mail.size(),
                mail.state().ordinal(), mail.due().toEpochMilli()),
                _ -> List.of(new Database.Noted(mail.tenant(), stream, mail.id(), mail.id(),
                        new Fact.Received("mail"))));
    }

    private static Inbound mail(ResultSet row) throws SQLException {
        return new Inbound(row.getLong("id"), row.getLong("tenant"), row.getString("route"),
                row.getString("pattern"),
                InboundRoute.Action.of(row.getString("action")).orElseThrow(),
                row.getString("target"), row.getString("sender"), row.getString("recipient"),
                row.getString("subject"), row.getString("verdicts"), row.getLong("size"),
                Inbound.State.ALL.get(row.getInt("state")), row.getInt("attempts"),
                Instant.ofEpochMilli(row.getLong("due")), row.getString("said"));
    }

    Optional<Inbound> find(long tenant, long id) {
        return database.read(handle -> handle
                .createQuery(MAIL + "WHERE tenant = ? AND id = ?").bind(0, tenant).bind(1, id)
                .map((row, _) -> mail(row)).findOne());
    }

    /** Newest first. @param before not from here on; 0 for the newest */
    List<Inbound> list(long tenant, long before, int limit) {
        return database.read(handle -> handle
                .createQuery(MAIL + "WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?")
                .bind(0, tenant).bind(1, before == 0 ? Long.MAX_VALUE : before).bind(2, limit)
                .map((row, _) -> mail(row)).list());
    }

    byte[] octets(long id, int max) {
        return database.read(handle -> {
            var out = new java.io.ByteArrayOutputStream();
            for (int n = 0; out.size() < max; n++) {
                Optional<byte[]> piece = handle.createQuery(
                        "SELECT octets FROM inbound_piece WHERE inbound = ? AND n = ?")
                        .bind(0, id).bind(1, n).mapTo(byte[].class).findOne();
                if (piece.isEmpty()) {
                    break;
                }
                out.write(piece.get(), 0, Math.min(piece.get().length, max - out.size()));
            }
            return out.toByteArray();
        });
    }

    InputStream open(long id) {
        return new ByteArrayInputStream(octets(id, Integer.MAX_VALUE));
    }

    /** Those that are due, each taken so that no other node hands it on meanwhile. */
    List<Inbound> take(Instant now, Duration lease, int limit) {
        return database.write(handle -> {
            List<Inbound> due = handle.createQuery(MAIL
                    + "WHERE state = 1 AND due <= ? ORDER BY due LIMIT ?")
                    .bind(0, now.toEpochMilli()).bind(1, limit).map((row, _) -> mail(row)).list();
            return due.stream().filter(m -> handle.execute("UPDATE inbound SET due = ?"
                    + " WHERE id = ? AND state = 1 AND due = ?",
                    now.plus(lease).toEpochMilli(), m.id(), m.due().toEpochMilli()) == 1).toList();
        });
    }

    void settle(long id, Inbound.State next, int attempts, Instant due, String said) {
        database.write(handle -> handle.execute("UPDATE inbound SET state = ?, attempts = ?,"
                + " due = ?, said = ? WHERE id = ? AND state = 1", next.ordinal(), attempts,
                due.toEpochMilli(), said, id));
    }

    /** Hands it on once more, from the start. */
    boolean again(long tenant, long id, Instant now) {
        return database.write(handle -> handle.execute("UPDATE inbound SET state = 1,"
                + " attempts = 0, due = ? WHERE tenant = ? AND id = ? AND action IN"
                + " ('webhook', 'forward')", now.toEpochMilli(), tenant, id)) == 1;
    }

    /** Drops what is older, and pieces of mail that was never whole. @return how many */
    int drop(long beforeId, int limit) {
        return database.write(handle -> {
            List<Long> old = handle.createQuery("SELECT id FROM inbound WHERE id < ? AND state <> 1"
                    + " ORDER BY id LIMIT ?").bind(0, beforeId).bind(1, limit)
                    .mapTo(Long.class).list();
            for (long id : old) {
                handle.execute("DELETE FROM inbound_piece WHERE inbound = ?", id);
                handle.execute("DELETE FROM inbound WHERE id = ?", id);
            }
            return old.size() + orphans(handle, beforeId, limit);
        });
    }

    private static int orphans(Handle handle, long beforeId, int limit) {
        List<Long> lost = handle.createQuery("SELECT DISTINCT p.inbound FROM inbound_piece p"
                + " WHERE p.inbound < ? AND NOT EXISTS (SELECT 1 FROM inbound i"
                + " WHERE i.id = p.inbound) LIMIT ?").bind(0, beforeId).bind(1, limit)
                .mapTo(Long.class).list();
        lost.forEach(id -> handle.execute("DELETE FROM inbound_piece WHERE inbound = ?", id));
        return lost.size();
    }
}
