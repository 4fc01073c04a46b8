package dev.mailmill.account;

import dev.mailmill.account.Directory.Known;
import dev.mailmill.account.Directory.StreamKey;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.smtp.Network;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** The SQL of accounts, the same text on both engines. */
final class AccountStore {
    private static final String CREDENTIAL = """
            SELECT c.id, c.tenant, c.kind, c.name, c.stream, c.scopes, c.hint, c.created, c.revoked,
                   c.secret_hmac, c.asked_hash, c.test, c.domain, c.per_second, c.per_day,
                   c.rewrite_from, c.networks
            FROM credential c JOIN tenant t ON t.id = c.tenant
            """;

    private final Database database;

    AccountStore(Database database) {
        this.database = database;
    }

    Directory directory() {
        return database.read(handle -> {
            Map<Long, Stream> streams = new HashMap<>();
            Map<StreamKey, Stream> byName = new HashMap<>();
            for (Stream s : streams(handle)) {
                streams.put(s.id(), s);
                byName.put(new StreamKey(s.tenant(), s.name()), s);
            }
            Map<String, Known> bySecret = new HashMap<>();
            handle.createQuery(CREDENTIAL + "WHERE c.revoked IS NULL AND t.state = 'active'")
                    .map((row, _) -> new Known(credential(row), row.getBytes("secret_hmac")))
                    .forEach(k -> bySecret.put(HexFormat.of().formatHex(k.hmac()), k));
            return new Directory(ChangeWatch.count(handle), streams, byName, bySecret);
        });
    }

    private static List<Stream> streams(Handle handle) {
        return handle.createQuery("""
                SELECT id, tenant, name, class, schedule, return_path, on_ambiguous, sensitive,
                       weight, pool, reports, critical, tracking, title, description, public
                FROM stream""")
                .map((row, _) -> new Stream(row.getLong(1), row.getLong(2), row.getString(3),
                        TrafficClass.of(row.getInt(4)),
                        Stream.Schedule.valueOf(upper(row.getString(5))),
                        Stream.ReturnPath.valueOf(upper(row.getString(6))),
                        Stream.OnAmbiguous.valueOf(upper(row.getString(7))),
                        row.getInt(8) == 1, row.getInt(9), row.getString(10),
                        Stream.Reports.valueOf(upper(row.getString(11))), row.getInt(12) == 1,
                        row.getString(13) == null
                                ? Stream.Tracking.of(TrafficClass.of(row.getInt(4)))
                                : Stream.Tracking.valueOf(upper(row.getString(13))),
                        new Stream.Topic(row.getString(14), row.getString(15),
                                row.getInt(16) == 1)))
                .list();
    }

    /** False when the tenant is there already. */
    boolean makeFirstTenant(String name, Instant now) {
        return database.write(handle -> {
            int made = handle.execute("""
                    INSERT INTO tenant (id, name, state, created) VALUES (?, ?, 'active', ?)
                    ON CONFLICT DO NOTHING""", Tenant.FIRST, name, now.toEpochMilli());
            if (made == 0) {
                return false;
            }
            for (StreamPlan plan : StreamPlan.USUAL) {
                insert(handle, Tenant.FIRST, plan, now);
            }
            ChangeWatch.note(handle);
            return true;
        });
    }

    /** The id, or empty when the name is taken. */
    Optional<Long> makeTenant(String name, Instant now) {
        return database.write(handle -> {
            Optional<Long> id = handle.createQuery("""
                    INSERT INTO tenant (name, state, created) VALUES (?, 'active', ?)
                    ON CONFLICT DO NOTHING RETURNING id""")
                    .bind(0, name).bind(1, now.toEpochMilli())
                    .mapTo(Long.class).findOne();
            if (id.isPresent()) {
                for (StreamPlan plan : StreamPlan.USUAL) {
                    insert(handle, id.get(), plan, now);
                }
                ChangeWatch.note(handle);
            }
            return id;
        });
    }

    List<Tenant> tenants() {
        return database.read(handle -> handle
                .createQuery("SELECT id, name, created FROM tenant ORDER BY id")
                .map((row, _) -> new Tenant(row.getLong(1), row.getString(2),
                        Instant.ofEpochMilli(row.getLong(3))))
                .list());
    }

    /** False when the tenant has a stream of that name. */
    boolean makeStream(long tenant, StreamPlan plan, Instant now) {
        return database.write(handle -> {
            boolean made = insert(handle, tenant, plan, now) == 1;
            if (made) {
                ChangeWatch.note(handle);
            }
            return made;
        });
    }

    /** False when the tenant has no stream of that name; its class stays. */
    boolean changeStream(long tenant, StreamPlan plan) {
        return database.write(handle -> {
            int found = handle.execute("""
                    UPDATE stream SET schedule = ?, return_path = ?, on_ambiguous = ?,
                                      sensitive = ?, weight = ?, pool = ?, reports = ?,
                                      critical = ?, tracking = ?, title = ?, description = ?,
                                      public = ?
                    WHERE tenant = ? AND name = ?""", plan.schedule().word(),
                    plan.returnPath().word(), plan.onAmbiguous().word(), plan.sensitive() ? 1 : 0,
                    plan.weight(), plan.pool(), plan.reports().word(), plan.critical() ? 1 : 0,
                    plan.tracking().word(), plan.topic().title(), plan.topic().description(),
                    plan.topic().shown() ? 1 : 0, tenant, plan.name());
            if (found == 1) {
                ChangeWatch.note(handle);
            }
            return found == 1;
        });
    }

    private static int insert(Handle handle, long tenant, StreamPlan plan, Instant now) {
        return handle.execute("""
                INSERT INTO stream (tenant, name, class, schedule, return_path, on_ambiguous,
                                    sensitive, weight, pool, reports, critical, tracking,
                                    title, description, public, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""", tenant, plan.name(), plan.carries().code(),
                plan.schedule().word(), plan.returnPath().word(), plan.onAmbiguous().word(),
                plan.sensitive() ? 1 : 0, plan.weight(), plan.pool(), plan.reports().word(),
                plan.critical() ? 1 : 0, plan.tracking().word(), plan.topic().title(),
                plan.topic().description(), plan.topic().shown() ? 1 : 0, now.toEpochMilli());
    }

    /** What the request's idempotency key says of it. */
    record Asked(String key, byte[] hash) {
    }

    /** Of one network there is one credential in use; the table makes it sure between nodes. */
    static final class NetworkTaken extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Network network;

        NetworkTaken(Network network) {
            super(network.toString(), null, false, false);
            this.network = network;
        }

        Network network() {
            return network;
        }
    }

    /**
     * Empty when it is stored; else the one that the same idempotency key has made before.
     *
     * @throws NetworkTaken when another has a network of it; then nothing is stored
     */
    Optional<Earlier> make(Credential c, byte[] hmac, Optional<Asked> asked) {
        String key = asked.map(Asked::key).orElse(null);
        byte[] hash = asked.map(Asked::hash).orElse(null);
        return database.write(handle -> {
            // positional and untyped nulls: bind says the type, which PostgreSQL wants to know
            int made = handle.createUpdate("""
                    INSERT INTO credential (id, tenant, kind, name, stream, scopes, secret_hmac,
                                            hint, created, asked_as, asked_hash,
                                            test, domain, per_second, per_day,
                                            rewrite_from, networks)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (tenant, kind, asked_as) DO NOTHING""")
                    .bind(0, c.id()).bind(1, c.tenant()).bind(2, c.kind().word())
                    .bind(3, c.name()).bind(4, c.stream())
                    .bind(5, String.join(" ", c.scopes().stream().sorted().toList()))
                    .bind(6, hmac).bind(7, c.hint()).bind(8, c.created().toEpochMilli())
                    .bind(9, key).bind(10, hash)
                    .bind(11, c.bounds().test() ? 1 : 0).bind(12, c.bounds().domain())
                    .bind(13, c.bounds().perSecond()).bind(14, c.bounds().perDay())
                    .bind(15, c.smtp().rewriteFrom())
                    .bind(16, String.join(" ", c.smtp().networks().stream()
                            .map(Network::toString).toList()))
                    .execute();
            if (made == 0) {
                return handle.createQuery(CREDENTIAL + """
                        WHERE c.tenant = ? AND c.kind = ? AND c.asked_as = ?""")
                        .bind(0, c.tenant()).bind(1, c.kind().word()).bind(2, key)
                        .map((row, _) -> new Earlier(credential(row), row.getBytes("asked_hash")))
                        .findOne();
            }
            for (Network n : c.smtp().networks()) {
                if (handle.execute("INSERT INTO network (cidr, credential) VALUES (?, ?)"
                        + " ON CONFLICT DO NOTHING", n.toString(), c.id()) == 0) {
                    throw new NetworkTaken(n);
                }
            }
            ChangeWatch.note(handle);
            return Optional.<Earlier>empty();
        });
    }

    record Earlier(Credential credential, byte[] askedHash) {
    }

    /** The idempotency key of the wish that it was made by. */
    Optional<String> askedAs(String id) {
        return database.read(handle -> handle.createQuery(
                "SELECT COALESCE(asked_as, '') FROM credential WHERE id = ?").bind(0, id)
                .mapTo(String.class).findOne());
    }

    /** False when the tenant has no such credential. */
    boolean revoke(long tenant, Credential.Kind kind, String id, Instant now) {
        return database.write(handle -> {
            int found = handle.execute("""
                    UPDATE credential SET revoked = COALESCE(revoked, ?)
                    WHERE tenant = ? AND kind = ? AND id = ?""",
                    now.toEpochMilli(), tenant, kind.word(), id);
            if (found == 1) {
                handle.execute("DELETE FROM network WHERE credential = ?", id);
                ChangeWatch.note(handle);
            }
            return found == 1;
        });
    }

    /** Newest last, the revoked ones too; after an id, for paging. */
    List<Credential> list(long tenant, Credential.Kind kind, String after, int limit) {
        return database.read(handle -> handle.createQuery(CREDENTIAL + """
                WHERE c.tenant = ? AND c.kind = ? AND (c.created, c.id) > (
                    COALESCE((SELECT created FROM credential WHERE id = ?), -1), ?)
                ORDER BY c.created, c.id LIMIT ?""")
                .bind(0, tenant).bind(1, kind.word()).bind(2, after).bind(3, after)
                .bind(4, limit)
                .map((row, _) -> credential(row))
                .list());
    }

    private static Credential credential(ResultSet row) throws SQLException {
        long revoked = row.getLong("revoked");
        boolean open = row.wasNull();
        return new Credential(row.getString("id"), row.getLong("tenant"),
                Credential.Kind.of(row.getString("kind")), row.getString("name"),
                row.getLong("stream"), Set.of(row.getString("scopes").split(" ")),
                row.getString("hint"), Instant.ofEpochMilli(row.getLong("created")),
                open ? Optional.empty() : Optional.of(Instant.ofEpochMilli(revoked)),
                new Bounds(row.getInt("test") == 1, row.getString("domain"),
                        row.getInt("per_second"), row.getLong("per_day")),
                new SmtpTraits(row.getString("rewrite_from"),
                        networks(row.getString("networks"))));
    }

    private static List<Network> networks(String words) {
        return words.isEmpty() ? List.of()
                : Arrays.stream(words.split(" ")).map(Network::parse).toList();
    }

    private static String upper(String word) {
        return word.toUpperCase(Locale.ROOT);
    }
}
