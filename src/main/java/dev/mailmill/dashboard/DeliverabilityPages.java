package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Refusals.Cell;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.analytics.StatsCsv;
import dev.mailmill.bounce.BounceClass;
import dev.mailmill.containment.Containment;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Notice;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Stream;
import gg.jte.Content;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether receivers take mail; where they do not, who and why. */
final class DeliverabilityPages implements Routes {
    private static final int FIELD_MAX = 200;
    private static final int NOTICES_MAX = 10;
    private static final int DAY = 24;
    /** Names no stream: nothing is found, where all would be a lie. */
    private static final long NO_STREAM = -1;

    private final Gatekeeper gate;
    private final Stats stats;
    private final Refusals refusals;
    private final Accounts accounts;
    private final Lanes lanes;
    private final Complaints complaints;
    private final ReasonPage reasons;
    private final Surroundings surroundings;
    private final InstantSource clock;

    DeliverabilityPages(Gatekeeper gate, Dashboard.Numbers numbers, Accounts accounts,
            Lanes lanes, Complaints complaints, ReasonPage reasons, Surroundings surroundings,
            InstantSource clock) {
        this.gate = gate;
        this.stats = numbers.stats();
        this.refusals = numbers.refusals();
        this.accounts = accounts;
        this.lanes = lanes;
        this.complaints = complaints;
        this.reasons = reasons;
        this.surroundings = surroundings;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/deliverability", v -> v.query("reason").isEmpty() ? all(v)
                : one(v));
        gate.get(router, "/deliverability.csv", this::csv);
    }

    /** How much of the past is looked at, and how long a point of it is. */
    enum Span {
        DAY("24h", 1, 24), WEEK("7d", 6, 28), MONTH("30d", 24, 30);

        private final String word;
        private final int step;
        private final int points;

        Span(String word, int step, int points) {
            this.word = word;
            this.step = step;
            this.points = points;
        }

        String word() {
            return word;
        }

        int step() {
            return step;
        }

        /** The hour of now is its last one, and a day of 30 is a day of UTC. */
        long end(Instant now) {
            long whole = this == MONTH ? DeliverabilityPages.DAY : 1;
            return (Math.floorDiv(Stats.hour(now), whole) + 1) * whole;
        }

        long start(Instant now) {
            return end(now) - (long) step * points;
        }

        String title() {
            return switch (this) {
                case DAY -> Texts.t("24 hours");
                case WEEK -> Texts.t("7 days");
                case MONTH -> Texts.t("30 days");
            };
        }

        String during() {
            return switch (this) {
                case DAY -> Texts.t("in the last 24 hours");
                case WEEK -> Texts.t("in the last 7 days");
                case MONTH -> Texts.t("in the last 30 days");
            };
        }

        static Span of(String word) {
            return Arrays.stream(values()).filter(s -> s.word.equals(word)).findFirst()
                    .orElse(DAY);
        }
    }

    /** What was asked for, as it stands in the URL. */
    record Asked(Span span, String provider, String stream, String door) {
        static Asked of(Visit visit) {
            return new Asked(Span.of(visit.query("span")), field(visit, "provider"),
                    field(visit, "stream"), field(visit, "door"));
        }

        private static String field(Visit visit, String name) {
            String value = visit.query(name);
            return value.length() > FIELD_MAX ? value.substring(0, FIELD_MAX) : value;
        }

        boolean any() {
            return !(provider + stream + door).isEmpty();
        }

        String path(String page, String... more) {
            List<String> pairs = new ArrayList<>();
            add(pairs, "span", span.word());
            add(pairs, "provider", provider);
            add(pairs, "stream", stream);
            add(pairs, "door", door);
            for (int i = 0; i < more.length; i += 2) {
                add(pairs, more[i], more[i + 1]);
            }
            return page + "?" + String.join("&", pairs);
        }

        Asked at(String other) {
            return new Asked(span, other, stream, door);
        }

        Asked in(Span other) {
            return new Asked(other, provider, stream, door);
        }

        private static void add(List<String> pairs, String name, String value) {
            if (!value.isEmpty()) {
                pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }

        private static Optional<String> given(String text) {
            return Optional.of(text).filter(t -> !t.isEmpty());
        }
    }

    private Question question(Visit visit, Asked asked) {
        Instant now = clock.instant();
        return new Question(List.of(visit.tenant()), asked.span().start(now),
                asked.span().end(now), asked.span() == Span.MONTH ? Stats.Interval.DAY
                        : Stats.Interval.HOUR, Optional.empty(),
                Asked.given(asked.stream()).map(n -> accounts.named(visit.tenant(), n)
                        .map(Stream::id).orElse(NO_STREAM)),
                Asked.given(asked.door()), Asked.given(asked.provider()), Optional.empty());
    }

    /** The filter's choices. */
    record Filter(Asked asked, List<Stream> streams, Map<String, String> providers) {
        List<Span> spans() {
            return List.of(Span.values());
        }

        List<String> doors() {
            return Arrays.stream(Door.values()).map(Door::word).toList();
        }
    }

    private Filter filter(Visit visit, Asked asked) {
        return new Filter(asked, accounts.streams(visit.tenant()), Reasons.named());
    }

    /**
     * @param value with its share
     * @param more  a second line
     * @param path  what is behind the number
     */
    record Tile(String title, String value, String of, String more, String path) {
    }

    /**
     * What the page shows.
     *
     * @param withheld how often a rule of ours kept mail back: no server's word
     * @param never    nothing was sent in this time
     */
    record Model(Filter filter, HeatGrid grid, List<Tile> tiles, List<Chart> charts,
            List<Complaints.Row> complaints, List<Notice> notices, long withheld, boolean never,
            String curl, boolean captures) {
        Asked asked() {
            return filter.asked();
        }

        /** Where a cell leads. */
        String path(HeatGrid.Section section, HeatGrid.Row row, HeatGrid.Spot spot) {
            return asked().at(spot.column().provider()).path("/deliverability", "figure",
                    section.kind().figure().word(), "reason", row.reason());
        }

        String path(HeatGrid.Section section, HeatGrid.Row row) {
            return asked().path("/deliverability", "figure", section.kind().figure().word(),
                    "reason", row.reason());
        }

        String path(HeatGrid.Column column) {
            return asked().at(column.provider()).path("/deliverability");
        }

        Optional<HeatGrid.Worst> worst() {
            return grid.worst();
        }

        String csv() {
            return asked().path("/deliverability.csv");
        }

        boolean refused() {
            return !grid.sections().isEmpty();
        }

        /** Without any mail. */
        Content teach() {
            return Texts.rich("Three simulated receivers show what this page tells: one takes the"
                    + " mail, one refuses it, one asks to slow down. `$KEY` is an API key;"
                    + " [Credentials](/credentials) makes one.");
        }

        String tone(Notice n) {
            return switch (n.state()) {
                case "bad", "warn", "good" -> n.state();
                default -> "quiet";
            };
        }
    }

    private Answer all(Visit visit) {
        Asked asked = Asked.of(visit);
        Picture picture = refusals.of(question(visit, asked), asked.span().step());
        List<Complaints.Row> told = complaints.of(visit.tenant(), picture);
        return gate.page(visit, "deliverability", Texts.t("Deliverability"), "deliverability",
                new Model(filter(visit, asked), HeatGrid.of(picture), tiles(asked, picture, told),
                        List.of(bounces(picture), complaints(picture, told)), told,
                        visit.tenant() == Tenant.FIRST ? lanes.noticed(NOTICES_MAX) : List.of(),
                        picture.count(Cell::withheld), picture.cells().isEmpty(),
                        Snippets.simulated(surroundings),
                        surroundings.delivery() == Surroundings.Delivery.CAPTURE));
    }

    private Answer one(Visit visit) {
        Asked asked = Asked.of(visit);
        Reasons.Kind kind = Reasons.Kind.of(visit.query("figure")).orElse(Reasons.Kind.REFUSED);
        String reason = Asked.field(visit, "reason");
        Question q = question(visit, asked);
        ReasonPage.Model model = reasons.of(visit, filter(visit, asked), kind, reason,
                refusals.told(q, asked.span().step(), kind.figure(), reason));
        return gate.page(visit, "deliverability_reason", model.title(), "deliverability", model);
    }

    private static List<Tile> tiles(Asked asked, Picture picture, List<Complaints.Row> told) {
        Sums sums = picture.sums(_ -> true);
        String day = Stats.time(picture.from()).toString().substring(0, 10);
        String taken = sums.of(Figure.RELAYED) > sums.of(Figure.DELIVERED) ? "relayed"
                : "delivered";
        long attempts = picture.count(Cell::attempt);
        long later = picture.count(c -> c.figure().equals("deferred") && c.attempt());
        return List.of(
                tile(Texts.t("Delivered"), Rate.DELIVERY, Rate.DELIVERY_NET, sums,
                        Texts.t("net of late bounces"), asked.path("/messages", "state", taken,
                                "from", day)),
                tile(Texts.t("Bounced"), Rate.BOUNCE, Rate.BOUNCE_WITH_LATE, sums,
                        Texts.t("with late bounces"), asked.path("/messages", "state",
                                "bounced", "from", day)),
                new Tile(Texts.t("Put off"), Shares.percent(later, attempts),
                        Shares.of(later, attempts) + " " + Texts.t("attempts"),
                        Texts.t("each was tried again"), "#heat"),
                complained(told));
    }

    private static Tile tile(String title, Rate gross, Rate net, Sums sums, String words,
            String path) {
        return new Tile(title, percent(gross, sums), of(gross, sums) + " " + Texts.t("ended"),
                net.share(sums).isPresent() || net.numerator(sums) == 0
                        ? words + ": " + percent(net, sums) + ", " + of(net, sums)
                        : Texts.t("more came back late than was taken in this time"), path);
    }

    private static String percent(Rate rate, Sums sums) {
        return Shares.percent(rate.numerator(sums), rate.denominator(sums));
    }

    private static String of(Rate rate, Sums sums) {
        return Shares.of(rate.numerator(sums), rate.denominator(sums));
    }

    /** Of those who tell; the rest is unknown, and never 0. */
    private static Tile complained(List<Complaints.Row> rows) {
        List<Complaints.Row> tell = rows.stream().filter(Complaints.Row::tells).toList();
        long n = tell.stream().mapToLong(Complaints.Row::complaints).sum();
        long of = tell.stream().mapToLong(Complaints.Row::taken).sum();
        long all = rows.stream().mapToLong(Complaints.Row::complaints).sum();
        return new Tile(Texts.t("Complaints"), of == 0 ? Texts.t("unknown")
                : Shares.percent(n, of), of == 0 ? Texts.t("nobody tells of them")
                : Shares.of(n, of) + " " + Texts.t("taken where a loop tells"),
                all == n ? Texts.t("line at {0}", Shares.percent(0.001))
                        : Texts.plural(all - n, "{0} more told of", "{0} more told of"),
                "#complaints");
    }

    private Chart bounces(Picture picture) {
        List<Sums> course = picture.course();
        long[] hard = picture.course(c -> c.figure().equals("bounced")
                && Reasons.known(c.reason()).filter(r -> r.kind() == BounceClass.Kind.HARD)
                        .isPresent());
        List<Chart.Point> points = new ArrayList<>();
        for (int i = 0; i < course.size(); i++) {
            points.add(new Chart.Point(label(picture, i), hard[i],
                    Rate.BOUNCE.denominator(course.get(i))));
        }
        List<Double> at = Containment.bounceLines();
        return new Chart(Texts.t("Hard bounces"), Texts.t("hard bounces"), Texts.t("ended"),
                points, List.of(
                new Chart.Limit(Texts.t("a warning at {0}", Shares.percent(at.get(0))),
                        at.get(0), "warn"),
                new Chart.Limit(Texts.t("slowed at {0}", Shares.percent(at.get(1))), at.get(1),
                        "warn"),
                new Chart.Limit(Texts.t("stopped at {0}", Shares.percent(at.get(2))), at.get(2),
                        "bad")));
    }

    private Chart complaints(Picture picture, List<Complaints.Row> told) {
        List<String> tell = told.stream().filter(Complaints.Row::tells)
                .map(Complaints.Row::provider).toList();
        long[] n = picture.course(c -> c.figure().equals("complained")
                && tell.contains(c.provider()));
        long[] of = picture.course(c -> (c.figure().equals("delivered")
                || c.figure().equals("relayed")) && tell.contains(c.provider()));
        List<Chart.Point> points = new ArrayList<>();
        for (int i = 0; i < n.length; i++) {
            points.add(new Chart.Point(label(picture, i), n[i], of[i]));
        }
        List<Double> at = Containment.complaintLines();
        return new Chart(Texts.t("Complaints"), Texts.t("complaints"), Texts.t("taken"), points,
                List.of(new Chart.Limit(Texts.t("slowed at {0}", Shares.percent(at.get(1))),
                                at.get(1), "warn"),
                        new Chart.Limit(Texts.t("stopped at {0}", Shares.percent(at.get(2))),
                                at.get(2), "bad")));
    }

    /** When a point begins, in UTC. */
    static String label(Picture picture, int point) {
        Instant at = Stats.time(picture.from() + (long) point * picture.step());
        return picture.step() == 1 ? Times.clock(at) : picture.step() < DAY ? Times.hour(at)
                : Times.day(at);
    }

    /** The table of {@code /v1/stats.csv} for who has a session in place of a key. */
    private Answer csv(Visit visit) {
        Asked asked = Asked.of(visit);
        Question q = question(visit, asked);
        Question by = new Question(q.tenants(), q.from(), q.to(), q.interval(),
                Optional.of(asked.provider().isEmpty() ? Stats.By.PROVIDER : Stats.By.REASON),
                q.stream(), q.door(), q.provider(), q.part());
        return StatsCsv.answer(by, stats.table(by), key -> key);
    }
}
