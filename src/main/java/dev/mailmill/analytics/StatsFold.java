package dev.mailmill.analytics;

import dev.mailmill.analytics.Tally.Cell;
import dev.mailmill.analytics.Tally.Part;
import dev.mailmill.analytics.Tally.Sort;
import dev.mailmill.analytics.Tally.Step;
import dev.mailmill.analytics.Tally.Whose;
import dev.mailmill.analytics.Tally.Words;
import dev.mailmill.mail.Journal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Facts to the statistics: rows of {@code stats} and its neighbours. */
final class StatsFold implements Fold {
    static final String NAME = "stats";
    /** Of one kind, tenant and day: what comes up later is counted under no name. */
    static final int NAMES_MAX = 1_000;
    /** Ways to say the same reason, of one provider and day. */
    static final int WORDS_MAX = 3;
    /** Servers' words and single domains go after this; numbers stay. */
    static final Duration KEPT = Duration.ofDays(62);
    private static final String CELL = upsert("stats",
            "tenant, hour, stream, door, provider, figure, reason");
    private static final String CELL_DAY = upsert("stats_day",
            "tenant, hour, stream, door, provider, figure, reason");
    private static final String CURVE = upsert("stats_curve",
            "tenant, hour, stream, gmail, figure");
    private static final String WHY = upsert("stats_why",
            "tenant, hour, provider, figure, reason");
    private static final String WHY_DAY = upsert("stats_why_day",
            "tenant, hour, provider, figure, reason");
    private static final String WHOSE = upsert("stats_whose",
            "tenant, hour, stream, door, provider, figure, reason, name");
    private static final String TIME = upsert("stats_time",
            "tenant, hour, stream, door, provider, span, bucket");
    private static final String TIME_DAY = upsert("stats_time_day",
            "tenant, hour, stream, door, provider, span, bucket");
    private static final String SPAN = upsert("stats_span", "tenant, hour, stream, span, bucket");
    private static final String SPAN_DAY = upsert("stats_span_day",
            "tenant, hour, stream, span, bucket");
    private static final String PART = upsert("stats_part",
            "tenant, kind, hour, name, stream, figure");
    private static final String PART_DAY = upsert("stats_part_day",
            "tenant, kind, hour, name, stream, figure");
    private static final String GMAIL = MailboxProvider.GMAIL.word();

    private final Mailboxes mailboxes;
    /** The day whose old rows were forgotten last by this node. */
    private long forgotten;

    StatsFold(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
    }

    static String upsert(String table, String key) {
        return "INSERT INTO " + table + " (" + key + ", n) VALUES (?"
                + ", ?".repeat((int) key.chars().filter(c -> c == ',').count() + 1)
                + ") ON CONFLICT (" + key + ") DO UPDATE SET n = " + table + ".n + excluded.n";
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Work prepare(Passage passage) {
        Tally tally = Tally.of(passage, mailboxes);
        long last = passage.entries().isEmpty() ? 0 : day(passage.entries().getLast());
        return (c, _) -> {
            rollups(c, tally.cells);
            times(c, tally);
            parts(c, "", tally.parts);
            whose(c, tally.whose);
            words(c, tally.words);
            // of a quiet server no page reaches over midnight
            if (last > forgotten) {
                forget(c, last - KEPT.toDays());
                forgotten = last;
            }
        };
    }

    /** The same numbers, by hours, by days, for curves and for reasons. */
    static void rollups(Connection c, Map<Cell, Long> cells) throws SQLException {
        Map<Cell, Long> days = byDay(cells);
        add(c, CELL, cells);
        add(c, CELL_DAY, days);
        curve(c, cells);
        why(c, WHY, cells);
        why(c, WHY_DAY, days);
    }

    private static long day(Journal.Entry e) {
        return Math.floorDiv(VolumeFold.hour(e.at()), Tally.DAY);
    }

    private static Map<Cell, Long> byDay(Map<Cell, Long> cells) {
        Map<Cell, Long> days = new TreeMap<>();
        cells.forEach((cell, n) -> days.merge(cell.ofDay(), n, Long::sum));
        return days;
    }

    private static void curve(Connection c, Map<Cell, Long> cells) throws SQLException {
        Map<Cell, Long> points = new TreeMap<>();
        cells.forEach((cell, n) -> points.merge(new Cell(cell.tenant(), cell.hour(),
                cell.stream(), "", cell.provider().equals(GMAIL) ? GMAIL : "", cell.figure(), ""),
                n, Long::sum));
        if (points.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(CURVE)) {
            for (Map.Entry<Cell, Long> e : points.entrySet()) {
                s.setLong(1, e.getKey().tenant());
                s.setLong(2, e.getKey().hour());
                s.setLong(3, e.getKey().stream());
                s.setInt(4, e.getKey().provider().isEmpty() ? 0 : 1);
                s.setString(5, e.getKey().figure());
                s.setLong(6, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    private static void why(Connection c, String sql, Map<Cell, Long> cells) throws SQLException {
        Map<Cell, Long> all = new TreeMap<>();
        cells.forEach((cell, n) -> all.merge(new Cell(cell.tenant(), cell.hour(), 0, "",
                cell.provider(), cell.figure(), cell.reason()), n, Long::sum));
        if (all.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Map.Entry<Cell, Long> e : all.entrySet()) {
                s.setLong(1, e.getKey().tenant());
                s.setLong(2, e.getKey().hour());
                s.setString(3, e.getKey().provider());
                s.setString(4, e.getKey().figure());
                s.setString(5, e.getKey().reason());
                s.setLong(6, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /** After the parts, which say how many names a day may have. */
    private static void whose(Connection c, Map<Whose, Long> whose) throws SQLException {
        if (whose.isEmpty()) {
            return;
        }
        record Shelf(long tenant, long day) {
        }
        Map<Shelf, Set<String>> known = new HashMap<>();
        Map<Whose, Long> named = new LinkedHashMap<>();
        for (Map.Entry<Whose, Long> e : whose.entrySet()) {
            Cell cell = e.getKey().cell();
            Shelf shelf = new Shelf(cell.tenant(), Math.floorDiv(cell.hour(), Tally.DAY));
            Set<String> names = known.get(shelf);
            if (names == null) {
                names = names(c, cell.tenant(), Tally.DOMAIN, shelf.day());
                known.put(shelf, names);
            }
            named.merge(names.contains(e.getKey().name()) ? e.getKey() : new Whose(cell, ""),
                    e.getValue(), Long::sum);
        }
        try (PreparedStatement s = c.prepareStatement(WHOSE)) {
            for (Map.Entry<Whose, Long> e : named.entrySet()) {
                place(s, e.getKey().cell());
                s.setString(7, e.getKey().cell().reason());
                s.setString(8, e.getKey().name());
                s.setLong(9, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    private static void add(Connection c, String sql, Map<Cell, Long> cells) throws SQLException {
        if (cells.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Map.Entry<Cell, Long> e : cells.entrySet()) {
                place(s, e.getKey());
                s.setString(7, e.getKey().reason());
                s.setLong(8, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    private static void place(PreparedStatement s, Cell cell) throws SQLException {
        s.setLong(1, cell.tenant());
        s.setLong(2, cell.hour());
        s.setLong(3, cell.stream());
        s.setString(4, cell.door());
        s.setString(5, cell.provider());
        s.setString(6, cell.figure());
    }

    /** The first attempt of each delivery is found by what was tried before. */
    private static void times(Connection c, Tally tally) throws SQLException {
        Map<Cell, Map<Integer, Long>> times = new TreeMap<>();
        tally.taken.forEach((cell, buckets) -> times.put(cell, new TreeMap<>(buckets)));
        Set<Long> before = tried(c, tally.steps);
        Set<Long> now = new HashSet<>(before);
        for (Step step : tally.steps) {
            if (step.attempt() && !now.contains(step.delivery()) && step.bucket() >= 0) {
                times.computeIfAbsent(Tally.place(step.cell(), Spans.FIRST_ATTEMPT),
                        _ -> new TreeMap<>()).merge(step.bucket(), 1L, Long::sum);
            }
            if (step.open()) {
                now.add(step.delivery());
            } else {
                now.remove(step.delivery());
            }
        }
        change(c, "INSERT INTO stats_tried (delivery) VALUES (?)", now, before);
        change(c, "DELETE FROM stats_tried WHERE delivery = ?", before, now);
        spans(c, TIME, times);
        together(c, SPAN, times);
        Map<Cell, Map<Integer, Long>> days = new TreeMap<>();
        times.forEach((cell, buckets) -> {
            Map<Integer, Long> day = days.computeIfAbsent(cell.ofDay(), _ -> new TreeMap<>());
            buckets.forEach((bucket, n) -> day.merge(bucket, n, Long::sum));
        });
        spans(c, TIME_DAY, days);
        together(c, SPAN_DAY, days);
    }

    /** Of all doors and mailboxes. */
    private static void together(Connection c, String sql, Map<Cell, Map<Integer, Long>> times)
            throws SQLException {
        Map<Cell, Map<Integer, Long>> all = new TreeMap<>();
        times.forEach((cell, buckets) -> {
            Map<Integer, Long> sums = all.computeIfAbsent(new Cell(cell.tenant(), cell.hour(),
                    cell.stream(), "", "", cell.figure(), ""), _ -> new TreeMap<>());
            buckets.forEach((bucket, n) -> sums.merge(bucket, n, Long::sum));
        });
        if (all.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Map.Entry<Cell, Map<Integer, Long>> e : all.entrySet()) {
                for (Map.Entry<Integer, Long> b : e.getValue().entrySet()) {
                    s.setLong(1, e.getKey().tenant());
                    s.setLong(2, e.getKey().hour());
                    s.setLong(3, e.getKey().stream());
                    s.setString(4, e.getKey().figure());
                    s.setInt(5, b.getKey());
                    s.setLong(6, b.getValue());
                    s.addBatch();
                }
            }
            s.executeBatch();
        }
    }

    private static void spans(Connection c, String sql, Map<Cell, Map<Integer, Long>> times)
            throws SQLException {
        if (times.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Map.Entry<Cell, Map<Integer, Long>> e : times.entrySet()) {
                for (Map.Entry<Integer, Long> b : e.getValue().entrySet()) {
                    place(s, e.getKey());
                    s.setInt(7, b.getKey());
                    s.setLong(8, b.getValue());
                    s.addBatch();
                }
            }
            s.executeBatch();
        }
    }

    private static Set<Long> tried(Connection c, List<Step> steps) throws SQLException {
        Set<Long> all = new HashSet<>();
        if (steps.isEmpty()) {
            return all;
        }
        String ids = steps.stream().map(Step::delivery).distinct().sorted()
                .map(id -> Long.toString(id)).collect(Collectors.joining(","));
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                "SELECT delivery FROM stats_tried WHERE delivery IN (" + ids + ")")) {
            while (r.next()) {
                all.add(r.getLong(1));
            }
        }
        return all;
    }

    /** Of those that are in one set and not in the other. */
    private static void change(Connection c, String sql, Set<Long> in, Set<Long> out)
            throws SQLException {
        Set<Long> ids = new TreeSet<>(in);
        ids.removeAll(out);
        if (ids.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (long id : ids) {
                s.setLong(1, id);
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /**
     * What a tag holds is the sender's choice, so that a day's are bounded.
     *
     * @param whose folds that share the table have names of their own: which come first must not
     *              depend on who was quicker
     */
    static void parts(Connection c, String whose, Map<Part, Long> parts) throws SQLException {
        record Shelf(long tenant, String kind, long day) {
        }
        Map<Shelf, Set<String>> known = new HashMap<>();
        Map<Part, Long> named = new LinkedHashMap<>();
        for (Map.Entry<Part, Long> e : parts.entrySet()) {
            Part part = e.getKey();
            String kind = whose + part.kind();
            Shelf shelf = new Shelf(part.tenant(), kind, part.day());
            Set<String> names = known.get(shelf);
            if (names == null) {
                names = names(c, part.tenant(), kind, part.day());
                known.put(shelf, names);
            }
            if (!names.contains(part.name()) && names.size() < NAMES_MAX) {
                names.add(part.name());
                remember(c, part.tenant(), kind, part.day(), part.name());
            }
            named.merge(names.contains(part.name()) ? part : part.renamed(""), e.getValue(),
                    Long::sum);
        }
        counted(c, PART, named);
        Map<Part, Long> days = new LinkedHashMap<>();
        named.forEach((part, n) -> {
            if (!part.kind().equals(Tally.DOMAIN)) {
                days.merge(part.ofDay(), n, Long::sum);
            }
        });
        counted(c, PART_DAY, days);
    }

    private static void counted(Connection c, String sql, Map<Part, Long> parts)
            throws SQLException {
        if (parts.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Map.Entry<Part, Long> e : parts.entrySet()) {
                s.setLong(1, e.getKey().tenant());
                s.setString(2, e.getKey().kind());
                s.setLong(3, e.getKey().hour());
                s.setString(4, e.getKey().name());
                s.setLong(5, e.getKey().stream());
                s.setString(6, e.getKey().figure());
                s.setLong(7, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    static Set<String> names(Connection c, long tenant, String kind, long day)
            throws SQLException {
        Set<String> all = new HashSet<>();
        try (PreparedStatement s = c.prepareStatement("SELECT name FROM stats_name"
                + " WHERE tenant = ? AND kind = ? AND day = ?")) {
            s.setLong(1, tenant);
            s.setString(2, kind);
            s.setLong(3, day);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
        }
        return all;
    }

    static void remember(Connection c, long tenant, String kind, long day, String name)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO stats_name (tenant, kind, day,"
                + " name) VALUES (?, ?, ?, ?)")) {
            s.setLong(1, tenant);
            s.setString(2, kind);
            s.setLong(3, day);
            s.setString(4, name);
            s.executeUpdate();
        }
    }

    private static void words(Connection c, Map<Sort, Map<String, Words>> words)
            throws SQLException {
        for (Map.Entry<Sort, Map<String, Words>> e : words.entrySet()) {
            Set<String> known = gists(c, e.getKey());
            for (Map.Entry<String, Words> said : e.getValue().entrySet()) {
                if (known.contains(said.getKey())) {
                    again(c, e.getKey(), said.getKey(), said.getValue().n());
                } else if (known.size() < WORDS_MAX) {
                    known.add(said.getKey());
                    keep(c, e.getKey(), said.getKey(), said.getValue());
                }
            }
        }
    }

    private static final String SORT =
            "tenant = ? AND day = ? AND provider = ? AND figure = ? AND reason = ?";

    private static void sort(PreparedStatement s, int at, Sort sort) throws SQLException {
        s.setLong(at, sort.tenant());
        s.setLong(at + 1, sort.day());
        s.setString(at + 2, sort.provider());
        s.setString(at + 3, sort.figure());
        s.setString(at + 4, sort.reason());
    }

    private static Set<String> gists(Connection c, Sort sort) throws SQLException {
        Set<String> all = new HashSet<>();
        try (PreparedStatement s = c.prepareStatement("SELECT gist FROM stats_reply WHERE "
                + SORT)) {
            sort(s, 1, sort);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
        }
        return all;
    }

    private static void again(Connection c, Sort sort, String gist, long n) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("UPDATE stats_reply SET n = n + ? WHERE "
                + SORT + " AND gist = ?")) {
            s.setLong(1, n);
            sort(s, 2, sort);
            s.setString(7, gist);
            s.executeUpdate();
        }
    }

    private static void keep(Connection c, Sort sort, String gist, Words said)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO stats_reply (tenant, day,"
                + " provider, figure, reason, gist, code, enhanced, said, host, message, n)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            sort(s, 1, sort);
            s.setString(6, gist);
            s.setInt(7, said.reply().code());
            s.setString(8, said.reply().enhanced());
            s.setString(9, Why.unnamed(said.reply().text()));
            s.setString(10, said.reply().host());
            s.setLong(11, said.message());
            s.setLong(12, said.n());
            s.executeUpdate();
        }
    }

    private static void forget(Connection c, long before) throws SQLException {
        for (String sql : List.of("DELETE FROM stats_reply WHERE day < ?",
                "DELETE FROM stats_name WHERE day < ?", "DELETE FROM stats_link WHERE day < ?",
                "DELETE FROM stats_part WHERE kind = 'domain' AND hour < 24 * ?",
                "DELETE FROM stats_whose WHERE hour < 24 * ?")) {
            try (PreparedStatement s = c.prepareStatement(sql)) {
                s.setLong(1, before);
                s.executeUpdate();
            }
        }
    }
}
