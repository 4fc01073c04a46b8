package dev.mailmill.analytics;

import dev.mailmill.analytics.Stats.By;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.analytics.Stats.Said;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.Query;

/**
 * Who did not take mail, and why: the statistics by provider, figure and reason at once, and the
 * servers' own words for one of them. Sums of rows, as {@link Stats} has them.
 */
public final class Refusals {
    private static final int WORDS_MAX = 20;
    private static final int SHARES_MAX = 10;

    private static final Set<Figure> ATTEMPTS = Set.of(Figure.DELIVERED, Figure.RELAYED,
            Figure.BOUNCED, Figure.DEFERRED, Figure.AMBIGUOUS);

    private final Database views;

    /** @param views the folds' database */
    public Refusals(Database views) {
        this.views = views;
    }

    /**
     * One number.
     *
     * @param at     the point that it belongs to, from 0
     * @param reason may be empty
     */
    public record Cell(int at, String provider, String figure, String reason, long n) {
        /** Whether no server was asked: a rule of ours has put it off. */
        public boolean withheld() {
            return reason.equals(Why.WITHHELD);
        }

        /** Whether each is an attempt at a server, whatever came of it. */
        public boolean attempt() {
            return !withheld() && Figure.of(figure).filter(ATTEMPTS::contains).isPresent();
        }
    }

    /**
     * All numbers of a time.
     *
     * @param from   the first hour, since 1970
     * @param step   hours of a point
     * @param points how many there are, also without numbers
     */
    public record Picture(long from, int step, int points, List<Cell> cells) {
        public Picture {
            cells = List.copyOf(cells);
        }

        public Sums sums(Predicate<Cell> which) {
            return added(cells.stream().filter(which).toList());
        }

        public long count(Predicate<Cell> which) {
            return cells.stream().filter(which).mapToLong(Cell::n).sum();
        }

        /** By point. */
        public List<Sums> course() {
            List<List<Cell>> by = new ArrayList<>();
            for (int i = 0; i < points; i++) {
                by.add(new ArrayList<>());
            }
            cells.forEach(c -> by.get(c.at()).add(c));
            return by.stream().map(Picture::added).toList();
        }

        /** By point. */
        public long[] course(Predicate<Cell> which) {
            long[] all = new long[points];
            cells.stream().filter(which).forEach(c -> all[c.at()] += c.n());
            return all;
        }

        private static Sums added(List<Cell> cells) {
            Sums sums = new Sums();
            cells.forEach(c -> sums.add(c.figure(), c.provider().equals("gmail"), c.n()));
            return sums;
        }
    }

    /**
     * @param q    its {@code by} and {@code interval} do not matter
     * @param step hours of a point
     */
    public Picture of(Question q, int step) {
        return views.read(h -> picture(q, step, Stats.bound(h, q, numbers(q, step,
                "provider, figure, reason"))
                .map((r, _) -> new Cell(r.getInt(1), r.getString(2), r.getString(3),
                        r.getString(4), r.getLong(5))).list()));
    }

    /**
     * The same for one reason: all others are one, and all providers but Gmail, whose complaints
     * nobody tells. A tenth of the rows.
     */
    private Picture around(Question q, int step, String reason) {
        return views.read(h -> picture(q, step, Stats.bound(h, q, numbers(q, step,
                "CASE WHEN provider = 'gmail' THEN 1 ELSE 0 END, figure, CASE WHEN reason ="
                + " :reason THEN 2 WHEN reason = '" + Why.WITHHELD + "' THEN 1 ELSE 0 END"))
                .bind("reason", reason)
                .map((r, _) -> new Cell(r.getInt(1), r.getInt(2) == 1 ? "gmail" : "",
                        r.getString(3), switch (r.getInt(4)) {
                            case 2 -> reason;
                            case 1 -> Why.WITHHELD;
                            default -> "others";
                        }, r.getLong(5))).list()));
    }

    private static Picture picture(Question q, int step, List<Cell> cells) {
        return new Picture(q.from(), step, points(q, step), cells);
    }

    private static int points(Question q, int step) {
        return Math.toIntExact(Math.ceilDiv(q.to() - q.from(), step));
    }

    /** @param what three columns that are told apart */
    private static String numbers(Question q, int step, String what) {
        if (q.part().isPresent()) {
            throw new IllegalArgumentException("parts know no reasons");
        }
        int points = points(q, step);
        boolean days = q.from() % Tally.DAY == 0 && q.to() % Tally.DAY == 0
                && step % Tally.DAY == 0;
        String table = q.stream().isEmpty() && q.door().isEmpty() ? "stats_why" : "stats";
        String rows = points == 1 ? Stats.rows(q, table, "")
                : table + (days ? "_day" : "") + " WHERE " + Stats.place(q);
        String point = points == 1 ? "0" : "(hour - :from) / " + step;
        return "SELECT " + point + " AS point, " + what + ", sum(n) FROM " + rows
                + " GROUP BY 1, 2, 3, 4";
    }

    /**
     * What servers said, of the days that the time touches, of all streams and doors; the most
     * frequent first.
     */
    public List<Said> said(Question q, Figure figure, String reason) {
        record Gist(String provider, String gist) {
        }
        return views.read(h -> {
            Query query = h.createQuery("SELECT provider, gist, code, enhanced, said, host,"
                    + " message, n FROM stats_reply WHERE tenant IN (" + q.tenants().stream()
                    .map(t -> Long.toString(t)).collect(Collectors.joining(", ")) + ")"
                    + " AND day >= :first AND day <= :last AND figure = :figure"
                    + " AND reason = :reason"
                    + (q.provider().isPresent() ? " AND provider = :provider" : "")
                    + " ORDER BY day DESC, provider, gist")
                    .bind("first", Math.floorDiv(q.from(), Tally.DAY))
                    .bind("last", Math.floorDiv(q.to() - 1, Tally.DAY))
                    .bind("figure", figure.word()).bind("reason", reason);
            q.provider().ifPresent(p -> query.bind("provider", p));
            Map<Gist, Said> all = new LinkedHashMap<>();
            query.map((r, _) -> all.merge(new Gist(r.getString(1), r.getString(2)),
                    new Said(r.getString(1), r.getInt(3), r.getString(4), r.getString(5),
                            r.getString(6), r.getLong(7), r.getLong(8)), Stats::both)).list();
            return all.values().stream().sorted(Comparator.comparingLong(s -> -s.count()))
                    .limit(WORDS_MAX).toList();
        });
    }

    /** @param key of a stream its number, of a template too */
    public record Share(String key, long n) {
    }

    /**
     * All about one reason.
     *
     * @param picture of this one, and of all others together: what it is a share of
     * @param shares  by stream, door, template and domain
     */
    public record Told(Picture picture, List<Said> said, Map<By, List<Share>> shares) {
        public Told {
            said = List.copyOf(said);
            shares = Map.copyOf(shares);
        }
    }

    /** The picture takes as long as all else, so both are read at once. */
    public Told told(Question q, int step, Figure figure, String reason) {
        FutureTask<Picture> picture = new FutureTask<>(() -> around(q, step, reason));
        Thread.ofVirtual().name("refusals").start(picture);
        List<Said> said = said(q, figure, reason);
        Map<By, List<Share>> shares = new EnumMap<>(places(q, figure, reason));
        for (By by : List.of(By.TEMPLATE, By.DOMAIN)) {
            shares.put(by, shares(q, by, figure, reason));
        }
        try {
            return new Told(picture.get(), said, shares);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException r ? r
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.DOWN, "no time is left", e);
        }
    }

    /** Whose mail one figure was for a reason, by stream and by door, the most first. */
    public Map<By, List<Share>> places(Question q, Figure figure, String reason) {
        Map<String, Long> streams = new HashMap<>();
        Map<String, Long> doors = new HashMap<>();
        views.read(h -> Stats.bound(h, q, "SELECT CAST(stream AS TEXT), door, sum(n) FROM "
                + Stats.rows(q, "stats", "") + " AND figure = :figure AND reason = :reason"
                + " GROUP BY 1, 2").bind("figure", figure.word()).bind("reason", reason)
                .map((r, _) -> {
                    streams.merge(r.getString(1), r.getLong(3), Long::sum);
                    return doors.merge(r.getString(2), r.getLong(3), Long::sum);
                }).list());
        return Map.of(By.STREAM, most(streams), By.DOOR, most(doors));
    }

    private static List<Share> most(Map<String, Long> all) {
        return all.entrySet().stream().map(e -> new Share(e.getKey(), e.getValue()))
                .sorted(Comparator.comparingLong((Share s) -> -s.n()).thenComparing(Share::key))
                .limit(SHARES_MAX).toList();
    }

    /**
     * Whose mail one figure was, by template or domain, the most first. Templates know no reason
     * and no provider: there it is the figure's whole number. Domains are of the days that the
     * time touches.
     */
    public List<Share> shares(Question q, By by, Figure figure, String reason) {
        boolean whole = by == By.TEMPLATE;
        Question plain = !whole ? days(q) : new Question(q.tenants(), q.from(), q.to(),
                q.interval(), Optional.of(by), q.stream(), Optional.empty(), Optional.empty(),
                Optional.empty());
        String rows = whole ? Stats.rows(plain, "stats_part", "") + " AND kind = :kind"
                : "stats_whose WHERE " + Stats.place(plain) + " AND reason = :reason";
        return views.read(h -> {
            Query query = Stats.bound(h, plain, "SELECT name, sum(n) AS c FROM " + rows
                    + " AND figure = :figure AND name <> '' GROUP BY 1 ORDER BY c DESC, 1 LIMIT "
                    + SHARES_MAX).bind("figure", figure.word());
            if (!whole) {
                query.bind("reason", reason);
            }
            return query.map((r, _) -> new Share(r.getString(1), r.getLong(2))).list();
        });
    }

    /** Whole days: a row's hour is its day's first. */
    private static Question days(Question q) {
        return new Question(q.tenants(), Math.floorDiv(q.from(), Tally.DAY) * Tally.DAY, q.to(),
                q.interval(), q.by(), q.stream(), q.door(), q.provider(), Optional.empty());
    }
}
