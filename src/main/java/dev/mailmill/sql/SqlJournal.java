package dev.mailmill.sql;

import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Facts in the order of their commits (decision 7). On SQLite the one writer numbers them. On
 * PostgreSQL the order is (transaction, number), and nothing is shown at or above the oldest
 * transaction that still runs: it may yet commit facts that come before.
 */
final class SqlJournal implements Journal {
    private static final int LIMIT_MAX = 1_000;
    /** Facts that one extract looks at. */
    private static final int EXTRACT_MAX = 8_000;
    /** Facts that one read of a tenant looks at; of others' facts only the position is kept. */
    private static final int SCAN_MAX = 5_000;
    private static final String OLDEST_RUNNING = "pg_snapshot_xmin(pg_current_snapshot())";
    private static final Comparator<Entry> ORDER = Comparator
            .comparingLong((Entry e) -> e.position().xid())
            .thenComparingLong(e -> e.position().seq());

    /** As the index of it says it. */
    private static final String CALLERS = " AND f.type >= " + FactCodec.OPENED;
    private static final String VERDICTS = CALLERS + " AND f.type = " + FactCodec.VERDICT;
    /** Stands for a fact that is passed over, of which only the position counts. */
    private static final Fact PASSED = new Fact.Received("");

    private static final Columns ALL = new Columns("f.data", "d.address",
            " LEFT JOIN delivery d ON d.id = f.delivery");
    private static final Columns NO_ADDRESS = new Columns("f.data", "''", "");
    private static final Columns NO_CALLERS = new Columns(
            "CASE WHEN f.type < " + FactCodec.OPENED + " THEN f.data END", "''", "");

    /** What is read of a fact, and what has to be looked up for it. */
    private record Columns(String data, String address, String join) {
    }

    private final Engine engine;

    SqlJournal(Engine engine) {
        this.engine = engine;
    }

    @Override
    public Page read(long tenant, Position after, int limit) {
        int most = Math.clamp(limit, 1, tenant == 0 ? EXTRACT_MAX : LIMIT_MAX);
        return engine.read(c -> {
            // whose mail is no small part of all has its page among so few
            int few = tenant == 0 ? most : Math.min(2 * most, SCAN_MAX);
            List<Entry> seen = seen(c, after, few, "", ALL);
            Page page = page(seen, tenant, after, most);
            return tenant == 0 || page.entries().size() == most || seen.size() < few ? page
                    : page(seen(c, after, SCAN_MAX, "", ALL), tenant, after, most);
        });
    }

    @Override
    public Page callers(Position after, int limit) {
        int most = Math.clamp(limit, 1, EXTRACT_MAX);
        return engine.read(c -> {
            // before the facts are read: up to here nothing comes that they would miss
            Position head = head(c);
            List<Entry> seen = seen(c, after, most, CALLERS, ALL);
            return new Page(seen, next(seen, head, after));
        });
    }

    private static Position next(List<Entry> seen, Position head, Position after) {
        return !seen.isEmpty() ? seen.getLast().position()
                : head.compareTo(after) > 0 ? head : after;
    }

    @Override
    public Extract extract(Kind kind, Position after, int limit) {
        int most = Math.clamp(limit, 1, EXTRACT_MAX);
        return engine.read(c -> switch (kind) {
            case MAIL -> {
                List<Entry> seen = seen(c, after, most, "", NO_CALLERS);
                yield new Extract(seen.stream().filter(e -> e.fact() != PASSED).toList(),
                        next(seen, after, after), seen.size() == most);
            }
            case VERDICTS -> {
                Position head = head(c);
                List<Entry> seen = seen(c, after, most, VERDICTS, NO_ADDRESS);
                yield new Extract(seen, next(seen, head, after), seen.size() == most);
            }
        });
    }

    private List<Entry> seen(Connection c, Position after, int limit, String of, Columns columns)
            throws SQLException {
        return engine.postgres() ? postgres(c, after, limit, of, columns)
                : sqlite(c, after, limit, of, columns);
    }

    @Override
    public Map<Long, Instant> arrived(Collection<Long> deliveries) {
        return deliveries.isEmpty() ? Map.of()
                : engine.read(c -> Beside.arrived(c, engine, deliveries));
    }

    @Override
    public List<Entry> verdicts(Collection<Long> deliveries, Position until) {
        if (deliveries.isEmpty()) {
            return List.of();
        }
        return engine.read(c -> {
            int first = deliveries.stream().mapToInt(Ids::day).min().orElseThrow() - 1;
            List<Entry> all = new ArrayList<>();
            for (int day : engine.days(c, "fact_")) {
                // two nodes do not turn the day at the same moment
                if (day >= first && day <= until.day() + 1) {
                    try (PreparedStatement s = c.prepareStatement(select(day, NO_ADDRESS)
                            + " WHERE f.delivery IN (" + Beside.listed(deliveries)
                            + ") AND f.type = " + FactCodec.VERDICT)) {
                        collect(s, all);
                    }
                }
            }
            all.removeIf(e -> e.position().compareTo(until) > 0);
            all.sort(ORDER);
            return all;
        });
    }

    @Override
    public Set<String> judged(Position after) {
        return engine.read(c -> {
            Set<String> all = new HashSet<>();
            for (int day : engine.days(c, "fact_")) {
                // nodes' clocks are less than a day apart
                if (day >= after.day() - 1) {
                    judged(c, day, after, all);
                }
            }
            return all;
        });
    }

    private void judged(Connection c, int day, Position after, Set<String> into)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT f.data FROM fact_" + day
                + " f WHERE f.type = " + FactCodec.VERDICT + CALLERS + (engine.postgres()
                        ? " AND (f.xid, f.seq) > (?::text::xid8, ?)" : " AND f.seq > ?"))) {
            if (engine.postgres()) {
                s.setString(1, Long.toString(after.xid()));
            }
            s.setLong(engine.postgres() ? 2 : 1, after.seq());
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    String of = ((Fact.Verdict) FactCodec.decode(FactCodec.VERDICT,
                            r.getBytes(1))).of();
                    if (Position.parse(of).compareTo(after) > 0) {
                        into.add(of);
                    }
                }
            }
        }
    }

    private static Page page(List<Entry> seen, long tenant, Position after, int limit) {
        List<Entry> entries = new ArrayList<>();
        Position next = after;
        for (Entry e : seen) {
            if (tenant == 0 || e.tenant() == tenant) {
                if (entries.size() == limit) {
                    break;
                }
                entries.add(e);
            }
            next = e.position();
        }
        return new Page(entries, next);
    }

    private List<Entry> sqlite(Connection c, Position after, int limit, String of,
            Columns columns) throws SQLException {
        List<Entry> all = new ArrayList<>();
        for (int day : engine.days(c, "fact_")) {
            if (day >= after.day() && all.size() < limit) {
                try (PreparedStatement s = c.prepareStatement(select(day, columns)
                        + " WHERE f.seq > ?" + of + " ORDER BY f.seq LIMIT ?")) {
                    s.setLong(1, after.seq());
                    s.setInt(2, limit - all.size());
                    collect(s, all);
                }
            }
        }
        return all;
    }

    private String select(int day, Columns columns) {
        String xid = engine.postgres() ? "f.xid::text::bigint" : "0";
        return "SELECT " + day + ", " + xid + " AS x, f.seq AS q, f.at, f.tenant, f.stream,"
                + " f.message, f.delivery, f.type, " + columns.data() + ", " + columns.address()
                + " FROM fact_" + day + " f" + columns.join();
    }

    private static void collect(PreparedStatement s, List<Entry> into) throws SQLException {
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                byte[] data = r.getBytes(10);
                if (data == null) {
                    into.add(new Entry(new Position(r.getInt(1), r.getLong(2), r.getLong(3)),
                            Instant.EPOCH, 0, 0, 0, 0, "", PASSED));
                    continue;
                }
                String address = r.getString(11);
                into.add(new Entry(new Position(r.getInt(1), r.getLong(2), r.getLong(3)),
                        Instant.ofEpochMilli(r.getLong(4)), r.getLong(5), r.getLong(6),
                        r.getLong(7), r.getLong(8), address == null ? "" : address,
                        FactCodec.decode(r.getInt(9), data)));
            }
        }
    }

    /**
     * Around midnight nodes write into two days at once, so three neighbouring days are read
     * together. Facts of the later day are given only up to the last one of the days before: a day
     * further on may hold one that comes between. Clocks of nodes are less than a day apart. Then
     * it goes on from there: that a page ends says that the journal does, or that it is full.
     */
    private List<Entry> postgres(Connection c, Position after, int limit, String of,
            Columns columns) throws SQLException {
        // The list and the facts are of one snapshot: a table made later holds later facts.
        List<Integer> days = engine.days(c, "fact_");
        List<Entry> all = new ArrayList<>();
        Position from = after;
        for (int at = place(days, from); at < days.size();) {
            boolean last = at + 2 >= days.size();
            List<Entry> seen = window(c, days.subList(Math.max(0, at - 1),
                    Math.min(days.size(), at + 2)), from, limit - all.size(), of, columns);
            int end = seen.size();
            while (!last && end > 0 && seen.get(end - 1).position().day() > days.get(at)) {
                end--;
            }
            all.addAll(seen.subList(0, end));
            if (last || all.size() == limit) {
                return all;
            }
            if (end > 0) {
                from = all.getLast().position();
            }
            at = end > 0 ? place(days, from) : at + 1;
        }
        return all;
    }

    /** Of the day in which to look after a position. */
    private static int place(List<Integer> days, Position after) {
        int at = 0;
        while (at < days.size() - 1 && days.get(at) < after.day()) {
            at++;
        }
        return at;
    }

    private List<Entry> window(Connection c, List<Integer> days, Position after, int limit,
            String of, Columns columns) throws SQLException {
        StringBuilder sql = new StringBuilder();
        for (int day : days) {
            sql.append(sql.isEmpty() ? "(" : " UNION ALL (").append(select(day, columns))
                    .append(" WHERE (f.xid, f.seq) > (?::text::xid8, ?)"
                            + " AND f.xid < ").append(engine.journalXid(OLDEST_RUNNING))
                    .append(of).append(" ORDER BY f.xid, f.seq LIMIT ?)");
        }
        // around it, since a single day's part has an order of its own
        try (PreparedStatement s = c.prepareStatement("SELECT * FROM (" + sql
                + ") AS days ORDER BY x, q LIMIT ?")) {
            int p = 1;
            for (int i = 0; i < days.size(); i++) {
                s.setString(p++, Long.toString(after.xid()));
                s.setLong(p++, after.seq());
                s.setInt(p++, limit);
            }
            s.setInt(p, limit);
            List<Entry> all = new ArrayList<>();
            collect(s, all);
            return all;
        }
    }

    @Override
    public List<Entry> of(long tenant, long messageId) {
        return engine.read(c -> {
            int recipients = recipients(c, tenant, messageId);
            List<Entry> all = new ArrayList<>();
            if (recipients == 0) {
                return all;
            }
            for (int day : engine.days(c, "fact_")) {
                // A node's clock may have been a little behind when it wrote the first facts.
                if (day >= Ids.day(messageId) - 1) {
                    try (PreparedStatement s = c.prepareStatement(
                            select(day, ALL) + " WHERE f.delivery BETWEEN ? AND ?")) {
                        s.setLong(1, messageId);
                        s.setLong(2, messageId + recipients - 1);
                        collect(s, all);
                    }
                }
            }
            all.sort(ORDER);
            return all;
        });
    }

    private static int recipients(Connection c, long tenant, long message) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT recipients FROM message WHERE id = ? AND tenant = ?")) {
            s.setLong(1, message);
            s.setLong(2, tenant);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? r.getInt(1) : 0;
            }
        }
    }

    @Override
    public Map<Long, Outline> outlines(Collection<Long> deliveries) {
        return deliveries.isEmpty() ? Map.of()
                : engine.read(c -> Beside.outlines(c, deliveries));
    }

    @Override
    public Set<Long> relayed(Collection<Long> deliveries, Position until) {
        return deliveries.isEmpty() ? Set.of()
                : engine.read(c -> Beside.relayed(c, engine, deliveries, until));
    }

    @Override
    public Map<Long, String> asked(Collection<Long> deliveries) {
        return deliveries.isEmpty() ? Map.of() : engine.read(c -> Beside.asked(c, deliveries));
    }

    @Override
    public List<Conversation> conversations(long tenant, long messageId) {
        return engine.read(c -> {
            int recipients = recipients(c, tenant, messageId);
            return recipients == 0 ? List.of()
                    : Beside.conversations(c, engine, messageId, recipients);
        });
    }

    @Override
    public Position head() {
        return engine.read(this::head);
    }

    private Position head(Connection c) throws SQLException {
        int day = engine.newestFactDay(c);
        if (day == 0) {
            return Position.START;
        }
        String sql = engine.postgres()
                // Just below what still runs; its facts are yet to come.
                ? "SELECT " + engine.journalXid(OLDEST_RUNNING) + "::text::bigint - 1, "
                        + Long.MAX_VALUE
                : "SELECT 0, max(seq) FROM fact_" + day;
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
            r.next();
            return new Position(day, r.getLong(1), r.getLong(2));
        }
    }
}
