package dev.mailmill.analytics;

import dev.mailmill.analytics.Tally.Cell;
import dev.mailmill.analytics.Tally.Part;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import dev.mailmill.verdict.Judge;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * Verdicts to the statistics. Each is judged again by the evidence that it has, by the judge of
 * now; when that one is better than the last, what was counted before is counted anew.
 */
final class VerdictFold implements Fold {
    static final String NAME = "verdicts";
    private static final String VERSION = "verdicts-version";
    private static final String FROM = "verdicts-from";
    /** Its names in the table of names, beside those of {@link StatsFold}. */
    private static final String OURS = "by-";
    private static final String LINK = "link";
    /** What was judged later than this counts when it was judged: an audit must come to an end. */
    static final Duration LATE = Duration.ofDays(1);
    private static final String ADD_LINK = StatsFold.upsert("stats_link",
            "tenant, day, stream, template, link, figure");
    /** Ours alone, in the tables that are shared. */
    private static final String FIGURES = Stream.of(Figure.OPENED_PERSON, Figure.OPENED_MACHINE,
            Figure.OPENED_UNKNOWN, Figure.CLICKED_PERSON, Figure.CLICKED_MACHINE,
            Figure.CLICKED_UNKNOWN).map(f -> "'" + f.word() + "'")
            .collect(Collectors.joining(", "));

    private final Mailboxes mailboxes;

    VerdictFold(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
    }

    /** Where a number of a link stands. */
    private record Link(long tenant, long day, long stream, long template, String link,
            String figure) {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Journal.Kind kind() {
        return Journal.Kind.VERDICTS;
    }

    /**
     * Begins anew, as far back as the journal goes, where another judge has counted. What is of
     * before stays as it was counted, also where its verdict lies in the journal still.
     */
    static void renew(Journal journal, Database views) {
        Optional<Journal.Entry> first = journal.read(0, Position.START, 1).entries().stream()
                .findFirst();
        // its table's first: where the journal ends, whatever the clock said when it was written
        long hour = first.map(e -> (long) e.position().day() * Tally.DAY).orElse(0L);
        views.write(h -> {
            // of two nodes that start together one waits here for the other, and does nothing
            boolean other = put(h, VERSION, Judge.VERSION, " WHERE cursor.position <> :value") == 1;
            if (other) {
                renew(h, hour);
            }
            return other;
        });
    }

    private static int put(Handle h, String name, long value, String where) {
        return h.createUpdate("INSERT INTO cursor (name, position) VALUES (:name, :value)"
                + " ON CONFLICT (name) DO UPDATE SET position = excluded.position" + where)
                .bind("name", name).bind("value", Long.toString(value)).execute();
    }

    private static void renew(Handle h, long hour) {
        // first, so that no step is under way
        h.createUpdate("DELETE FROM cursor WHERE name = :name").bind("name", NAME).execute();
        put(h, FROM, hour, "");
        List<String> all = new ArrayList<>(List.of("DELETE FROM stats_link WHERE day * 24 >= :hour",
                "DELETE FROM stats_name WHERE kind LIKE '" + OURS + "%' AND day * 24 >= :hour"));
        for (String table : List.of("stats", "stats_day", "stats_curve", "stats_why",
                "stats_why_day", "stats_part", "stats_part_day")) {
            all.add("DELETE FROM " + table + " WHERE hour >= :hour AND figure IN (" + FIGURES
                    + ")");
        }
        for (String sql : all) {
            h.createUpdate(sql).bind("hour", hour).execute();
        }
    }

    /** From which hour on we count. */
    private static long from(Connection c) throws SQLException {
        long from = 0;
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT name, position"
                + " FROM cursor WHERE name IN ('" + VERSION + "', '" + FROM + "')")) {
            while (r.next()) {
                if (r.getString(1).equals(FROM)) {
                    from = Long.parseLong(r.getString(2));
                } else if (Integer.parseInt(r.getString(2)) != Judge.VERSION) {
                    throw new StoreException(StoreException.Kind.BUSY, "another node counts, whose"
                            + " judge has version " + r.getString(2) + "; this one's has "
                            + Judge.VERSION, null);
                }
            }
        }
        return from;
    }

    @Override
    public Work prepare(Passage passage) {
        Counted counted = count(mailboxes, passage);
        return (c, _) -> {
            long from = from(c);
            counted.cells.keySet().removeIf(cell -> cell.hour() < from);
            counted.parts.keySet().removeIf(part -> part.hour() < from);
            counted.links.keySet().removeIf(link -> link.day() * Tally.DAY < from);
            StatsFold.rollups(c, counted.cells);
            StatsFold.parts(c, OURS, counted.parts);
            links(c, counted.links);
        };
    }

    /** What a page adds. Pure, but for what the journal says of the same deliveries before. */
    private static final class Counted {
        private final Map<Cell, Long> cells = new TreeMap<>();
        private final Map<Part, Long> parts = new LinkedHashMap<>();
        private final Map<Link, Long> links = new LinkedHashMap<>();
    }

    static Map<Cell, Long> cells(Mailboxes mailboxes, Passage passage) {
        return count(mailboxes, passage).cells;
    }

    /** @param passage of verdicts only */
    private static Counted count(Mailboxes mailboxes, Passage passage) {
        Set<String> first = first(passage);
        Counted all = new Counted();
        for (Journal.Entry e : passage.entries()) {
            Fact.Verdict f = (Fact.Verdict) e.fact();
            Optional<Journal.Outline> outline = Optional.ofNullable(
                    passage.outlines().get(Passage.copy(e)));
            Figure figure = figure(f);
            long hour = hour(e, f);
            if (f.click()) {
                all.links.merge(new Link(e.tenant(), Math.floorDiv(hour, Tally.DAY), e.stream(),
                        outline.map(Journal.Outline::template).orElse(0L), f.link(),
                        figure.word()), 1L, Long::sum);
            }
            if (f.individual() ? !first.contains(f.of()) : f.again()) {
                continue;
            }
            // of a message with several recipients nobody knows whose mailbox it was
            String provider = f.individual() ? mailboxes.at(outline
                    .map(Journal.Outline::domain).orElse("")) : "";
            Cell cell = new Cell(e.tenant(), hour, e.stream(),
                    outline.map(o -> o.door().word()).orElse(""), provider, figure.word(), "");
            all.cells.merge(cell, 1L, Long::sum);
            outline.ifPresent(o -> {
                if (f.individual()) {
                    Tally.parts(all.parts, cell, o);
                } else {
                    Tally.named(all.parts, cell, o);
                }
            });
        }
        return all;
    }

    static long hour(Journal.Entry e, Fact.Verdict f) {
        return Stats.hour(f.at().plus(LATE).isBefore(e.at()) ? e.at() : f.at());
    }

    private static Figure figure(Fact.Verdict f) {
        return switch (Judge.of(f).by()) {
            case PERSON -> f.click() ? Figure.CLICKED_PERSON : Figure.OPENED_PERSON;
            case MACHINE -> f.click() ? Figure.CLICKED_MACHINE : Figure.OPENED_MACHINE;
            case UNKNOWN -> f.click() ? Figure.CLICKED_UNKNOWN : Figure.OPENED_UNKNOWN;
        };
    }

    /** Of each recipient and figure the first verdict, by the opening or click that it is of. */
    private static Set<String> first(Passage passage) {
        record Once(long delivery, Figure figure) {
        }
        Map<Once, String> first = new HashMap<>();
        for (Journal.Entry e : passage.verdicts()) {
            Fact.Verdict f = (Fact.Verdict) e.fact();
            first.putIfAbsent(new Once(e.delivery(), figure(f)), f.of());
        }
        return new HashSet<>(first.values());
    }

    /** How often it was followed, not by how many. A day's are bounded, as names are. */
    private static void links(Connection c, Map<Link, Long> links) throws SQLException {
        Map<List<Long>, Set<String>> known = new HashMap<>();
        Map<Link, Long> named = new LinkedHashMap<>();
        for (Map.Entry<Link, Long> e : links.entrySet()) {
            Link link = e.getKey();
            List<Long> shelf = Arrays.asList(link.tenant(), link.day());
            Set<String> names = known.get(shelf);
            if (names == null) {
                names = StatsFold.names(c, link.tenant(), OURS + LINK, link.day());
                known.put(shelf, names);
            }
            if (!names.contains(link.link()) && names.size() < StatsFold.NAMES_MAX) {
                names.add(link.link());
                StatsFold.remember(c, link.tenant(), OURS + LINK, link.day(), link.link());
            }
            named.merge(names.contains(link.link()) ? link : new Link(link.tenant(), link.day(),
                    link.stream(), link.template(), "", link.figure()), e.getValue(), Long::sum);
        }
        if (named.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(ADD_LINK)) {
            for (Map.Entry<Link, Long> e : named.entrySet()) {
                s.setLong(1, e.getKey().tenant());
                s.setLong(2, e.getKey().day());
                s.setLong(3, e.getKey().stream());
                s.setLong(4, e.getKey().template());
                s.setString(5, e.getKey().link());
                s.setString(6, e.getKey().figure());
                s.setLong(7, e.getValue());
                s.addBatch();
            }
            s.executeBatch();
        }
    }
}
