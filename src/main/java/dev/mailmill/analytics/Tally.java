package dev.mailmill.analytics;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What facts add to the statistics, whatever was counted before. Pure: the same facts give the
 * same, in however many pages they come.
 */
final class Tally {
    static final String TEMPLATE = "template";
    static final String TAG = "tag";
    static final String DOMAIN = "domain";
    static final int DAY = 24;

    /** Where a number of the base rollup stands. */
    record Cell(long tenant, long hour, long stream, String door, String provider, String figure,
            String reason) implements Comparable<Cell> {
        /** The same, of its whole day. */
        Cell ofDay() {
            return new Cell(tenant, Math.floorDiv(hour, DAY) * DAY, stream, door, provider, figure,
                    reason);
        }

        @Override
        public int compareTo(Cell o) {
            int by = Long.compare(tenant, o.tenant);
            by = by == 0 ? Long.compare(hour, o.hour) : by;
            by = by == 0 ? Long.compare(stream, o.stream) : by;
            by = by == 0 ? door.compareTo(o.door) : by;
            by = by == 0 ? provider.compareTo(o.provider) : by;
            by = by == 0 ? figure.compareTo(o.figure) : by;
            return by == 0 ? reason.compareTo(o.reason) : by;
        }
    }

    /** Where a number of a template, tag or domain stands. */
    record Part(long tenant, String kind, long hour, String name, long stream, String figure) {
        long day() {
            return Math.floorDiv(hour, DAY);
        }

        Part ofDay() {
            return new Part(tenant, kind, day() * DAY, name, stream, figure);
        }

        Part renamed(String other) {
            return new Part(tenant, kind, hour, other, stream, figure);
        }
    }

    /** A recipient's domain that met a reason. @param cell of a day */
    record Whose(Cell cell, String name) {
    }

    /** What replies of one sort are gathered under. */
    record Sort(long tenant, long day, String provider, String figure, String reason) {
    }

    /** Replies that say the same. @param message the first that met it */
    record Words(Reply reply, long message, long n) {
        private Words and(Words later) {
            return new Words(reply, message, n + later.n);
        }
    }

    /**
     * Something that may have been a delivery's first attempt, or its end.
     *
     * @param attempt whether one was made
     * @param open    whether more can come
     * @param cell    whose hour, stream, door and provider count
     */
    record Step(long delivery, boolean attempt, boolean open, Cell cell, int bucket) {
    }

    /** What the facts of a page do not say. */
    private record Known(Map<Long, Journal.Outline> outlines, Set<Long> relayed) {
        static Known of(Passage passage) {
            return new Known(passage.outlines(), passage.relayed(Known::mayHaveBeenRelayed));
        }

        /** Who hears it of others has no line of its own. */
        private static boolean mayHaveBeenRelayed(Journal.Entry e) {
            return switch (e.fact()) {
                case Fact.Delivered f -> f.reply().line().tls().isEmpty();
                case Fact.Bounced f -> !f.late() && f.reply().line().tls().isEmpty();
                case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                        Fact.Deferred _, Fact.Relayed _, Fact.Captured _, Fact.Expired _,
                        Fact.Cancelled _, Fact.Failed _, Fact.Ambiguous _, Fact.Complained _,
                        Fact.Unsubscribed _, Fact.Received _, Fact.Opened _,
                        Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ -> false;
            };
        }

        private Optional<Journal.Outline> outline(Journal.Entry e) {
            return Optional.ofNullable(outlines.get(e.delivery()));
        }

        private Optional<Figure> figure(Journal.Entry e) {
            return Figure.of(e.fact(), mayHaveBeenRelayed(e) && relayed.contains(e.delivery()));
        }
    }

    final Map<Cell, Long> cells = new TreeMap<>();
    /** In the order in which they came up: a day's names are bounded. */
    final Map<Part, Long> parts = new LinkedHashMap<>();
    /** In the same order. */
    final Map<Whose, Long> whose = new LinkedHashMap<>();
    final Map<Sort, Map<String, Words>> words = new LinkedHashMap<>();
    final List<Step> steps = new ArrayList<>();
    /** Of deliveries that were taken, by their cell's place and bucket. */
    final Map<Cell, Map<Integer, Long>> taken = new TreeMap<>();

    private final Mailboxes mailboxes;

    private Tally(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
    }

    static Tally of(Passage passage, Mailboxes mailboxes) {
        Tally all = new Tally(mailboxes);
        Known known = Known.of(passage);
        passage.entries().forEach(e -> all.add(e, known));
        return all;
    }

    /** The base rollup only. */
    static Map<Cell, Long> cells(Passage passage, Mailboxes mailboxes) {
        Map<Cell, Long> cells = new TreeMap<>();
        Tally places = new Tally(mailboxes);
        Known known = Known.of(passage);
        for (Journal.Entry e : passage.entries()) {
            Optional<Journal.Outline> outline = known.outline(e);
            known.figure(e).map(f -> places.cell(e, f, outline)).ifPresent(cell -> {
                cells.merge(cell, 1L, Long::sum);
                tracked(cell, outline).ifPresent(c -> cells.merge(c, 1L, Long::sum));
            });
        }
        return cells;
    }

    private void add(Journal.Entry e, Known known) {
        Optional<Figure> figure = known.figure(e);
        if (figure.isEmpty()) {
            return;
        }
        Optional<Journal.Outline> outline = known.outline(e);
        Cell cell = cell(e, figure.get(), outline);
        cells.merge(cell, 1L, Long::sum);
        outline.ifPresent(o -> parts(parts, cell, o));
        outline.filter(o -> !cell.reason().isEmpty() && !o.domain().isEmpty())
                .ifPresent(o -> whose.merge(new Whose(cell.ofDay(), name(o)), 1L, Long::sum));
        tracked(cell, outline).ifPresent(c -> {
            cells.merge(c, 1L, Long::sum);
            parts(parts, c, outline.get());
        });
        if (figure.get().spoken() && !cell.reason().equals(Why.WITHHELD)) {
            e.fact().said().ifPresent(r -> words(e, cell, r));
        }
        // what was relayed had its attempt then
        if (figure.get() != Figure.CONFIRMED && figure.get() != Figure.BOUNCED_LATE) {
            steps(e, cell, outline.map(Journal.Outline::begins));
        }
    }

    /** Of what was taken, a second number: that of which openings and clicks can be known. */
    private static Optional<Cell> tracked(Cell cell, Optional<Journal.Outline> outline) {
        boolean taken = cell.figure().equals(Figure.DELIVERED.word())
                || cell.figure().equals(Figure.RELAYED.word());
        return outline.filter(o -> taken && o.tracked()).map(_ -> place(cell,
                Figure.TRACKED.word()));
    }

    private Cell cell(Journal.Entry e, Figure figure, Optional<Journal.Outline> outline) {
        String door = e.fact() instanceof Fact.Accepted a ? a.door().word()
                : outline.map(o -> o.door().word()).orElse("");
        return new Cell(e.tenant(), VolumeFold.hour(e.at()), e.stream(), door,
                mailboxes.at(outline.map(Journal.Outline::domain).orElse("")), figure.word(),
                Why.of(e.fact()));
    }

    static void parts(Map<Part, Long> parts, Cell cell, Journal.Outline o) {
        named(parts, cell, o);
        if (!o.domain().isEmpty()) {
            part(parts, cell, DOMAIN, name(o), Math.floorDiv(cell.hour(), DAY) * DAY);
        }
    }

    private static String name(Journal.Outline o) {
        return o.domain().toLowerCase(Locale.ROOT);
    }

    /** What is the message's and no recipient's. */
    static void named(Map<Part, Long> parts, Cell cell, Journal.Outline o) {
        if (o.template() != 0) {
            part(parts, cell, TEMPLATE, Long.toString(o.template()), cell.hour());
        }
        o.tags().stream().distinct().forEach(t -> part(parts, cell, TAG, t, cell.hour()));
    }

    private static void part(Map<Part, Long> parts, Cell cell, String kind, String name,
            long hour) {
        parts.merge(new Part(cell.tenant(), kind, hour, name, cell.stream(), cell.figure()), 1L,
                Long::sum);
    }

    private void words(Journal.Entry e, Cell cell, Reply reply) {
        words.computeIfAbsent(new Sort(cell.tenant(), Math.floorDiv(cell.hour(), DAY),
                cell.provider(), cell.figure(), cell.reason()), _ -> new LinkedHashMap<>())
                .merge(Why.gist(reply), new Words(reply, e.message(), 1), Words::and);
    }

    private void steps(Journal.Entry e, Cell cell, Optional<Instant> begins) {
        int bucket = begins.map(b -> Spans.bucket(b, e.at())).orElse(-1);
        switch (e.fact()) {
            case Fact.Deferred f -> {
                if (!Why.withheld(f)) {
                    steps.add(new Step(e.delivery(), true, true, cell, bucket));
                }
            }
            case Fact.Ambiguous _ -> steps.add(new Step(e.delivery(), true, true, cell, bucket));
            case Fact.Delivered _, Fact.Relayed _ -> {
                steps.add(new Step(e.delivery(), true, false, cell, bucket));
                if (bucket >= 0) {
                    taken.computeIfAbsent(place(cell, Spans.DELIVERY), _ -> new TreeMap<>())
                            .merge(bucket, 1L, Long::sum);
                }
            }
            case Fact.Captured _ -> steps.add(new Step(e.delivery(), true, false, cell, bucket));
            case Fact.Bounced f when !f.late() ->
                    steps.add(new Step(e.delivery(), true, false, cell, bucket));
            case Fact.Expired _, Fact.Cancelled _, Fact.Failed _, Fact.Suppressed _ ->
                    steps.add(new Step(e.delivery(), false, false, cell, bucket));
            case Fact.Bounced _, Fact.Accepted _, Fact.Scheduled _, Fact.Held _,
                    Fact.Complained _, Fact.Unsubscribed _, Fact.Received _, Fact.Opened _,
                    Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ -> {
            }
        }
    }

    /** Whose time it is: the figure is the span, and why it came does not matter. */
    static Cell place(Cell cell, String span) {
        return new Cell(cell.tenant(), cell.hour(), cell.stream(), cell.door(), cell.provider(),
                span, "");
    }
}
