package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.alert.Alert;
import dev.mailmill.alert.AlertDesk;
import dev.mailmill.alert.AlertDesk.Ruled;
import dev.mailmill.alert.Defaults;
import dev.mailmill.alert.Line;
import dev.mailmill.alert.Route;
import dev.mailmill.alert.Rule;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What is wrong now, and who is told from where on. */
final class AlertPages implements Routes {
    private static final Right CHANGES = Right.ALERTS;
    private static final int SHOWN = 50;
    private static final int SAMPLE_MAX = 1_000_000_000;
    private static final long MUTE_HOURS = 24;

    private final Gatekeeper gate;
    private final AlertDesk desk;
    private final InstantSource clock;

    AlertPages(Gatekeeper gate, AlertDesk desk, InstantSource clock) {
        this.gate = gate;
        this.desk = desk;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/alerts", this::shown);
        gate.post(router, "/alerts/{id}/ack", CHANGES, this::ack);
        gate.post(router, "/alerts/{id}/mute", CHANGES, this::mute);
        gate.get(router, "/settings/alerts", v -> settings(200, v, Said.NOTHING));
        gate.post(router, "/settings/alerts/rules/{rule}", CHANGES, this::move);
        gate.post(router, "/settings/alerts/routes", CHANGES, this::add);
        gate.post(router, "/settings/alerts/routes/{id}/test", CHANGES, this::test);
        gate.post(router, "/settings/alerts/routes/{id}/remove", CHANGES, this::remove);
    }

    /** What is the operator's is an owner's or admin's of the first account. */
    private static boolean machine(Visit visit) {
        return Right.PEOPLE.test(visit.person());
    }

    // ---- what is wrong

    /** One alert, in words. */
    record Row(Alert alert, Optional<Instant> muted, Instant now) {
        String title() {
            return Texts.t(Defaults.of(alert.rule()).title());
        }

        /** What it is about; a provider by its name. */
        String about() {
            return Reasons.named().getOrDefault(alert.about(), alert.about());
        }

        String cure() {
            return Texts.t(Defaults.of(alert.rule()).cure());
        }

        boolean critical() {
            return Defaults.of(alert.rule()).critical();
        }

        String place() {
            return alert.rule().place();
        }

        boolean measured() {
            return alert.rule().unit() != Rule.Unit.STATE;
        }

        String value() {
            return number(alert.rule(), alert.value());
        }

        String line() {
            return number(alert.rule(), alert.line());
        }

        String since() {
            return Times.span(Duration.between(alert.since(), now));
        }

        String lasted() {
            return Times.span(Duration.between(alert.since(), alert.resolved().orElse(now)));
        }
    }

    /** As the rule counts. */
    static String number(Rule rule, double value) {
        return switch (rule.unit()) {
            case SHARE -> String.format(Texts.language(), "%.2f %%", value * 100);
            case SECONDS -> value < 60 ? String.format(Texts.language(), "%.1f s", value)
                    : Times.span(Duration.ofSeconds((long) value));
            case DAYS -> Texts.t("{0} days", Math.round(value));
            case MEGABYTES -> Texts.t("{0} MB", Math.round(value));
            case COUNT -> Texts.t("{0}", Math.round(value));
            case STATE -> "";
        };
    }

    /** @param told whether anybody is told of alerts at all */
    record Model(List<Row> open, List<Row> past, boolean told, boolean mayChange,
            boolean manages) {
    }

    private Answer shown(Visit visit) {
        Instant now = clock.instant();
        return gate.page(visit, "alerts", Texts.t("Alerts"), "alerts", new Model(
                rows(visit, true, now), rows(visit, false, now),
                !desk.routes(visit.tenant()).isEmpty(), CHANGES.test(visit.person()),
                CHANGES.test(visit.person())));
    }

    private List<Row> rows(Visit visit, boolean open, Instant now) {
        return desk.list(visit.tenant(), machine(visit), open, Long.MAX_VALUE, SHOWN).stream()
                .map(a -> new Row(a, open ? desk.muted(a) : Optional.empty(), now)).toList();
    }

    private Alert known(Visit visit) {
        return desk.find(visit.tenant(), machine(visit), visit.exchange().path("id"))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("That alert is not there."));
    }

    private Answer ack(Visit visit) {
        // taken on twice is taken on
        desk.ack(known(visit), visit.person().email());
        return Answer.seeOther("/alerts");
    }

    private Answer mute(Visit visit) {
        desk.mute(known(visit), visit.field("on").equals("no") ? Duration.ZERO
                : Duration.ofHours(MUTE_HOURS), visit.person().email());
        return Answer.seeOther("/alerts");
    }

    // ---- who is told, from where on

    /**
     * What the last form led to.
     *
     * @param done   a sentence; empty for none
     * @param secret shown once; empty for none
     * @param wrong  why it was refused; empty when it was not
     */
    record Said(String done, String secret, String wrong) {
        static final Said NOTHING = new Said("", "", "");
    }

    /** A rule, in words. */
    record Lined(Ruled ruled) {
        Rule rule() {
            return ruled.rule();
        }

        String title() {
            return Texts.t(ruled.usual().title());
        }

        String because() {
            return Texts.t(ruled.usual().because());
        }

        boolean movable() {
            return rule().unit() != Rule.Unit.STATE;
        }

        boolean changed() {
            return !ruled.line().equals(ruled.usual().line());
        }

        String usual() {
            return number(rule(), ruled.usual().line().line());
        }

        String holds() {
            return number(rule(), ruled.line().line());
        }

        /** As it is typed: shares in percent, a German's with a comma. */
        String typed(double value) {
            return new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Texts.language()))
                    .format(rule().unit() == Rule.Unit.SHARE ? value * 100 : value);
        }

        String unit() {
            return switch (rule().unit()) {
                case SHARE -> "%";
                case SECONDS -> "s";
                case DAYS -> Texts.t("days");
                case MEGABYTES -> "MB";
                case COUNT, STATE -> "";
            };
        }
    }

    record Settings(List<Lined> rules, List<Route> routes, List<String> kinds, Said said,
            boolean manages) {
        String tone(Route r) {
            return r.failing().isPresent() ? "bad" : "good";
        }

        String state(Route r) {
            return r.failing().isPresent() ? Texts.t("failing") : Texts.t("ready");
        }
    }

    private Answer settings(int status, Visit visit, Said said) {
        return gate.page(status, visit, "alert_settings", Texts.t("Alert rules and routes"),
                "settings", new Settings(desk.rules(visit.tenant(), machine(visit)).stream()
                        .map(Lined::new).toList(), CHANGES.test(visit.person())
                        ? desk.routes(visit.tenant()) : List.of(),
                        Arrays.stream(Route.Kind.values()).map(Route.Kind::word).toList(), said,
                        CHANGES.test(visit.person())));
    }

    private Answer move(Visit visit) {
        Ruled now = desk.rule(visit.tenant(), machine(visit),
                visit.exchange().path("rule"))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("There is no such rule."));
        Optional<Line> line = visit.field("act").equals("default")
                ? Optional.of(now.usual().line()) : typed(visit, now);
        Optional<String> wrong = line.isEmpty()
                ? Optional.of(Texts.t("must be numbers, 0 or more"))
                : desk.move(visit.tenant(), now.rule(), line.get()).map(Texts::told);
        return wrong.isPresent() ? settings(422, visit, new Said("", "",
                Texts.t(now.usual().title()) + ": " + wrong.get() + "."))
                : Answer.seeOther("/settings/alerts");
    }

    private static Optional<Line> typed(Visit visit, Ruled now) {
        Line from = now.line();
        boolean armed = visit.field("armed").equals("yes");
        if (now.rule().unit() == Rule.Unit.STATE) {
            return Optional.of(new Line(from.line(), from.clears(), from.sample(), from.holds(),
                    armed));
        }
        try {
            double scale = now.rule().unit() == Rule.Unit.SHARE ? 100 : 1;
            double line = number(visit.field("line")) / scale;
            double clears = number(visit.field("clears")) / scale;
            String sample = visit.field("sample");
            long least = sample.isEmpty() ? from.sample() : Long.parseLong(sample);
            return least < 0 || least > SAMPLE_MAX ? Optional.empty()
                    : Optional.of(new Line(line, clears, least, from.holds(), armed));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static double number(String text) {
        if (!text.matches("[0-9]{1,12}([.,][0-9]{1,6})?")) {
            throw new NumberFormatException("no number");
        }
        return Double.parseDouble(text.replace(',', '.'));
    }

    private Answer add(Visit visit) {
        return switch (desk.add(visit.tenant(), visit.field("kind"), visit.field("target"))) {
            case AlertDesk.Adding.Added(Route made, String secret) -> settings(200, visit,
                    new Said(Texts.t("The route is there. Try it with Test."), secret, ""));
            case AlertDesk.Adding.Wrong(String field, String words) -> settings(422, visit,
                    new Said("", "", (field.equals("kind") ? Texts.t("Kind")
                            : Texts.t("Where to")) + " " + Texts.told(words) + "."));
        };
    }

    private Route route(Visit visit) {
        return desk.route(visit.tenant(), visit.exchange().path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("That route is there no more."));
    }

    private Answer test(Visit visit) {
        Route route = route(visit);
        String said = desk.test(route);
        return settings(200, visit, said.isEmpty() ? new Said(
                Texts.t("{0} has taken the test.", route.shown()), "", "")
                : new Said("", "", route.shown() + ": " + said));
    }

    private Answer remove(Visit visit) {
        Optional<String> no = desk.remove(route(visit));
        return no.isPresent() ? settings(409, visit, new Said("", "",
                Texts.told(no.get())))
                : Answer.seeOther("/settings/alerts");
    }
}
