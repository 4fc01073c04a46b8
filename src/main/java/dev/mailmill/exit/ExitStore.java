package dev.mailmill.exit;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.sql.Database;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The SQL of exits, the same text on both engines. */
final class ExitStore {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String EXIT =
            "SELECT id, name, kind, settings, domains, sealed, created FROM exit ";
    private static final String ROUTE = "SELECT name, tenant, stream, recipient, sender, provider,"
            + " slots, failover FROM exit_route ";

    private final Database database;
    private final Secrets secrets;
    private final InstantSource clock;

    ExitStore(Database database, Secrets secrets, InstantSource clock) {
        this.database = database;
        this.secrets = secrets;
        this.clock = clock;
    }

    private record Row(Exit exit, byte[] sealed) {
    }

    Exits.Known load() {
        record Read(long n, List<Row> exits, List<Route> routes) {
        }
        Read read = database.read(handle -> new Read(ChangeWatch.count(handle),
                handle.createQuery(EXIT + "ORDER BY name")
                        .map((row, _) -> new Row(exit(row), row.getBytes("sealed"))).list(),
                handle.createQuery(ROUTE).map((row, _) -> route(row)).list()));
        Map<String, Exits.Opened> byName = new HashMap<>();
        for (Row row : read.exits()) {
            byName.put(row.exit().name(), new Exits.Opened(row.exit(), opened(row)));
        }
        return new Exits.Known(read.n(), byName,
                read.routes().stream().sorted(Route.ORDER).toList());
    }

    private static Exit exit(ResultSet row) throws SQLException {
        JsonNode settings = JSON.readTree(row.getString("settings"));
        String domains = row.getString("domains");
        return new Exit(row.getString("id"), row.getString("name"),
                Exit.Kind.of(row.getString("kind")).orElseThrow(),
                settings.path("url").asString(""), settings.path("region").asString(""),
                settings.path("account").asString(""), settings.path("access_key").asString(""),
                words(domains), Instant.ofEpochMilli(row.getLong("created")));
    }

    private static Route route(ResultSet row) throws SQLException {
        return new Route(row.getString("name"), new Route.Match(row.getString("tenant"),
                row.getString("stream"), row.getString("recipient"), row.getString("sender"),
                row.getString("provider")), Shares.parse(row.getString("slots")),
                words(row.getString("failover")));
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    private Exit.Keys opened(Row row) {
        JsonNode keys = JSON.readTree(secrets.open(context(row.exit().id()), row.sealed()));
        return new Exit.Keys(keys.path("secret").asString(""), keys.path("smtp").asString(""),
                keys.path("webhook").asString(""));
    }

    private byte[] sealed(String id, Exit.Keys keys) {
        ObjectNode node = JSON.createObjectNode().put("secret", keys.secret())
                .put("smtp", keys.smtp()).put("webhook", keys.webhook());
        return secrets.seal(context(id), node.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Where an exit's sealed bytes belong. */
    private static String context(String id) {
        return "exit/" + id;
    }

    private static String settings(Exit exit) {
        return JSON.createObjectNode().put("url", exit.url()).put("region", exit.region())
                .put("account", exit.account()).put("access_key", exit.accessKey()).toString();
    }

    boolean add(Exit exit, Exit.Keys keys) {
        byte[] sealed = sealed(exit.id(), keys);
        return database.write(handle -> {
            int made = handle.execute("""
                    INSERT INTO exit (id, name, kind, settings, domains, sealed, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO NOTHING""", exit.id(), exit.name(), exit.kind().word(),
                    settings(exit), String.join(" ", exit.domains()), sealed,
                    exit.created().toEpochMilli());
            if (made == 1) {
                ChangeWatch.note(handle);
            }
            return made == 1;
        });
    }

    boolean change(Exit exit, Exit.Keys keys) {
        byte[] sealed = sealed(exit.id(), keys);
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute(
                    "UPDATE exit SET settings = ?, domains = ?, sealed = ? WHERE id = ?",
                    settings(exit), String.join(" ", exit.domains()), sealed, exit.id()) == 1;
        });
    }

    List<String> remove(Exit exit) {
        return database.write(handle -> {
            // first, for its row lock: a route that names it is made before or after
            ChangeWatch.note(handle);
            List<String> by = routes(handle).stream().filter(r -> r.names(exit.name()))
                    .map(Route::name).sorted().toList();
            if (by.isEmpty()) {
                handle.execute("DELETE FROM exit WHERE id = ?", exit.id());
            }
            return by;
        });
    }

    private static List<Route> routes(Handle handle) {
        return handle.createQuery(ROUTE).map((row, _) -> route(row)).list();
    }

    Optional<Route> set(String name, Route.Match match, Map<String, Integer> percent,
            List<String> failover) {
        return database.write(handle -> {
            ChangeWatch.note(handle);
            List<String> there = new ArrayList<>(handle.createQuery("SELECT name FROM exit")
                    .mapTo(String.class).list());
            there.add(Exit.OWN);
            if (!there.containsAll(percent.keySet()) || !there.containsAll(failover)) {
                return Optional.empty();
            }
            Shares shares = routes(handle).stream().filter(r -> r.name().equals(name)).findFirst()
                    .map(r -> r.shares().changed(percent)).orElseGet(() -> Shares.of(percent));
            handle.execute("""
                    INSERT INTO exit_route (name, tenant, stream, recipient, sender, provider,
                                            slots, failover, changed)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET tenant = excluded.tenant,
                        stream = excluded.stream, recipient = excluded.recipient,
                        sender = excluded.sender, provider = excluded.provider,
                        slots = excluded.slots, failover = excluded.failover,
                        changed = excluded.changed""", name, match.tenant(), match.stream(),
                    match.recipient(), match.sender(), match.provider(), shares.text(),
                    String.join(" ", failover), clock.millis());
            return Optional.of(new Route(name, match, shares, failover));
        });
    }

    boolean removeRoute(String name) {
        return database.write(handle -> {
            ChangeWatch.note(handle);
            return handle.execute("DELETE FROM exit_route WHERE name = ?", name) == 1;
        });
    }

    /** From now on the delivery may have been taken there. */
    void pin(long delivery, String exit) {
        database.write(handle -> handle.execute("""
                INSERT INTO exit_pin (delivery, exit, at) VALUES (?, ?, ?)
                ON CONFLICT (delivery) DO UPDATE SET exit = excluded.exit, at = excluded.at""",
                delivery, exit, clock.millis()));
    }

    Optional<String> pinned(long delivery) {
        return database.read(handle -> handle
                .createQuery("SELECT exit FROM exit_pin WHERE delivery = ?").bind(0, delivery)
                .mapTo(String.class).findOne());
    }

    /** @param remote the service's own number of it */
    void sent(String exit, String remote, long delivery) {
        database.write(handle -> handle.execute("""
                INSERT INTO exit_sent (exit, remote, delivery, at) VALUES (?, ?, ?, ?)
                ON CONFLICT (exit, remote) DO NOTHING""", exit, remote, delivery,
                clock.millis()));
    }

    Optional<Long> delivery(String exit, String remote) {
        return database.read(handle -> handle
                .createQuery("SELECT delivery FROM exit_sent WHERE exit = ? AND remote = ?")
                .bind(0, exit).bind(1, remote).mapTo(Long.class).findOne());
    }

    boolean heard(String exit, String token) {
        return database.read(handle -> handle
                .createQuery("SELECT 1 FROM exit_heard WHERE exit = ? AND token = ?")
                .bind(0, exit).bind(1, token).mapTo(Integer.class).findOne()).isPresent();
    }

    void hear(String exit, String token) {
        database.write(handle -> handle.execute("""
                INSERT INTO exit_heard (exit, token, at) VALUES (?, ?, ?)
                ON CONFLICT (exit, token) DO NOTHING""", exit, token, clock.millis()));
    }
}
