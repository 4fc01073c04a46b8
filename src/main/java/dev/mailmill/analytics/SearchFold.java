package dev.mailmill.analytics;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Facts to rows of {@code search}: one a delivery. Doing it again changes nothing. */
final class SearchFold implements Fold {
    private static final String INSERT = """
            INSERT INTO search (tenant, id, message, recipients, stream, door, recipient, domain,
                subject, tags, state, attempts, reply_code, reply_enhanced, reply_text, reply_host,
                accepted, changed, due, failure, template)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state,
                attempts = excluded.attempts, reply_code = excluded.reply_code,
                reply_enhanced = excluded.reply_enhanced, reply_text = excluded.reply_text,
                reply_host = excluded.reply_host, changed = excluded.changed, due = excluded.due,
                failure = coalesce(excluded.failure, search.failure),
                template = excluded.template
            """;
    /** What the facts do not say stays as it is. */
    private static final String STATE = """
            UPDATE search SET state = coalesce(?, state), attempts = max(?, attempts), changed = ?,
                due = ?
            WHERE tenant = ? AND id = ?
            """;
    private static final String REPLY = """
            UPDATE search SET state = coalesce(?, state), attempts = max(?, attempts), changed = ?,
                due = ?, reply_code = ?, reply_enhanced = ?, reply_text = ?, reply_host = ?,
                failure = coalesce(?, failure)
            WHERE tenant = ? AND id = ?
            """;

    private static final int FORGET_MAX = 1_000;

    private final Duration kept;

    /** @param kept as long as the facts that make them */
    SearchFold(Duration kept) {
        this.kept = kept;
    }

    @Override
    public String name() {
        return "search";
    }

    /**
     * What is not over stays. By accounts, since an index that knows ids alone would cost every row
     * something.
     */
    @Override
    public boolean forget(Connection c, Instant now) throws SQLException {
        long old = Ids.floor(now.minus(kept));
        int gone = 0;
        OptionalLong tenant = tenant(c, Long.MIN_VALUE);
        while (tenant.isPresent() && gone < FORGET_MAX) {
            gone += forget(c, tenant.getAsLong(), old, FORGET_MAX - gone);
            tenant = tenant(c, tenant.getAsLong());
        }
        return gone >= FORGET_MAX;
    }

    private static OptionalLong tenant(Connection c, long after) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT min(tenant) FROM search WHERE tenant > ?")) {
            s.setLong(1, after);
            try (ResultSet r = s.executeQuery()) {
                r.next();
                long next = r.getLong(1);
                return r.wasNull() ? OptionalLong.empty() : OptionalLong.of(next);
            }
        }
    }

    private static int forget(Connection c, long tenant, long old, int most)
            throws SQLException {
        record Old(long id, long message, String tags) {
        }
        List<Old> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT id, message, tags FROM search"
                + " WHERE tenant = ? AND id < ? AND state >= 10 ORDER BY id LIMIT ?")) {
            s.setLong(1, tenant);
            s.setLong(2, old);
            s.setInt(3, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Old(r.getLong(1), r.getLong(2), r.getString(3)));
                }
            }
        }
        boolean postgres = c.getMetaData().getDatabaseProductName().startsWith("Postgre");
        for (Old o : all) {
            delete(c, "search WHERE tenant = ? AND id = ?", tenant, o.id());
            delete(c, "search_failure WHERE " + (postgres ? "delivery" : "rowid") + " = ?",
                    o.id());
            if (o.id() == o.message()) {
                delete(c, "search_subject WHERE " + (postgres ? "message" : "rowid") + " = ?",
                        o.id());
                for (String tag : o.tags().isEmpty() ? new String[0] : o.tags().split("\n", -1)) {
                    delete(c, "search_tag WHERE tenant = ? AND tag = ? AND message = ?", tenant,
                            tag, o.id());
                }
            }
        }
        return all.size();
    }

    private static void delete(Connection c, String where, Object... values)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM " + where)) {
            for (int i = 0; i < values.length; i++) {
                s.setObject(i + 1, values[i]);
            }
            s.executeUpdate();
        }
    }

    @Override
    public Work prepare(Passage passage) {
        Map<Long, Change> changes = new LinkedHashMap<>();
        for (Journal.Entry e : passage.entries()) {
            if (Change.none(e.fact())) {
                continue;
            }
            Change before = changes.get(e.delivery());
            changes.put(e.delivery(), before == null ? Change.of(e) : before.and(e));
        }
        Map<Long, Journal.Outline> outlines = passage.outlines();
        List<Change> fresh = changes.values().stream().filter(Change::fresh).toList();
        List<Change> changed = changes.values().stream().filter(d -> !d.fresh()).toList();
        return (c, postgres) -> {
            Set<Long> unknown = update(c, postgres, changed);
            // those too whose acceptance was in no passage
            List<Change> added = Stream.concat(fresh.stream(), changed.stream().filter(
                    d -> unknown.contains(d.delivery()))).filter(
                    d -> outlines.containsKey(d.delivery())).toList();
            insert(c, added, outlines);
            subjects(c, postgres, added, outlines);
            tags(c, added, outlines);
            failures(c, postgres, Stream.concat(added.stream(), changed.stream().filter(
                    d -> !unknown.contains(d.delivery()))).filter(
                    d -> d.failure().isPresent()).toList());
        };
    }

    private static void insert(Connection c, List<Change> added,
            Map<Long, Journal.Outline> outlines) throws SQLException {
        if (added.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(INSERT)) {
            for (Change d : added) {
                Journal.Outline o = outlines.get(d.delivery());
                s.setLong(1, d.tenant());
                s.setLong(2, d.delivery());
                s.setLong(3, d.message());
                s.setInt(4, o.recipients());
                s.setLong(5, d.stream());
                s.setInt(6, o.door().code());
                s.setString(7, o.address().toLowerCase(Locale.ROOT));
                s.setString(8, o.domain().toLowerCase(Locale.ROOT));
                s.setString(9, o.subject());
                s.setString(10, String.join("\n", o.tags()));
                s.setInt(11, d.state().orElse(State.QUEUED).code());
                s.setInt(12, d.attempts());
                reply(s, 13, d);
                s.setLong(17, o.accepted().toEpochMilli());
                s.setLong(18, d.changed().toEpochMilli());
                due(s, 19, d);
                s.setString(20, failure(d));
                s.setLong(21, o.template());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    private static void due(PreparedStatement s, int at, Change d) throws SQLException {
        if (d.due().isPresent()) {
            s.setLong(at, d.due().get().toEpochMilli());
        } else {
            s.setNull(at, Types.BIGINT);
        }
    }

    private static void reply(PreparedStatement s, int at, Change d) throws SQLException {
        if (d.reply().isPresent()) {
            Reply r = d.reply().get();
            s.setInt(at, r.code());
            s.setString(at + 1, r.enhanced());
            s.setString(at + 2, r.text());
            s.setString(at + 3, r.host());
        } else {
            s.setNull(at, Types.INTEGER);
            for (int i = at + 1; i < at + 4; i++) {
                s.setNull(i, Types.VARCHAR);
            }
        }
    }

    /** What can be found by, of the last reply that was no yes; null before there is one. */
    private static String failure(Change d) {
        return d.failure().map(Reply::toString).orElse(null);
    }

    /** By words of what servers said, of each delivery of which they did not take it at once. */
    private static void failures(Connection c, boolean postgres, List<Change> said)
            throws SQLException {
        if (said.isEmpty()) {
            return;
        }
        String sql = postgres
                ? "INSERT INTO search_failure (delivery, words) VALUES (?, array_to_tsvector(?))"
                        + " ON CONFLICT (delivery) DO UPDATE SET words = excluded.words"
                : "INSERT OR REPLACE INTO search_failure (rowid, words) VALUES (?, ?)";
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Change d : said) {
                String[] words = Words.of(d.failure().orElseThrow().toString()).stream()
                        .map(w -> Words.of(d.tenant(), w)).toArray(String[]::new);
                s.setLong(1, d.delivery());
                if (postgres) {
                    s.setArray(2, c.createArrayOf("text", words));
                } else {
                    s.setString(2, String.join(" ", words));
                }
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /** Once a message: its first delivery has its number. */
    private static List<Change> firsts(List<Change> added) {
        return added.stream().filter(d -> d.delivery() == d.message()).toList();
    }

    private static void subjects(Connection c, boolean postgres, List<Change> added,
            Map<Long, Journal.Outline> outlines) throws SQLException {
        String sql = postgres
                ? "INSERT INTO search_subject (message, words) VALUES (?, array_to_tsvector(?))"
                        + " ON CONFLICT (message) DO NOTHING"
                : "INSERT OR REPLACE INTO search_subject (rowid, words) VALUES (?, ?)";
        try (PreparedStatement s = c.prepareStatement(sql)) {
            boolean any = false;
            for (Change d : firsts(added)) {
                String[] words = Words.of(outlines.get(d.delivery()).subject()).stream()
                        .map(w -> Words.of(d.tenant(), w)).toArray(String[]::new);
                if (words.length > 0) {
                    s.setLong(1, d.message());
                    if (postgres) {
                        s.setArray(2, c.createArrayOf("text", words));
                    } else {
                        s.setString(2, String.join(" ", words));
                    }
                    s.addBatch();
                    any = true;
                }
            }
            if (any) {
                s.executeBatch();
            }
        }
    }

    private static void tags(Connection c, List<Change> added,
            Map<Long, Journal.Outline> outlines) throws SQLException {
        List<Change> tagged = firsts(added).stream()
                .filter(d -> !outlines.get(d.delivery()).tags().isEmpty()).toList();
        if (tagged.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement("INSERT INTO search_tag (tenant, tag,"
                + " message) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")) {
            for (Change d : tagged) {
                for (String tag : Set.copyOf(outlines.get(d.delivery()).tags())) {
                    s.setLong(1, d.tenant());
                    s.setString(2, tag);
                    s.setLong(3, d.message());
                    s.addBatch();
                }
            }
            s.executeBatch();
        }
    }

    /** @return the deliveries that have no row */
    private static Set<Long> update(Connection c, boolean postgres, List<Change> changed)
            throws SQLException {
        Map<Boolean, List<Change>> bySpeech = changed.stream()
                .collect(Collectors.partitioningBy(d -> d.reply().isPresent()));
        Set<Long> unknown = new HashSet<>(
                update(c, postgres ? greatest(STATE) : STATE, bySpeech.get(false), false));
        unknown.addAll(update(c, postgres ? greatest(REPLY) : REPLY, bySpeech.get(true), true));
        return unknown;
    }

    /** PostgreSQL's name of the larger of two, and the type of a parameter that may be null. */
    private static String greatest(String sql) {
        return sql.replace("max(?,", "greatest(?,").replace("coalesce(?,", "coalesce(?::integer,")
                .replace("coalesce(?::integer, failure", "coalesce(?::text, failure");
    }

    private static Set<Long> update(Connection c, String sql, List<Change> changed,
            boolean reply) throws SQLException {
        if (changed.isEmpty()) {
            return Set.of();
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Change d : changed) {
                if (d.state().isPresent()) {
                    s.setInt(1, d.state().get().code());
                } else {
                    s.setNull(1, Types.INTEGER);
                }
                s.setInt(2, d.attempts());
                s.setLong(3, d.changed().toEpochMilli());
                due(s, 4, d);
                if (reply) {
                    reply(s, 5, d);
                }
                if (reply) {
                    s.setString(9, failure(d));
                }
                s.setLong(reply ? 10 : 5, d.tenant());
                s.setLong(reply ? 11 : 6, d.delivery());
                s.addBatch();
            }
            int[] counts = s.executeBatch();
            Set<Long> unknown = new HashSet<>();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 0) {
                    unknown.add(changed.get(i).delivery());
                }
            }
            return unknown;
        }
    }
}
