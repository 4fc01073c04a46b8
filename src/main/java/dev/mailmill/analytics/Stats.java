package dev.mailmill.analytics;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * What became of mail, in numbers: sums of the rows that {@code StatsFold} keeps, never of facts.
 * Whole hours of UTC; behind the journal by as much as the fold's lag says.
 */
public final class Stats {
    /** Of a reason so many replies are shown. */
    private static final int REPLIES = 3;
    private static final int REASONS = 30;
    private static final int LINKS = 20;
    private static final int HOURS_LISTED_MAX = 500;
    private static final Duration HOUR = Duration.ofHours(1);

    private final Database views;

    /** @param views the folds' database */
    public Stats(Database views) {
        this.views = views;
    }

    /** How long a point of the series is. */
    public enum Interval {
        HOUR(1), DAY(24);

        private final int hours;

        Interval(int hours) {
            this.hours = hours;
        }

        public int hours() {
            return hours;
        }
    }

    /** By what the numbers may be told apart. */
    public enum By {
        STREAM("stream", true), DOOR("door", true), PROVIDER("provider", true),
        REASON("reason", false), ACCOUNT("tenant", true), TEMPLATE("name", false),
        TAG("name", false), DOMAIN("name", false);

        private final String column;
        /** Whether times are kept by it too. */
        private final boolean timed;

        By(String column, boolean timed) {
            this.column = column;
            this.timed = timed;
        }

        /** As the API says it, and as the rollup of its own is called. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        /** Has a rollup of its own, which knows streams and nothing else. */
        boolean apart() {
            return column.equals("name");
        }
    }

    /**
     * What is counted; what is empty is not asked for.
     *
     * @param tenants whose mail; not empty
     * @param from    the first hour, since 1970
     * @param to      the hour after the last
     * @param part    of one template, tag or domain, by its name
     */
    public record Question(List<Long> tenants, long from, long to, Interval interval,
            Optional<By> by, Optional<Long> stream, Optional<String> door,
            Optional<String> provider,
            Optional<Named> part) {
        public Question {
            if (tenants.isEmpty() || from >= to) {
                throw new IllegalArgumentException("nothing is asked for");
            }
        }
    }

    /** One template, tag or domain. */
    public record Named(By kind, String name) {
    }

    /** Numbers of the same mail. */
    public static final class Sums {
        private final long[] all = new long[Figure.ALL.size()];
        /** Of what was delivered or relayed, where complaints are never told. */
        private long silent;

        public long of(Figure figure) {
            return all[figure.ordinal()];
        }

        long silent() {
            return silent;
        }

        void add(String figure, boolean gmail, long n) {
            // a newer node may count what this one does not know
            Figure.of(figure).ifPresent(f -> {
                all[f.ordinal()] += n;
                if (gmail && (f == Figure.DELIVERED || f == Figure.RELAYED)) {
                    silent += n;
                }
            });
        }

        private void add(Sums other) {
            for (int i = 0; i < all.length; i++) {
                all[i] += other.all[i];
            }
            silent += other.silent;
        }
    }

    /** Of one span; an answer without any is left out. */
    public record Times(long count, Duration half, Duration ninetyFive, Duration ninetyNine) {
    }

    /** @param times by {@link Spans}' names */
    public record Row(String key, Sums sums, Map<String, Times> times) {
    }

    /** One server's words. @param count of replies alike */
    public record Said(String provider, int code, String enhanced, String text, String host,
            long message, long count) {
    }

    public record Reason(String figure, String reason, long count, List<Said> replies) {
    }

    /**
     * How often a link was followed: clicks, not people.
     *
     * @param link without query and fragment; empty: all beyond a day's first thousand
     */
    public record Link(String link, long person, long machine, long unknown) {
    }

    /** @param series by the point's first hour; each point is there */
    public record Result(Sums totals, Map<String, Times> times, SortedMap<Long, Sums> series,
            List<Row> rows, List<Reason> reasons, List<Link> links) {
    }

    /** Everything of one question, in one reading. */
    public Result ask(Question q) {
        return views.read(h -> {
            SortedMap<Long, Sums> series = series(h, q);
            Sums totals = new Sums();
            series.values().forEach(totals::add);
            boolean whole = q.part().isEmpty();
            return new Result(totals, whole ? times(h, q, "''").getOrDefault("", Map.of())
                    : Map.of(), series, q.by().isPresent() ? rows(h, q) : List.of(),
                    whole ? reasons(h, q) : List.of(), links(h, q, LINKS));
        });
    }

    /** The most followed by people first; of whole days that the time touches. */
    public List<Link> links(Question q, int most) {
        return views.read(h -> links(h, q, most));
    }

    /** None of a door, provider, tag or domain: a click of a link does not know them. */
    private static List<Link> links(Handle h, Question q, int most) {
        Optional<String> template = q.part().filter(p -> p.kind() == By.TEMPLATE)
                .map(Named::name);
        if (q.door().isPresent() || q.provider().isPresent()
                || q.part().isPresent() && template.isEmpty()) {
            return List.of();
        }
        Query query = h.createQuery("SELECT link, sum(CASE WHEN figure = 'clicked_person' THEN n"
                + " ELSE 0 END) AS p, sum(CASE WHEN figure = 'clicked_machine' THEN n ELSE 0 END)"
                + " AS m, sum(CASE WHEN figure = 'clicked_unknown' THEN n ELSE 0 END) AS u"
                + " FROM stats_link WHERE tenant IN (" + q.tenants().stream()
                .map(t -> Long.toString(t)).collect(Collectors.joining(", "))
                + ") AND day >= :first AND day <= :last"
                + (q.stream().isPresent() ? " AND stream = :stream" : "")
                + (template.isPresent() ? " AND template = :template" : "")
                + " GROUP BY link ORDER BY p DESC, u DESC, m DESC, link LIMIT :most")
                .bind("first", Math.floorDiv(q.from(), Tally.DAY))
                .bind("last", Math.floorDiv(q.to() - 1, Tally.DAY)).bind("most", most);
        q.stream().ifPresent(s -> query.bind("stream", s));
        template.ifPresent(t -> query.bind("template", Long.parseLong(t)));
        return query.map((r, _) -> new Link(r.getString(1), r.getLong(2), r.getLong(3),
                r.getLong(4))).list();
    }

    /** A point's numbers of one key. */
    public record Cell(long hour, String key, Sums sums) {
    }

    /** All points and keys that have numbers. */
    public List<Cell> table(Question q) {
        String key = q.by().map(Stats::key).orElse("''");
        return views.read(h -> {
            Map<List<Object>, Sums> cells = new LinkedHashMap<>();
            Source source = new Source(q, true);
            bound(h, q, "SELECT " + point(q) + " AS t, " + key + " AS k, figure, " + source.gmail
                    + " AS g, sum(n) FROM " + source.rows()
                    + " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2").map((r, _) -> {
                        cells.computeIfAbsent(List.of(r.getLong(1), r.getString(2)),
                                _ -> new Sums()).add(r.getString(3), r.getInt(4) == 1,
                                r.getLong(5));
                        return true;
                    }).list();
            return cells.entrySet().stream().map(e -> new Cell((Long) e.getKey().get(0),
                    (String) e.getKey().get(1), e.getValue())).toList();
        });
    }

    /** Where the rows are: what whole days hold is read from the rollup by days. */
    private static final class Source {
        private final String table;
        private final String gmail;
        private final boolean days;
        private final Question q;

        /** @param points whether the rows are told apart by the question's points */
        private Source(Question q, boolean points) {
            boolean apart = q.part().isPresent() || q.by().filter(By::apart).isPresent();
            this.q = q;
            this.days = !points || q.interval() == Interval.DAY;
            boolean curve = !apart && !days && q.by().isEmpty() && q.door().isEmpty()
                    && q.provider().isEmpty();
            this.table = apart ? "stats_part" : curve ? "stats_curve" : plain(q);
            this.gmail = apart ? "0" : curve ? "gmail"
                    : "CASE WHEN provider = 'gmail' THEN 1 ELSE 0 END";
        }

        /** Only what holds of each row of the question. */
        private String rows() {
            boolean apart = table.equals("stats_part");
            String more = (apart ? " AND kind = :kind" : "")
                    + (q.part().isPresent() ? " AND name = :name" : "");
            boolean domains = apart && q.part().map(Named::kind).or(q::by).orElseThrow()
                    == By.DOMAIN;
            return days && !domains ? Stats.rows(q, table, more)
                    : table + " WHERE " + place(q, ":from", ":to") + more
                            + hours(q, q.from(), q.to(), domains ? Tally.DAY : 1);
        }
    }

    /** The smallest that can tell streams and doors apart where the question does. */
    private static String plain(Question q) {
        return q.stream().isPresent() || q.door().isPresent()
                || q.by().filter(b -> b == By.STREAM || b == By.DOOR).isPresent()
                ? "stats" : "stats_why";
    }

    /** Of a table that has one by days beside it. */
    static String rows(Question q, String table, String more) {
        long first = Math.ceilDiv(q.from(), Tally.DAY) * Tally.DAY;
        long last = Math.floorDiv(q.to(), Tally.DAY) * Tally.DAY;
        if (first >= last) {
            return table + " WHERE " + place(q, ":from", ":to") + more
                    + hours(q, q.from(), q.to(), 1);
        }
        String whole = more + hours(q, first, last, Tally.DAY);
        if (first == q.from() && last == q.to()) {
            return table + "_day WHERE " + place(q, ":from", ":to") + whole;
        }
        return "(SELECT * FROM " + table + "_day WHERE " + place(q, "" + first, "" + last)
                + whole + " UNION ALL SELECT * FROM " + table + " WHERE "
                + place(q, ":from", "" + first) + more + hours(q, q.from(), first, 1)
                + " UNION ALL SELECT * FROM " + table + " WHERE " + place(q, "" + last, ":to")
                + more + hours(q, last, q.to(), 1) + ") AS a WHERE 1 = 1";
    }

    /** One name is looked up in each hour, since hours come before names in the table's order. */
    private static String hours(Question q, long from, long to, int step) {
        long count = Math.ceilDiv(to - from, step);
        return q.part().isEmpty() || count == 0 || count > HOURS_LISTED_MAX ? "" : " AND hour IN ("
                + LongStream.iterate(Math.floorDiv(from, step) * step, h -> h < to, h -> h + step)
                .mapToObj(Long::toString).collect(Collectors.joining(", ")) + ")";
    }

    /** Of the base rollup, the times and the parts alike. */
    static String place(Question q) {
        return place(q, ":from", ":to");
    }

    static String place(Question q, String from, String to) {
        return "tenant IN (" + q.tenants().stream().map(t -> Long.toString(t))
                .collect(Collectors.joining(", ")) + ") AND hour >= " + from + " AND hour < " + to
                + (q.stream().isPresent() ? " AND stream = :stream" : "")
                + (q.door().isPresent() ? " AND door = :door" : "")
                + (q.provider().isPresent() ? " AND provider = :provider" : "");
    }

    static Query bound(Handle h, Question q, String sql) {
        Query query = h.createQuery(sql);
        if (sql.contains(":from")) {
            query.bind("from", q.from());
        }
        if (sql.contains(":to")) {
            query.bind("to", q.to());
        }
        q.stream().ifPresent(s -> query.bind("stream", s));
        q.door().ifPresent(d -> query.bind("door", d));
        q.provider().ifPresent(p -> query.bind("provider", p));
        if (sql.contains(":kind")) {
            query.bind("kind", q.part().map(Named::kind).or(q::by).orElseThrow().word());
        }
        if (sql.contains(":name")) {
            query.bind("name", q.part().orElseThrow().name());
        }
        return query;
    }

    private static String point(Question q) {
        return q.interval() == Interval.HOUR ? "hour" : "hour / 24";
    }

    private static String key(By by) {
        return "CAST(" + by.column + " AS TEXT)";
    }

    private static SortedMap<Long, Sums> series(Handle h, Question q) {
        int hours = q.interval().hours();
        SortedMap<Long, Sums> all = new TreeMap<>();
        for (long at = Math.floorDiv(q.from(), hours); at * hours < q.to(); at++) {
            all.put(at * hours, new Sums());
        }
        // a breakdown by what has a rollup of its own leaves the totals where they are
        Question plain = q.part().isPresent() ? q : new Question(q.tenants(), q.from(), q.to(),
                q.interval(), Optional.empty(), q.stream(), q.door(), q.provider(), q.part());
        Source source = new Source(plain, true);
        bound(h, plain, "SELECT " + point(q) + " AS t, figure, " + source.gmail
                + " AS g, sum(n) FROM " + source.rows() + " GROUP BY 1, 2, 3").map((r, _) -> {
                    all.get(r.getLong(1) * hours).add(r.getString(2), r.getInt(3) == 1,
                            r.getLong(4));
                    return true;
                }).list();
        return all;
    }

    private static List<Row> rows(Handle h, Question q) {
        By by = q.by().orElseThrow();
        Source source = new Source(q, false);
        Map<String, Sums> all = new HashMap<>();
        bound(h, q, "SELECT " + key(by) + " AS k, figure, " + source.gmail
                + " AS g, sum(n) FROM " + source.rows()
                + (by == By.REASON ? " AND reason <> ''" : "") + " GROUP BY 1, 2, 3")
                .map((r, _) -> {
                    all.computeIfAbsent(r.getString(1), _ -> new Sums()).add(r.getString(2),
                            r.getInt(3) == 1, r.getLong(4));
                    return true;
                }).list();
        Map<String, Map<String, Times>> times = by.timed && q.part().isEmpty()
                ? times(h, q, key(by)) : Map.of();
        return all.entrySet().stream().sorted(Comparator
                .comparingLong((Map.Entry<String, Sums> e) -> -weight(e.getValue()))
                .thenComparing(Map.Entry::getKey))
                .map(e -> new Row(e.getKey(), e.getValue(),
                        times.getOrDefault(e.getKey(), Map.of()))).toList();
    }

    /** The most mail first; what was accepted earlier counts by what became of it. */
    private static long weight(Sums sums) {
        long all = 0;
        for (Figure f : Figure.ALL) {
            all = Math.max(all, sums.of(f));
        }
        return all;
    }

    /** By key, then by span. */
    private static Map<String, Map<String, Times>> times(Handle h, Question q, String key) {
        boolean apart = q.door().isPresent() || q.provider().isPresent()
                || key.equals(key(By.DOOR)) || key.equals(key(By.PROVIDER));
        record Bucket(String key, String span, int bucket, long n) {
        }
        List<Bucket> buckets = bound(h, q, "SELECT " + key + " AS k, span, bucket, sum(n)"
                + " FROM " + rows(q, apart ? "stats_time" : "stats_span", "") + " GROUP BY 1, 2, 3")
                .map((r, _) -> new Bucket(r.getString(1), r.getString(2), r.getInt(3),
                        r.getLong(4))).list();
        Map<String, Map<String, SortedMap<Integer, Long>>> sums = new TreeMap<>();
        buckets.forEach(b -> sums.computeIfAbsent(b.key(), _ -> new TreeMap<>())
                .computeIfAbsent(b.span(), _ -> new TreeMap<>()).put(b.bucket(), b.n()));
        Map<String, Map<String, Times>> all = new TreeMap<>();
        sums.forEach((k, spans) -> spans.forEach((span, counts) -> all.computeIfAbsent(k,
                _ -> new TreeMap<>()).put(span, new Times(
                        counts.values().stream().mapToLong(n -> n).sum(),
                        Spans.within(counts, 0.5), Spans.within(counts, 0.95),
                        Spans.within(counts, 0.99)))));
        return all;
    }

    /** The most frequent, with servers' words of the days that the time touches, of all streams. */
    private static List<Reason> reasons(Handle h, Question q) {
        List<Reason> top = bound(h, q, "SELECT figure, reason, sum(n) AS c FROM "
                + rows(q, plain(q), "") + " AND reason <> '' GROUP BY figure, reason"
                + " ORDER BY c DESC, figure, reason LIMIT " + REASONS)
                .map((r, _) -> new Reason(r.getString(1), r.getString(2), r.getLong(3),
                        List.of())).list();
        record Gist(String figure, String reason, String provider, String gist) {
        }
        Map<Gist, Said> said = new LinkedHashMap<>();
        Query query = h.createQuery("SELECT figure, reason, provider, gist, code, enhanced, said,"
                + " host, message, n FROM stats_reply WHERE tenant IN (" + q.tenants().stream()
                .map(t -> Long.toString(t)).collect(Collectors.joining(", ")) + ")"
                + " AND day >= :first AND day <= :last"
                + (q.provider().isPresent() ? " AND provider = :provider" : "")
                + " ORDER BY day DESC, provider, gist")
                .bind("first", Math.floorDiv(q.from(), Tally.DAY))
                .bind("last", Math.floorDiv(q.to() - 1, Tally.DAY));
        q.provider().ifPresent(p -> query.bind("provider", p));
        query.map((r, _) -> said.merge(new Gist(r.getString(1), r.getString(2), r.getString(3),
                r.getString(4)), new Said(r.getString(3), r.getInt(5), r.getString(6),
                r.getString(7), r.getString(8), r.getLong(9), r.getLong(10)), Stats::both))
                .list();
        List<Reason> full = new ArrayList<>();
        for (Reason reason : top) {
            full.add(new Reason(reason.figure(), reason.reason(), reason.count(),
                    said.entrySet().stream().filter(e -> e.getKey().figure()
                            .equals(reason.figure()) && e.getKey().reason()
                            .equals(reason.reason())).map(Map.Entry::getValue)
                            .sorted(Comparator.comparingLong(s -> -s.count()))
                            .limit(REPLIES).toList()));
        }
        return full;
    }

    /** The newest one's words. */
    static Said both(Said newer, Said older) {
        return new Said(newer.provider(), newer.code(), newer.enhanced(), newer.text(),
                newer.host(), newer.message(), newer.count() + older.count());
    }

    /** Hours since 1970. */
    public static long hour(Instant at) {
        return VolumeFold.hour(at);
    }

    /** The first instant of an hour. */
    public static Instant time(long hour) {
        return Instant.ofEpochSecond(hour * HOUR.toSeconds());
    }
}
