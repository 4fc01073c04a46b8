package dev.mailmill.dashboard;

import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Refusals.Share;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.containment.Containment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The six numbers of the home page, each with its course. Pure. */
final class Tiles {
    /** What mailbox providers hold against senders. */
    private static final double COMPLAINTS = Containment.complaintLines().get(1);
    private static final String UNKNOWN = "–";

    private final Lately.Numbers numbers;
    private final List<Complaints.Row> told;
    private final List<String> labels;
    private final List<Sums> course;
    private final Sums now;
    private final Sums before;

    /** @param told how many complain where, as far as they tell */
    Tiles(Lately.Numbers numbers, List<Complaints.Row> told, List<String> labels) {
        this.numbers = numbers;
        this.told = told;
        this.labels = labels;
        this.course = numbers.now().course();
        this.now = numbers.now().sums(_ -> true);
        this.before = numbers.before().sums(_ -> true);
    }

    /** What can be looked at. */
    enum Show {
        ACCEPTED, DELIVERED, REJECTED, OPENED, CLICKED, COMPLAINTS;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Show of(String word) {
            return Arrays.stream(values()).filter(s -> s.word().equals(word)).findFirst()
                    .orElse(DELIVERED);
        }

        String title() {
            return switch (this) {
                case ACCEPTED -> Texts.t("Accepted");
                case DELIVERED -> Texts.t("Delivered");
                case REJECTED -> Texts.t("Rejected");
                case OPENED -> Texts.t("Opened by people");
                case CLICKED -> Texts.t("Clicked by people");
                case COMPLAINTS -> Texts.t("Complaints");
            };
        }
    }

    /**
     * @param delta against the time before; empty where it can't be told
     * @param spark the points of a small line; empty without numbers
     */
    record Tile(Show show, String value, String delta, String more, String spark) {
        /** No line ends within one of them. */
        List<String> parts() {
            return List.of(more.split("(?<= ·) "));
        }
    }

    List<Tile> all() {
        return Arrays.stream(Show.values()).map(this::tile).toList();
    }

    Tile tile(Show show) {
        return switch (show) {
            case ACCEPTED -> new Tile(show, Texts.t("{0}", now.of(Figure.ACCEPTED)),
                    Delta.ofCount(now.of(Figure.ACCEPTED), before.of(Figure.ACCEPTED)), doors(),
                    spark(s -> s.of(Figure.ACCEPTED)));
            case DELIVERED -> rate(show, Rate.DELIVERY, of(Rate.DELIVERY));
            case REJECTED -> rate(show, Rate.BOUNCE, Texts.t("{0} by providers",
                    of(Rate.BOUNCE)));
            case OPENED -> rate(show, Rate.OPEN, others(Rate.OPEN, Figure.OPENED_UNKNOWN,
                    Figure.OPENED_MACHINE));
            case CLICKED -> rate(show, Rate.CLICK, others(Rate.CLICK, Figure.CLICKED_UNKNOWN,
                    Figure.CLICKED_MACHINE));
            case COMPLAINTS -> complaints();
        };
    }

    private Tile rate(Show show, Rate rate, String more) {
        long of = rate.denominator(now);
        return new Tile(show, rate.share(now).isEmpty() ? UNKNOWN
                : Shares.percent(rate.numerator(now), of),
                Delta.ofShare(rate.numerator(now), of, rate.numerator(before),
                        rate.denominator(before)), of == 0 && show != Show.OPENED
                        && show != Show.CLICKED ? Texts.t("nothing has ended yet") : more,
                spark(rate::numerator));
    }

    private String of(Rate rate) {
        long n = rate.numerator(now);
        return n <= rate.denominator(now) ? Shares.of(n, rate.denominator(now))
                : Texts.t("{0}, also of mail from before", n);
    }

    /** Whoever did not read: counted, and never among people. */
    private String others(Rate rate, Figure unknown, Figure machine) {
        long of = now.of(Figure.TRACKED);
        return of + rate.numerator(now) + now.of(unknown) + now.of(machine) == 0
                ? Texts.t("nothing tracked") : of(rate) + " · "
                + Texts.t("unknown {0} · machine {1}", part(now.of(unknown), of),
                        part(now.of(machine), of));
    }

    /** Its number where it is no share: a proxy may call more often than there is mail. */
    private static String part(long n, long of) {
        return Rate.shares(n, of) ? Shares.percent(n, of) : Texts.t("{0}", n);
    }

    private String doors() {
        long all = numbers.doors().stream().mapToLong(Share::n).sum();
        return all == 0 ? Texts.t("no mail came in") : numbers.doors().stream().map(d ->
                Reasons.door(d.key()) + " " + Math.round(100.0 * d.n() / all) + " %")
                .collect(Collectors.joining(" · "));
    }

    /** Of those who tell; what nobody tells is unknown, and never 0. */
    private Tile complaints() {
        List<Complaints.Row> tell = told.stream().filter(Complaints.Row::tells).toList();
        long of = tell.stream().mapToLong(Complaints.Row::taken).sum();
        long n = tell.stream().mapToLong(Complaints.Row::complaints).sum();
        long all = now.of(Figure.COMPLAINED);
        return new Tile(Show.COMPLAINTS, of == 0 ? Texts.t("unknown") : Shares.percent(n, of), "",
                of == 0 && all > 0 ? Texts.plural(all, "{0} told of", "{0} told of")
                        : of == 0 ? Texts.t("nobody tells of them")
                        : Shares.of(n, of) + " · " + Texts.t("line at {0}",
                                Shares.percent(COMPLAINTS)),
                spark(s -> s.of(Figure.COMPLAINED)));
    }

    private String spark(ToLongFunction<Sums> number) {
        List<Double> values = course.stream().map(s -> (double) number.applyAsLong(s)).toList();
        Course.Line line = new Course.Line("", "", values, List.of());
        Course all = new Course("", "", labels, List.of(line), 0, "", false);
        return all.empty() ? "" : all.drawn(line);
    }

    /** The chart of one tile. @param every how long a point is, in words */
    Course course(Show show, String every) {
        return switch (show) {
            case ACCEPTED -> counts(show, every, line(Texts.t("accepted"), "accent",
                    s -> s.of(Figure.ACCEPTED)));
            case DELIVERED -> counts(show, Texts.t("{0}, rejections in red", every),
                    line(Texts.t("delivered"), "accent", Rate.DELIVERY::numerator),
                    line(Texts.t("rejected"), "bad", s -> s.of(Figure.BOUNCED)));
            case REJECTED -> counts(show, every, line(Texts.t("rejected"), "bad",
                    s -> s.of(Figure.BOUNCED)));
            case OPENED -> counts(show, Texts.t("{0}, machines and unknown in grey", every),
                    line(Texts.t("people"), "accent", s -> s.of(Figure.OPENED_PERSON)),
                    line(Texts.t("machine or unknown"), "quiet",
                            s -> s.of(Figure.OPENED_MACHINE) + s.of(Figure.OPENED_UNKNOWN)));
            case CLICKED -> counts(show, Texts.t("{0}, machines and unknown in grey", every),
                    line(Texts.t("people"), "accent", s -> s.of(Figure.CLICKED_PERSON)),
                    line(Texts.t("machine or unknown"), "quiet",
                            s -> s.of(Figure.CLICKED_MACHINE) + s.of(Figure.CLICKED_UNKNOWN)));
            case COMPLAINTS -> complained(every);
        };
    }

    private Course counts(Show show, String note, Course.Line... lines) {
        return new Course(show.title(), note, labels, List.of(lines), 0, "", false);
    }

    private Course.Line line(String name, String tone, ToLongFunction<Sums> number) {
        List<Long> all = course.stream().map(number::applyAsLong).toList();
        return new Course.Line(name, tone, all.stream().map(n -> (double) n).toList(),
                all.stream().map(n -> Texts.t("{0}", n)).toList());
    }

    private Course complained(String every) {
        List<String> tell = told.stream().filter(Complaints.Row::tells)
                .map(Complaints.Row::provider).toList();
        Picture picture = numbers.now();
        long[] n = picture.course(c -> c.figure().equals(Figure.COMPLAINED.word())
                && tell.contains(c.provider()));
        long[] of = picture.course(c -> (c.figure().equals(Figure.DELIVERED.word())
                || c.figure().equals(Figure.RELAYED.word())) && tell.contains(c.provider()));
        List<Double> values = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < n.length; i++) {
            // a complaint may come in an hour in which nothing was delivered
            values.add(n[i] == 0 ? 0 : Math.min(1, (double) n[i] / Math.max(of[i], n[i])));
            words.add(Shares.percent(n[i], of[i]) + ", " + Shares.of(n[i], of[i]));
        }
        return new Course(Show.COMPLAINTS.title(), Texts.t("{0}, of what was taken where"
                + " complaints are told", every), labels, List.of(new Course.Line(
                Texts.t("complaints"), "bad", values, words)), COMPLAINTS,
                Texts.t("line at {0}", Shares.percent(COMPLAINTS)), true);
    }

    /** The most frequent reasons, each with where it is most frequent. */
    List<Reason> reasons(Function<Reason, String> path, int most) {
        record Key(String reason) {
        }
        var cells = numbers.now().cells().stream().filter(c -> c.figure().equals(
                Figure.BOUNCED.word())).toList();
        return cells.stream().collect(Collectors.groupingBy(c -> new Key(c.reason()))).entrySet()
                .stream().map(e -> {
                    var by = e.getValue().stream().collect(Collectors.groupingBy(
                            c -> c.provider(), Collectors.summingLong(c -> c.n())));
                    var top = by.entrySet().stream().max(java.util.Map.Entry
                            .comparingByValue()).orElseThrow();
                    Reason reason = new Reason(e.getKey().reason(), top.getKey(), top.getValue(),
                            by.size(), by.values().stream().mapToLong(n -> n).sum(), "");
                    return reason.at(path.apply(reason));
                }).sorted(java.util.Comparator.comparingLong((Reason r) -> -r.n())
                        .thenComparing(Reason::reason)).limit(most).toList();
    }

    /**
     * Why recipients were refused.
     *
     * @param provider where it is most frequent, {@code most} times
     * @param places   at how many providers it came
     */
    record Reason(String reason, String provider, long most, int places, long n, String path) {
        Reason at(String where) {
            return new Reason(reason, provider, most, places, n, where);
        }

        String title() {
            return reason.isEmpty() ? Texts.t("No reason that we know") : Reasons.title(reason);
        }

        String where() {
            return places == 1 ? Reasons.provider(provider) : Texts.t("{0} and {1} more",
                    Reasons.provider(provider), places - 1);
        }

        String means() {
            return Reasons.known(reason).map(c -> Texts.t(c.means())).orElse("");
        }

        String cure() {
            return Reasons.known(reason).map(c -> Texts.t(c.cure())).orElse("");
        }
    }
}
