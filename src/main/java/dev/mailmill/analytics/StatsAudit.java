package dev.mailmill.analytics;

import dev.mailmill.analytics.Tally.Cell;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;

/**
 * Counts hours again from the journal and compares: what the statistics say has to be what
 * happened. It looks at facts up to where the fold was when its rows were read, so that what is
 * still to be folded is no drift.
 */
public final class StatsAudit {
    /** One audit of somebody's asking at once: each reads a day of facts. */
    private static final int AT_ONCE = 1;
    private static final int PAGE = 4_000;
    private static final int SHOWN_MAX = 100;
    /** Beside the reason of a number in another rollup. */
    private static final String DAY = " (day)";
    private static final String WHY = " (why)";
    private static final String CURVE = "(curve)";
    private static final String GMAIL = MailboxProvider.GMAIL.word();
    /** A fact may lie a little behind later ones. */
    private static final Duration SLACK = Duration.ofMinutes(10);

    private final Journal journal;
    private final Database views;
    private final Mailboxes mailboxes;
    private final Semaphore turn = new Semaphore(AT_ONCE);

    /** @param simulated whether mail to a recipient's domain never leaves the house */
    public StatsAudit(Journal journal, Database views, Predicate<String> simulated) {
        this.journal = journal;
        this.views = views;
        this.mailboxes = new Mailboxes(simulated);
    }

    /** A number that differs. */
    record Difference(Cell cell, long counted, long recounted) {
    }

    /**
     * @param facts       that were counted again
     * @param drift       by how much all numbers differ together; 0 is right
     * @param differences the first of them
     * @param gone        its facts were dropped, being too old: nobody can tell any more
     * @param next        where an audit of later hours may begin to read
     */
    record Finding(long from, long to, long facts, long drift, List<Difference> differences,
            Position next, boolean gone) {
    }

    /** Somebody else asks for one already. */
    static final class Busy extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** Of whole hours; reads all facts of their days before them. */
    Finding of(long from, long to) throws Busy {
        if (!turn.tryAcquire()) {
            throw new Busy();
        }
        try {
            return of(from, to, start(from), () -> true);
        } finally {
            turn.release();
        }
    }

    /** Before the first fact of an hour. */
    static Position start(long hour) {
        return new Position((int) Math.floorDiv(hour, Tally.DAY), 0, 0);
    }

    /** @param cells of all rollups; a mark beside the reason tells them apart */
    private record Rows(Position upTo, Position judged, Map<Cell, Long> cells) {
    }

    /** @param goOn asked after each page; false ends it with what was read */
    Finding of(long from, long to, Position begin, BooleanSupplier goOn) {
        Rows rows = views.read(h -> {
            Map<Cell, Long> cells = cells(h, from, to);
            cells.putAll(curve(h, from, to));
            cells.putAll(days(h, from, to));
            cells.putAll(why(h, "stats_why", WHY, from, to));
            cells.putAll(why(h, "stats_why_day", WHY + DAY, wholeFrom(from), wholeTo(to)));
            return new Rows(cursor(h, StatsFold.NAME), cursor(h, VerdictFold.NAME),
                    cells);
        });
        if (gone(from, rows.cells())) {
            return new Finding(from, to, 0, 0, List.of(), begin, true);
        }
        Instant end = Stats.time(to).plus(SLACK);
        Instant early = Stats.time(to).minus(SLACK);
        Map<Cell, Long> again = new TreeMap<>();
        long facts = 0;
        Position at = begin;
        Position next = begin;
        boolean more = true;
        while (more && goOn.getAsBoolean()) {
            Journal.Page page = journal.read(0, at, PAGE);
            List<Journal.Entry> inside = new ArrayList<>();
            for (Journal.Entry e : page.entries()) {
                long hour = Stats.hour(e.at());
                if (e.position().compareTo(rows.upTo()) <= 0 && hour >= from && hour < to) {
                    inside.add(e);
                }
            }
            Tally.cells(new Passage(journal, inside, page.next()), mailboxes)
                    .forEach((c, n) -> again.merge(c, n, Long::sum));
            facts += inside.size();
            at = page.next();
            if (page.entries().stream().allMatch(e -> e.at().isBefore(early))) {
                next = at;
            }
            more = !page.entries().isEmpty() && at.compareTo(rows.upTo()) < 0
                    && page.entries().stream().anyMatch(e -> e.at().isBefore(end));
        }
        facts += verdicts(from, to, begin, rows.judged(), again, goOn);
        return compared(from, to, facts, rows.cells(), everywhere(again, from, to),
                next);
    }

    /** Facts leave by whole days; numbers stay. */
    private boolean gone(long from, Map<Cell, Long> cells) {
        List<Journal.Entry> oldest = journal.read(0, Position.START, 1).entries();
        return !cells.isEmpty() && (oldest.isEmpty()
                || oldest.getFirst().position().day() > Math.floorDiv(from, Tally.DAY));
    }

    /** They come later than what they are of, and lie in an index of their own. */
    private long verdicts(long from, long to, Position begin, Position upTo,
            Map<Cell, Long> again, BooleanSupplier goOn) {
        Instant end = Stats.time(to).plus(VerdictFold.LATE).plus(SLACK);
        long facts = 0;
        Position at = begin;
        boolean more = true;
        while (more && goOn.getAsBoolean()) {
            Journal.Page page = journal.callers(at, PAGE);
            List<Journal.Entry> inside = page.entries().stream()
                    .filter(e -> e.position().compareTo(upTo) <= 0
                            && e.fact() instanceof Fact.Verdict f
                            && VerdictFold.hour(e, f) >= from && VerdictFold.hour(e, f) < to)
                    .toList();
            VerdictFold.cells(mailboxes, new Passage(journal, inside, page.next()))
                    .forEach((c, n) -> again.merge(c, n, Long::sum));
            facts += inside.size();
            at = page.next();
            more = !page.entries().isEmpty() && at.compareTo(upTo) < 0
                    && page.entries().stream().anyMatch(e -> e.at().isBefore(end));
        }
        return facts;
    }

    private static Finding compared(long from, long to, long facts, Map<Cell, Long> counted,
            Map<Cell, Long> again, Position next) {
        TreeSet<Cell> all = new TreeSet<>(counted.keySet());
        all.addAll(again.keySet());
        long drift = 0;
        List<Difference> differences = new ArrayList<>();
        for (Cell cell : all) {
            long was = counted.getOrDefault(cell, 0L);
            long is = again.getOrDefault(cell, 0L);
            drift += Math.abs(was - is);
            if (was != is && differences.size() < SHOWN_MAX) {
                differences.add(new Difference(cell, was, is));
            }
        }
        return new Finding(from, to, facts, drift, differences, next, false);
    }

    private static Position cursor(Handle h, String fold) {
        return h.createQuery("SELECT position FROM cursor WHERE name = :name")
                .bind("name", fold).mapTo(String.class).findOne()
                .map(Position::parse).orElse(Position.START);
    }

    private static Map<Cell, Long> curve(Handle h, long from, long to) {
        return summed(h, "SELECT tenant, hour, stream, '', CASE gmail WHEN 1 THEN 'gmail' ELSE ''"
                + " END, figure, '" + CURVE + "', n FROM stats_curve WHERE hour >= :from"
                + " AND hour < :to", from, to);
    }

    /** Of the days that lie in it as a whole. */
    private static Map<Cell, Long> days(Handle h, long from, long to) {
        return summed(h, "SELECT tenant, hour, stream, door, provider, figure, reason || '" + DAY
                + "', n FROM stats_day WHERE hour >= :from AND hour < :to", wholeFrom(from),
                wholeTo(to));
    }

    private static Map<Cell, Long> why(Handle h, String table, String mark, long from, long to) {
        return summed(h, "SELECT tenant, hour, 0, '', provider, figure, reason || '" + mark
                + "', n FROM " + table + " WHERE hour >= :from AND hour < :to", from, to);
    }

    /** Of all streams and doors. */
    private static Cell why(Cell c, String mark) {
        return new Cell(c.tenant(), c.hour(), 0, "", c.provider(), c.figure(),
                c.reason() + mark);
    }

    private static long wholeFrom(long hour) {
        return Math.ceilDiv(hour, Tally.DAY) * Tally.DAY;
    }

    private static long wholeTo(long hour) {
        return Math.floorDiv(hour, Tally.DAY) * Tally.DAY;
    }

    /** With what the other rollups should have of the same. */
    private static Map<Cell, Long> everywhere(Map<Cell, Long> cells, long from, long to) {
        Map<Cell, Long> all = new TreeMap<>(cells);
        cells.forEach((c, n) -> {
            all.merge(new Cell(c.tenant(), c.hour(), c.stream(), "",
                    c.provider().equals(GMAIL) ? GMAIL : "", c.figure(), CURVE), n, Long::sum);
            all.merge(why(c, WHY), n, Long::sum);
            if (c.hour() >= wholeFrom(from) && c.hour() < wholeTo(to)) {
                Cell day = c.ofDay();
                all.merge(new Cell(day.tenant(), day.hour(), day.stream(), day.door(),
                        day.provider(), day.figure(), day.reason() + DAY), n, Long::sum);
                all.merge(why(day, WHY + DAY), n, Long::sum);
            }
        });
        return all;
    }

    /** Of all tenants. */
    private static Map<Cell, Long> cells(Handle h, long from, long to) {
        return summed(h, "SELECT tenant, hour, stream, door, provider, figure, reason, n FROM stats"
                + " WHERE hour >= :from AND hour < :to", from, to);
    }

    private static Map<Cell, Long> summed(Handle h, String sql, long from, long to) {
        Map<Cell, Long> all = new TreeMap<>();
        h.createQuery(sql).bind("from", from).bind("to", to)
                .map((r, _) -> all.put(new Cell(r.getLong(1), r.getLong(2), r.getLong(3),
                        r.getString(4), r.getString(5), r.getString(6), r.getString(7)),
                        r.getLong(8))).list();
        return all;
    }
}
