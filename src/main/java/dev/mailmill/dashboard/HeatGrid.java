package dev.mailmill.dashboard;

import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Refusals.Cell;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Stats.Sums;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who did not take mail, by reason: a column a provider, a row a reason, and the shares washed in
 * steps, so that the eye finds the worst before it reads. Pure.
 *
 * @param columns providers, those with the most attempts first
 */
record HeatGrid(List<Column> columns, List<Section> sections) {
    /** Fewer at one provider are chance. */
    private static final int MANY = 5;
    private static final double STANDS_OUT = 0.02;
    /** With fewer attempts one refusal more or less is most of a share. */
    private static final int TELLING = 50;
    /** From which shares on a cell is washed darker. */
    private static final double[] STEPS = {0, 0.001, 0.01, 0.03, 0.10};

    /** @param attempts at its servers */
    record Column(String provider, long attempts) {
        String title() {
            return Reasons.provider(provider);
        }
    }

    /** Numbers that are of one kind, and so have one denominator. */
    record Section(Reasons.Kind kind, long count, List<Row> rows) {
    }

    /** @param spots one for each column, also without a number */
    record Row(String reason, long count, long of, List<Spot> spots) {
        String title() {
            return Reasons.title(reason);
        }
    }

    /** @param of what its share is of */
    record Spot(Column column, long n, long of) {
        String wash() {
            return n == 0 ? "none" : "w" + step(n, of);
        }
    }

    /** From 1 to 5; 0 for none. A share of nothing is the lightest: it says nothing. */
    static int step(long n, long of) {
        if (n == 0) {
            return 0;
        }
        double share = of == 0 ? 0 : (double) n / of;
        int step = 1;
        while (step < STEPS.length && share >= STEPS[step]) {
            step++;
        }
        return step;
    }

    /** The cell that asks for a person first. */
    record Worst(Section section, Row row, Spot spot) {
    }

    /**
     * Of those that are many and not few by chance: what is refused before what is put off, the
     * largest share first. Empty where nothing stands out.
     */
    Optional<Worst> worst() {
        return sections.stream().filter(s -> s.kind() == Reasons.Kind.REFUSED
                || s.kind() == Reasons.Kind.PUT_OFF)
                .flatMap(s -> s.rows().stream().flatMap(r -> r.spots().stream()
                        .filter(c -> c.n() >= MANY && (double) c.n() / Math.max(1, c.of())
                                >= STANDS_OUT).map(c -> new Worst(s, r, c))))
                .max(Comparator.comparing((Worst w) -> w.section().kind()
                        == Reasons.Kind.REFUSED).thenComparingDouble(w ->
                                (double) w.spot().n() / w.spot().of()));
    }

    long attempts() {
        return columns.stream().mapToLong(Column::attempts).sum();
    }

    /** Whether something was not taken, of so few attempts that its share tells nothing. */
    boolean tooFew() {
        return attempts() < TELLING && !sections.isEmpty();
    }

    static HeatGrid of(Picture picture) {
        Map<String, Sums> sums = new TreeMap<>();
        Map<String, Long> attempts = new TreeMap<>();
        for (String provider : names(picture)) {
            sums.put(provider, picture.sums(c -> c.provider().equals(provider)));
            attempts.put(provider, picture.count(c -> c.provider().equals(provider)
                    && c.attempt()));
        }
        List<Column> columns = attempts.entrySet().stream()
                .map(e -> new Column(e.getKey(), e.getValue()))
                .sorted(Comparator.comparingLong((Column c) -> -c.attempts())
                        .thenComparing(Column::provider)).toList();
        List<Section> sections = new ArrayList<>();
        for (Reasons.Kind kind : Reasons.Kind.values()) {
            List<Row> rows = rows(picture, kind, columns, sums, attempts);
            if (!rows.isEmpty()) {
                sections.add(new Section(kind, rows.stream().mapToLong(Row::count).sum(), rows));
            }
        }
        return new HeatGrid(columns, sections);
    }

    /** Whom anything was tried at, or whose mail came to an end. */
    private static Set<String> names(Picture picture) {
        Set<String> all = new TreeSet<>();
        picture.cells().stream().filter(c -> c.attempt() || !c.withheld()
                && Reasons.Kind.of(c.figure()).isPresent()).forEach(c -> all.add(c.provider()));
        return all;
    }

    private static List<Row> rows(Picture picture, Reasons.Kind kind, List<Column> columns,
            Map<String, Sums> sums, Map<String, Long> attempts) {
        Map<String, Map<String, Long>> by = new TreeMap<>();
        picture.cells().stream().filter(c -> c.figure().equals(kind.figure().word())
                && !c.withheld()).forEach(c -> by.computeIfAbsent(c.reason(),
                        _ -> new TreeMap<>()).merge(c.provider(), c.n(), Long::sum));
        List<Row> rows = new ArrayList<>();
        by.forEach((reason, numbers) -> {
            List<Spot> spots = columns.stream().map(c -> new Spot(c,
                    numbers.getOrDefault(c.provider(), 0L), under(kind,
                            sums.get(c.provider()), attempts.get(c.provider())))).toList();
            rows.add(new Row(reason, spots.stream().mapToLong(Spot::n).sum(),
                    spots.stream().mapToLong(Spot::of).sum(), spots));
        });
        rows.sort(Comparator.comparingLong((Row r) -> -r.count()).thenComparing(Row::reason));
        return rows;
    }

    /** Of what a kind's shares are. */
    static long under(Reasons.Kind kind, Sums sums, long attempts) {
        return switch (kind) {
            case REFUSED, PUT_OFF -> attempts;
            case LATE -> sums.of(Figure.DELIVERED) + sums.of(Figure.RELAYED);
            case GIVEN_UP, FAILED -> Rate.BOUNCE.denominator(sums);
        };
    }

    /** Numbers of one kind and reason. */
    static boolean is(Cell cell, Reasons.Kind kind, String reason) {
        return cell.figure().equals(kind.figure().word()) && cell.reason().equals(reason);
    }
}
