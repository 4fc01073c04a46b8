package dev.mailmill.alert;

import dev.mailmill.account.Secrets;
import dev.mailmill.alert.Alert.Phase;
import dev.mailmill.alert.Course.What;
import dev.mailmill.sql.Database;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The SQL of alerts, of lines that were moved, of routes and of what each is told. */
final class AlertStore {
    /** Of an account; the oldest that are over leave. */
    private static final int KEPT = 10_000;
    private static final Duration NOTES_KEPT = Duration.ofDays(30);
    private static final String ALERT = "SELECT id, tenant, rule, about, phase, since, fired,"
            + " cleared, told, resolved, acked, acked_by, value, line, words FROM alert";
    private static final String ROUTE = "SELECT id, tenant, kind, sealed, created, failing, said"
            + " FROM alert_route";
    private static final String NOTE = "SELECT id, alert, route, what, at, attempts, state, said"
            + " FROM alert_note";

    private static final String MACHINE = Rule.ALL.stream().filter(Rule::machine)
            .map(r -> "'" + r.word() + "'").collect(Collectors.joining(", "));

    private final Database database;
    private final Secrets secrets;

    AlertStore(Database database, Secrets secrets) {
        this.database = database;
        this.secrets = secrets;
    }

    // ---- alerts

    /** What an account's person sees: of what has lasted long enough, the newest first. */
    List<Alert> list(long tenant, boolean machine, boolean open, long before, int limit) {
        return database.read(h -> h.createQuery(ALERT + " WHERE tenant = ? AND phase = ?"
                + " AND id < ?" + (machine ? "" : " AND rule NOT IN (" + MACHINE + ")")
                + " ORDER BY id DESC LIMIT ?").bind(0, tenant)
                .bind(1, (open ? Phase.FIRING : Phase.RESOLVED).word()).bind(2, before)
                .bind(3, limit).map((r, _) -> alert(r)).list());
    }

    /** Of everybody, pending too. */
    List<Alert> open() {
        return database.read(h -> h.createQuery(ALERT + " WHERE phase IN ('pending', 'firing')")
                .map((r, _) -> alert(r)).list());
    }

    Optional<Alert> find(long tenant, long id) {
        return database.read(h -> h.createQuery(ALERT + " WHERE tenant = ? AND id = ?")
                .bind(0, tenant).bind(1, id).map((r, _) -> alert(r)).findOne());
    }

    Optional<Alert> find(long id) {
        return database.read(h -> h.createQuery(ALERT + " WHERE id = ?").bind(0, id)
                .map((r, _) -> alert(r)).findOne());
    }

    /** A step, with what follows from it for each route: in one transaction. */
    void step(Optional<Alert> before, Course.Step step, Instant at) {
        database.write(h -> {
            if (step.alert().isEmpty()) {
                before.ifPresent(a -> h.execute("DELETE FROM alert WHERE id = ?"
                        + " AND phase = 'pending'", a.id()));
                return null;
            }
            Optional<Long> id = put(h, step.alert().get());
            if (id.isPresent() && step.tell().isPresent()) {
                note(h, step.alert().get(), id.get(), step.tell().get(), at);
            }
            return null;
        });
    }

    /** Empty when another node has it open already. A person's ack is left as it is. */
    private static Optional<Long> put(Handle h, Alert a) {
        Object[] times = {millis(a.fired()), millis(a.cleared()), millis(a.told()),
            millis(a.resolved())};
        if (a.id() > 0) {
            h.execute("UPDATE alert SET phase = ?, fired = ?, cleared = ?, told = ?,"
                    + " resolved = ?, value = ?, line = ?, words = ? WHERE id = ?",
                    a.phase().word(), times[0], times[1], times[2], times[3], a.value(),
                    a.line(), a.words(), a.id());
            return Optional.of(a.id());
        }
        Optional<Long> id = h.createQuery("INSERT INTO alert (tenant, rule, about, phase, since,"
                + " fired, told, acked_by, value, line, words)"
                + " VALUES (:tenant, :rule, :about, :phase, :since, :fired, :told, '', :value,"
                + " :line, :words) ON CONFLICT DO NOTHING RETURNING id")
                .bind("tenant", a.tenant()).bind("rule", a.rule().word()).bind("about", a.about())
                .bind("phase", a.phase().word()).bind("since", a.since().toEpochMilli())
                .bind("fired", (Long) times[0]).bind("told", (Long) times[2])
                .bind("value", a.value()).bind("line", a.line()).bind("words", a.words())
                .mapTo(Long.class).findOne();
        id.ifPresent(n -> h.execute("DELETE FROM alert WHERE tenant = ? AND phase = 'resolved'"
                + " AND id < ?", a.tenant(), n - KEPT));
        return id;
    }

    /** False when it is over, or was taken on already. */
    boolean ack(long tenant, long id, String by, Instant at) {
        return database.write(h -> h.execute("UPDATE alert SET acked = ?, acked_by = ?"
                + " WHERE tenant = ? AND id = ? AND phase = 'firing' AND acked IS NULL",
                at.toEpochMilli(), by, tenant, id) == 1);
    }

    private static Alert alert(ResultSet r) throws SQLException {
        return new Alert(r.getLong(1), r.getLong(2), Rule.of(r.getString(3)).orElseThrow(),
                r.getString(4), Phase.of(r.getString(5)), Instant.ofEpochMilli(r.getLong(6)),
                time(r, 7), time(r, 8), time(r, 9), time(r, 10), time(r, 11), r.getString(12),
                r.getDouble(13), r.getDouble(14), r.getString(15));
    }

    private static Long millis(Optional<Instant> at) {
        return at.map(Instant::toEpochMilli).orElse(null);
    }

    private static Optional<Instant> time(ResultSet r, int column) throws SQLException {
        long at = r.getLong(column);
        return r.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
    }

    // ---- mutes

    /** @param about empty for all of the rule */
    record Mute(long tenant, Rule rule, String about, Instant until, String author) {
    }

    void mute(Mute m) {
        database.write(h -> h.execute("INSERT INTO alert_mute (tenant, rule, about, until, author)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, rule, about) DO UPDATE SET"
                + " until = excluded.until, author = excluded.author", m.tenant(),
                m.rule().word(), m.about(), m.until().toEpochMilli(), m.author()));
    }

    List<Mute> mutes(Instant now) {
        return database.read(h -> h.createQuery("SELECT tenant, rule, about, until, author"
                + " FROM alert_mute WHERE until > ?").bind(0, now.toEpochMilli())
                .map((r, _) -> new Mute(r.getLong(1), Rule.of(r.getString(2)).orElseThrow(),
                        r.getString(3), Instant.ofEpochMilli(r.getLong(4)), r.getString(5)))
                .list());
    }

    // ---- lines

    record Moved(long tenant, Rule rule, Line line) {
    }

    List<Moved> lines() {
        return database.read(h -> h.createQuery("SELECT tenant, rule, line, clears, sample, holds,"
                + " armed FROM alert_line").map((r, _) -> new Moved(r.getLong(1),
                        Rule.of(r.getString(2)).orElseThrow(), new Line(r.getDouble(3),
                                r.getDouble(4), r.getLong(5), Duration.ofSeconds(r.getLong(6)),
                                r.getLong(7) == 1))).list());
    }

    void line(Moved m) {
        Line l = m.line();
        database.write(h -> h.execute("INSERT INTO alert_line (tenant, rule, line, clears, sample,"
                + " holds, armed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, rule)"
                + " DO UPDATE SET line = excluded.line, clears = excluded.clears,"
                + " sample = excluded.sample, holds = excluded.holds, armed = excluded.armed",
                m.tenant(), m.rule().word(), l.line(), l.clears(), l.sample(),
                l.holds().toSeconds(), l.armed() ? 1 : 0));
    }

    void usual(long tenant, Rule rule) {
        database.write(h -> h.execute("DELETE FROM alert_line WHERE tenant = ? AND rule = ?",
                tenant, rule.word()));
    }

    // ---- routes

    List<Route> routes(long tenant) {
        return database.read(h -> routes(h, tenant));
    }

    private List<Route> routes(Handle h, long tenant) {
        return h.createQuery(ROUTE + " WHERE tenant = ? ORDER BY created, id").bind(0, tenant)
                .map((r, _) -> route(r)).list();
    }

    Optional<Route> route(String id) {
        return database.read(h -> h.createQuery(ROUTE + " WHERE id = ?").bind(0, id)
                .map((r, _) -> route(r)).findOne());
    }

    void add(Route r) {
        byte[] sealed = secrets.seal(context(r.id()), (r.secret() + "\n" + r.target())
                .getBytes(StandardCharsets.UTF_8));
        database.write(h -> h.execute("INSERT INTO alert_route (id, tenant, kind, sealed, created,"
                + " failing, said) VALUES (?, ?, ?, ?, ?, NULL, '') ON CONFLICT (id) DO NOTHING",
                r.id(), r.tenant(), r.kind().word(), sealed, r.created().toEpochMilli()));
    }

    void remove(Route r) {
        database.write(h -> {
            h.execute("DELETE FROM alert_note WHERE route = ?", r.id());
            return h.execute("DELETE FROM alert_route WHERE tenant = ? AND id = ?", r.tenant(),
                    r.id());
        });
    }

    /** @param said empty when all is well */
    void heard(Route r, String said, Instant at) {
        database.write(h -> heard(h, r.id(), said, at));
    }

    private static int heard(Handle h, String route, String said, Instant at) {
        return said.isEmpty() ? h.execute("UPDATE alert_route SET failing = NULL, said = ''"
                + " WHERE id = ?", route) : h.execute("UPDATE alert_route"
                + " SET failing = COALESCE(failing, ?), said = ? WHERE id = ?",
                at.toEpochMilli(), said, route);
    }

    private Route route(ResultSet r) throws SQLException {
        String id = r.getString(1);
        String[] parts = new String(secrets.open(context(id), r.getBytes(4)),
                StandardCharsets.UTF_8).split("\n", 2);
        return new Route(id, r.getLong(2), Route.Kind.of(r.getString(3)).orElseThrow(), parts[1],
                parts[0], Instant.ofEpochMilli(r.getLong(5)), time(r, 6), r.getString(7));
    }

    private static String context(String id) {
        return "alert-route " + id;
    }

    // ---- what routes are told

    /** @param state {@code waiting}, {@code sent} or {@code failed} */
    record Note(long id, long alert, String route, What what, Instant at, int attempts,
            String state, String said) {
    }

    /** The first routes; all of them when it is critical, or when there is no first one. */
    private void note(Handle h, Alert alert, long id, What what, Instant at) {
        List<Route> all = routes(h, alert.tenant());
        boolean everybody = Defaults.of(alert.rule()).critical()
                || all.stream().noneMatch(r -> r.kind().first());
        for (Route r : all) {
            if (everybody || r.kind().first()) {
                note(h, id, r.id(), what, at);
            }
        }
    }

    private static void note(Handle h, long alert, String route, What what, Instant at) {
        h.execute("INSERT INTO alert_note (alert, route, what, at, due, attempts, state, said)"
                + " VALUES (?, ?, ?, ?, ?, 0, 'waiting', '') ON CONFLICT DO NOTHING", alert,
                route, what.word(), at.toEpochMilli(), at.toEpochMilli());
    }

    /**
     * One of each route, and one of each account before a second of any: whose routes hang makes
     * nobody else wait.
     */
    List<Note> due(Instant now, int limit) {
        return database.read(h -> h.createQuery("""
                SELECT id, alert, route, what, at, attempts, state, said FROM (
                    SELECT n.*, ROW_NUMBER() OVER (PARTITION BY r.tenant ORDER BY n.id) AS turn
                    FROM (SELECT MIN(id) AS id FROM alert_note
                          WHERE state = 'waiting' AND due <= ? GROUP BY route) f
                    JOIN alert_note n ON n.id = f.id
                    LEFT JOIN alert_route r ON r.id = n.route) one
                ORDER BY turn, id LIMIT ?""")
                .bind(0, now.toEpochMilli()).bind(1, limit).map((r, _) -> note(r)).list());
    }

    List<Note> notes(long alert) {
        return database.read(h -> h.createQuery(NOTE + " WHERE alert = ? ORDER BY id")
                .bind(0, alert).map((r, _) -> note(r)).list());
    }

    private static Note note(ResultSet r) throws SQLException {
        return new Note(r.getLong(1), r.getLong(2), r.getString(3), What.of(r.getString(4)),
                Instant.ofEpochMilli(r.getLong(5)), r.getInt(6), r.getString(7), r.getString(8));
    }

    /** It was taken. */
    void sent(Note n, Instant at) {
        database.write(h -> {
            h.execute("UPDATE alert_note SET state = 'sent', attempts = ?, said = ''"
                    + " WHERE id = ?", n.attempts() + 1, n.id());
            return heard(h, n.route(), "", at);
        });
    }

    /**
     * It was not: again later, and the other routes now.
     *
     * @param again empty when it is given up
     */
    void failed(Note n, Route route, String said, Optional<Instant> again, Instant at) {
        database.write(h -> {
            h.execute("UPDATE alert_note SET state = ?, attempts = ?, due = ?, said = ?"
                    + " WHERE id = ?", again.isPresent() ? "waiting" : "failed", n.attempts() + 1,
                    again.orElse(at).toEpochMilli(), said, n.id());
            if (route.kind().first()) {
                routes(h, route.tenant()).stream().filter(r -> !r.kind().first())
                        .forEach(r -> note(h, n.alert(), r.id(), n.what(), n.at()));
            }
            return heard(h, route.id(), said, at);
        });
    }

    void forget(Note n) {
        database.write(h -> h.execute("DELETE FROM alert_note WHERE id = ?", n.id()));
    }

    /** What is too old to be asked for. */
    void tidy(Instant now) {
        database.write(h -> {
            h.execute("DELETE FROM alert_note WHERE at < ?",
                    now.minus(NOTES_KEPT).toEpochMilli());
            h.execute("DELETE FROM alert_machine WHERE seen < " + clock(now) + " - ?",
                    NOTES_KEPT.toMillis());
            return h.execute("DELETE FROM alert_mute WHERE until < ?", now.toEpochMilli());
        });
    }

    // ---- who judges

    /** Nodes' clocks differ: between them the database's counts. On SQLite there is one node. */
    private String clock(Instant now) {
        return database.postgres() ? "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
                : Long.toString(now.toEpochMilli());
    }

    boolean lease(String holder, Instant now, Duration lasts) {
        String clock = clock(now);
        return database.write(h -> h.execute("INSERT INTO alert_node (id, holder, until)"
                + " VALUES (1, ?, " + clock + " + ?) ON CONFLICT (id) DO UPDATE"
                + " SET holder = excluded.holder, until = excluded.until"
                + " WHERE alert_node.holder = excluded.holder OR alert_node.until < "
                // on SQLite there is no other process: the folder is ours
                + (database.postgres() ? clock : Long.MAX_VALUE), holder, lasts.toMillis()) == 1);
    }

    /** That a machine looks after itself. */
    void seen(String node, Instant now) {
        String clock = clock(now);
        database.write(h -> h.execute("INSERT INTO alert_machine (node, seen) VALUES (?, " + clock
                + ") ON CONFLICT (node) DO UPDATE SET seen = excluded.seen", node));
    }

    /** Machines that did so lately. */
    List<String> living(Instant now, Duration lately) {
        return database.read(h -> h.createQuery("SELECT node FROM alert_machine WHERE seen > "
                + clock(now) + " - ?").bind(0, lately.toMillis()).mapTo(String.class).list());
    }

    void release(String holder) {
        database.write(h -> h.execute("UPDATE alert_node SET until = 0 WHERE holder = ?",
                holder));
    }
}
