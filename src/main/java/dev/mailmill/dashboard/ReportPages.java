package dev.mailmill.dashboard;

import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.feedback.Loops;
import dev.mailmill.feedback.Loops.Programme;
import dev.mailmill.feedback.Reports;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.meter.Colour;
import dev.mailmill.meter.Compliance;
import dev.mailmill.meter.Meter;
import dev.mailmill.meter.Requirement;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How receivers see our domains: by their rules, their reports and the complaints they tell of. */
final class ReportPages implements Routes {
    private static final int DOMAINS_MAX = 10;
    private static final int DAYS = 30;
    private static final int SOURCES_READ_MAX = 1_000;
    private static final int SOURCES_MAX = 10;
    private static final int SESSIONS_MAX = 20;
    private static final int WEEK = 7 * 24;

    private final Gatekeeper gate;
    private final Refusals refusals;
    private final Domains domains;
    private final Meter meter;
    private final Reports reports;
    private final Loops loops;
    private final Complaints complaints;
    private final InstantSource clock;

    ReportPages(Gatekeeper gate, Refusals refusals, Domains domains, Meter meter, Reports reports,
            Loops loops, Complaints complaints, InstantSource clock) {
        this.gate = gate;
        this.refusals = refusals;
        this.domains = domains;
        this.meter = meter;
        this.reports = reports;
        this.loops = loops;
        this.complaints = complaints;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/deliverability/reports", this::shown);
    }

    /** How one domain stands. @param worst what is to be mended first */
    record Standing(Compliance c, Optional<Requirement> worst) {
        String path() {
            return DomainPages.path(c.domain()) + "/compliance";
        }

        /** The worst colour, as a state. */
        String word() {
            return c.count(Colour.RED) > 0 ? Texts.plural(c.count(Colour.RED), "{0} red",
                    "{0} red") : c.count(Colour.AMBER) > 0
                    ? Texts.plural(c.count(Colour.AMBER), "{0} amber", "{0} amber")
                    : Texts.t("all green or unknown");
        }

        String tone() {
            return c.count(Colour.RED) > 0 ? "bad" : c.count(Colour.AMBER) > 0 ? "warn" : "good";
        }

        String counts() {
            return Texts.t("{0} green, {1} amber, {2} red, {3} unknown", c.count(Colour.GREEN),
                    c.count(Colour.AMBER), c.count(Colour.RED), c.count(Colour.UNKNOWN));
        }

        String volume() {
            return switch (c.standing()) {
                case "bulk" -> Texts.t("bulk sender");
                case "near" -> Texts.t("soon a bulk sender");
                default -> Texts.t("no bulk sender");
            };
        }
    }

    /** One address that sends as a domain, whoever reported it. */
    record Source(String address, boolean ours, long mails, long passed, long stopped,
            List<String> reporters) {
        String advice() {
            return ours ? passed == mails ? Texts.t("Ours. Nothing to do.")
                    : Texts.t("Ours, and some fail: look at the domain's DNS rows.")
                    : passed == mails
                    ? Texts.t("Not ours, and passes: a service that signs for you.")
                    : Texts.t("Not ours. A service of yours that must sign, a forwarder,"
                            + " or a forger.");
        }
    }

    /** One programme. */
    record Loop(Programme programme, long receiving, long waiting, long open) {
        String word() {
            return open > 0 ? Texts.t("not registered") : receiving > 0 ? Texts.t("receiving")
                    : waiting > 0 ? Texts.t("registered") : Texts.t("nothing to register");
        }

        String tone() {
            return open > 0 ? "warn" : receiving > 0 ? "good" : "quiet";
        }

        String counts() {
            return Texts.t("{0} receiving, {1} registered and quiet, {2} not registered",
                    receiving, waiting, open);
        }
    }

    /**
     * @param looked domains of which DNS is asked just now
     * @param open   the domain whose reports are shown; empty where there is none
     */
    record Model(List<Standing> standings, List<String> looked, boolean more,
            List<String> names, String open,
            List<Reports.Day> days, List<Source> sources, List<Reports.Tls> sessions,
            List<Loop> loops, List<Complaints.Row> complaints) {
        String path(String domain) {
            return "/deliverability/reports?domain="
                    + URLEncoder.encode(domain, StandardCharsets.UTF_8);
        }

        long mails() {
            return days.stream().mapToLong(Reports.Day::mails).sum();
        }

        long passed() {
            return days.stream().mapToLong(Reports.Day::passed).sum();
        }

        String day(LocalDate day) {
            return Times.day(day.atStartOfDay().toInstant(ZoneOffset.UTC));
        }
    }

    private Answer shown(Visit visit) {
        List<SendingDomain> own = domains.list(visit.tenant(), "", DOMAINS_MAX + 1);
        List<SendingDomain> first = own.stream().limit(DOMAINS_MAX).toList();
        Optional<SendingDomain> open = domains.find(visit.tenant(), visit.query("domain"))
                .or(() -> first.stream().findFirst());
        Instant now = clock.instant();
        LocalDate since = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(DAYS);
        long hour = Stats.hour(now) + 1;
        List<Complaints.Row> told = complaints.of(visit.tenant(), refusals.of(new Question(
                List.of(visit.tenant()), hour - WEEK, hour, Stats.Interval.HOUR,
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty()), WEEK));
        List<Standing> standings = standings(visit.tenant(), first);
        return gate.page(visit, "deliverability_reports", Texts.t("Receivers' reports"),
                "deliverability", new Model(standings, first.stream()
                        .map(SendingDomain::name).filter(n -> standings.stream()
                                .noneMatch(s -> s.c().domain().equals(n))).toList(),
                        own.size() > DOMAINS_MAX, first.stream().map(SendingDomain::name).toList(),
                        open.map(SendingDomain::name).orElse(""),
                        open.map(d -> reports.days(d, since)).orElse(List.of()),
                        open.map(d -> sources(d, since)).orElse(List.of()),
                        open.map(d -> reports.tls(d, since, 0, SESSIONS_MAX)).orElse(List.of()),
                        loops(visit.tenant()), told));
    }

    private List<Standing> standings(long tenant, List<SendingDomain> first) {
        return first.stream().map(d -> meter.last(tenant, d)).flatMap(Optional::stream)
                .map(c -> new Standing(c, c.requirements().stream()
                        .filter(r -> r.colour() == Colour.RED || r.colour() == Colour.AMBER)
                        .max(Comparator.comparing(Requirement::colour))))
                .toList();
    }

    /** Those that fail and are not ours first: a stricter policy would stop their mail. */
    private List<Source> sources(SendingDomain domain, LocalDate since) {
        Map<String, Source> all = new LinkedHashMap<>();
        for (Reports.Source s : reports.sources(domain, since, Optional.empty(),
                SOURCES_READ_MAX)) {
            all.merge(s.source(), new Source(s.source(), s.ours(), s.mails(), s.passed(),
                    s.quarantined() + s.rejected(), List.of(s.reporter())), ReportPages::both);
        }
        return all.values().stream().sorted(Comparator
                .comparing((Source s) -> s.ours() || s.passed() == s.mails())
                .thenComparingLong(s -> -s.mails())).limit(SOURCES_MAX).toList();
    }

    private static Source both(Source a, Source b) {
        List<String> reporters = new ArrayList<>(a.reporters());
        reporters.addAll(b.reporters());
        return new Source(a.address(), a.ours(), a.mails() + b.mails(), a.passed() + b.passed(),
                a.stopped() + b.stopped(), reporters);
    }

    private List<Loop> loops(long tenant) {
        List<Loops.Entry> entries = loops.of(tenant);
        return Arrays.stream(Programme.values()).map(p -> new Loop(p,
                count(entries, p, Loops.State.RECEIVING), count(entries, p, Loops.State.WAITING),
                count(entries, p, Loops.State.UNREGISTERED)))
                .filter(l -> l.receiving() + l.waiting() + l.open() > 0).toList();
    }

    private static long count(List<Loops.Entry> all, Programme p, Loops.State state) {
        return all.stream().filter(e -> e.programme() == p && e.state() == state).count();
    }
}
