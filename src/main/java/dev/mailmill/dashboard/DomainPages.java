package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.domain.Change;
import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.Look;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.meter.Meter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Sending domains, and what each has to publish. */
final class DomainPages implements Routes {
    private static final int PAGE = 100;
    private static final int CHANGES = 10;

    private final Gatekeeper gate;
    private final Domains domains;
    private final Meter meter;
    private final Surroundings surroundings;

    DomainPages(Gatekeeper gate, Domains domains, Meter meter, Surroundings surroundings) {
        this.gate = gate;
        this.domains = domains;
        this.meter = meter;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/domains", v -> list(200, v, "", ""));
        gate.post(router, "/domains", Right.DOMAINS, this::add);
        gate.get(router, "/domains/{name}", this::show);
        gate.post(router, "/domains/{name}/rotate", Right.DOMAINS, this::rotate);
        gate.get(router, "/domains/{name}/zone", this::zone);
        gate.post(router, "/domains/{name}/check", Right.DOMAINS, this::check);
    }

    /**
     * @param marks how each domain's rows stand, by its name
     * @param next  the name after which the next page begins; empty on the last
     * @param wrong what was wrong with the name that was asked for; empty for nothing
     */
    record ListModel(List<SendingDomain> domains, Map<String, List<Mark>> marks, String next,
            boolean first, boolean needless, String name, String wrong) {
        static String path(SendingDomain domain) {
            return DomainPages.path(domain.name());
        }
    }

    /** One kind of row at a glance. */
    record Mark(String name, String tone, String word) {
        private static final Map<DnsRow.Purpose, String> NAMES = new EnumMap<>(Map.of(
                DnsRow.Purpose.DKIM, "DKIM", DnsRow.Purpose.RETURN_PATH_SPF, "SPF",
                DnsRow.Purpose.RETURN_PATH_MX, "MX", DnsRow.Purpose.DMARC, "DMARC",
                DnsRow.Purpose.EGRESS, "PTR"));

        /** Of several rows of one kind one that stands is enough; of addresses none may lack. */
        static List<Mark> of(List<Row> rows) {
            return NAMES.entrySet().stream().flatMap(e -> rows.stream()
                    .filter(r -> r.row().purpose() == e.getKey())
                    .min(Comparator.comparing(r -> r.stands()
                            == (e.getKey() == DnsRow.Purpose.EGRESS)))
                    .map(r -> new Mark(e.getValue(), r.tone(), r.label())).stream()).toList();
        }
    }

    static String path(String name) {
        return "/domains/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private Answer list(int status, Visit visit, String name, String wrong) {
        String after = visit.query("after");
        List<SendingDomain> found = domains.list(visit.tenant(), after, PAGE + 1);
        List<SendingDomain> shown = found.stream().limit(PAGE).toList();
        return gate.page(status, visit, "domains", Texts.t("Domains"), "domains",
                new ListModel(shown, shown.stream().collect(Collectors.toMap(
                        SendingDomain::name, this::marks)), found.size() > PAGE
                                ? shown.getLast().name() : "",
                        after.isEmpty(), surroundings.delivery()
                                == Surroundings.Delivery.CAPTURE, name, wrong));
    }

    /** What DNS says, how its mail travels, and whether it has a way out. */
    private List<Mark> marks(SendingDomain domain) {
        List<Mark> all = new ArrayList<>(Mark.of(rows(domain)));
        Meter.Travelled week = meter.travelled(domain);
        all.add(week.clear() > 0 ? new Mark("TLS", "warn", Texts.t("{0} of {1} in clear",
                week.clear(), week.clear() + week.sealed()))
                : week.sealed() > 0 ? new Mark("TLS", "good", Texts.t("all {0}", week.sealed()))
                : new Mark("TLS", "quiet", Texts.t("nothing sent")));
        all.add(meter.oneClick() ? new Mark(Texts.t("One-click"), "good", Texts.t("on"))
                : new Mark(Texts.t("One-click"), "warn", Texts.t("needs https")));
        return all;
    }

    private Answer add(Visit visit) {
        String name = visit.field("name");
        return switch (domains.add(visit.tenant(), name, false, false)) {
            case Domains.Adding.Added(SendingDomain domain) -> {
                // what is there already is read before a row is asked for
                domains.first(domain);
                yield Answer.seeOther(path(domain.name()));
            }
            case Domains.Adding.BadName(String words) -> list(422, visit, name, words);
            case Domains.Adding.Taken(String taken) ->
                    list(409, visit, name, Texts.t("{0} is verified for another account", taken));
            case Domains.Adding.TooMany(int max) ->
                    list(409, visit, name, Texts.t("this account has {0} domains, the most it"
                            + " may", max));
        };
    }

    /**
     * One row.
     *
     * @param entered   what most panels want as its name
     * @param state     {@code right}, {@code warning}, {@code missing}, {@code wrong}, {@code
     *                  unknown}; empty before DNS was asked
     * @param published what stands there
     * @param words     what to do about it
     */
    record Row(DnsRow row, String entered, String state, List<String> published, String words) {
        static Row of(Domains.Seen seen, String zone) {
            return new Row(seen.row(), seen.row().entered(zone),
                    seen.finding().map(f -> f.state().word()).orElse(""),
                    seen.finding().map(Finding::published).orElse(List.of()),
                    seen.finding().map(f -> shortened(seen.row(), f.words())).orElse(""));
        }

        /** The row to publish stands above already. */
        private static String shortened(DnsRow row, String words) {
            String again = ": publish " + row.zoneLine();
            return words.endsWith(again) ? words.substring(0, words.length() - again.length())
                    : words;
        }

        /** A heading. */
        static String label(DnsRow.Purpose purpose) {
            return switch (purpose) {
                case DKIM -> "DKIM";
                case OWNERSHIP -> Texts.t("Ownership");
                case RETURN_PATH_SPF -> Texts.t("Return path, SPF");
                case RETURN_PATH_MX -> Texts.t("Return path, MX");
                case DMARC -> "DMARC";
                case REPLIES -> Texts.t("Replies");
                case OWN_SPF -> Texts.t("SPF of the domain");
                case ZONE -> Texts.t("Name servers");
                case EGRESS -> Texts.t("Sending address");
                case TRACKING -> Texts.t("Links");
                case INBOUND_MX -> Texts.t("Inbound mail");
                case MTA_STS -> "MTA-STS";
                case TLS_RPT -> Texts.t("TLS reports");
                case BIMI -> "BIMI";
            };
        }

        /** What it is for, as a sentence without its end. */
        String purpose() {
            return sentence(Texts.t(row.purpose().words()));
        }

        /** What to do, as a sentence without its end. */
        String advice() {
            return words.isEmpty() ? "" : sentence(words);
        }

        /** A domain stays as it is written. */
        private static String sentence(String words) {
            boolean name = words.split(" ", 2)[0].contains(".");
            return name ? words
                    : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        }

        /** Whether there is something to copy. */
        boolean publishes() {
            return !row.purpose().onlyLooked() && !row.value().isEmpty();
        }

        boolean stands() {
            return state.equals("right") || state.equals("warning");
        }

        /** Whether its advice says more than that it is there. */
        boolean tells() {
            return !state.isEmpty() && !words.equals("is published");
        }

        String tone() {
            return switch (state) {
                case "right" -> "good";
                case "wrong" -> "bad";
                case "missing" -> row.purpose().needed() || row.purpose() == DnsRow.Purpose.EGRESS
                        ? "bad" : "quiet";
                case "warning", "unknown" -> "warn";
                default -> "quiet";
            };
        }

        String label() {
            return switch (state) {
                case "right" -> row.purpose().onlyLooked() ? Texts.t("good") : Texts.t("published");
                case "" -> Texts.t("not checked");
                case "missing" -> row.purpose().needed() || row.purpose() == DnsRow.Purpose.EGRESS
                        ? Texts.t("missing") : Texts.t("optional");
                default -> Texts.t(state);
            };
        }
    }

    /**
     * @param needed  rows that mail suffers without
     * @param others  the rest: those with something to say first
     * @param changes the latest ones
     * @param said    how it stands after a check, or what came of a wish; empty for nothing
     * @param looked  when DNS was asked; empty before
     */
    record Model(SendingDomain domain, List<Row> needed, List<Row> others, List<Change> changes,
            String said, String looked, String warning) {
        String path() {
            return DomainPages.path(domain.name());
        }

        String tone() {
            return DomainPages.tone(domain);
        }

        /** Whether the keys can be renewed. */
        boolean rotates() {
            return domain.keys().stream().anyMatch(k -> k.use().equals("active"))
                    && domain.keys().stream().noneMatch(k -> k.use().equals("new"));
        }

        long open() {
            return needed.stream().filter(r -> !r.stands()).count();
        }

        /** Optional rows that are wrong. */
        long bad() {
            return others.stream().filter(r -> r.tone().equals("bad")).count();
        }
    }

    static String tone(SendingDomain domain) {
        return switch (domain.standing()) {
            case PENDING -> "warn";
            case PROVEN, TRUSTED -> "good";
        };
    }

    static String label(SendingDomain domain) {
        return switch (domain.standing()) {
            case PENDING -> Texts.t("not verified yet");
            case PROVEN -> Texts.t("verified");
            case TRUSTED -> Texts.t("trusted by the operator");
        };
    }

    private Answer show(Visit visit) {
        return shown(200, visit, found(visit), "");
    }

    private SendingDomain found(Visit visit) {
        return domains.find(visit.tenant(), visit.exchange().path("name"))
                .orElseThrow(DomainPages::unknown);
    }

    private Answer check(Visit visit) {
        Domains.Checked checked = domains.check(visit.tenant(), visit.exchange().path("name"))
                .orElseThrow(DomainPages::unknown);
        return shown(200, visit, checked.domain(), checked.words());
    }

    private Answer rotate(Visit visit) {
        return switch (domains.rotate(visit.tenant(), visit.exchange().path("name"))
                .orElseThrow(DomainPages::unknown)) {
            case Domains.Rotating.Begun(SendingDomain domain) -> shown(200, visit, domain,
                    Texts.t("The next DKIM key is made. Publish its row and check: once it is seen"
                            + " it"
                            + " signs, and the old row stays for 14 days more"));
            case Domains.Rotating.TooEarly(Instant until) -> shown(409, visit, found(visit),
                    Texts.t("Mail on its way may still need the key before the present one,"
                            + " until {0}", Times.day(until)));
        };
    }

    /** What is open, as a file to import. */
    private Answer zone(Visit visit) {
        SendingDomain domain = found(visit);
        return Answer.text(200, "text/plain; charset=utf-8", domains.zoneFile(domain))
                .with("Content-Disposition", "attachment; filename=\"" + domain.name()
                        + ".zone.txt\"");
    }

    private List<Row> rows(SendingDomain domain) {
        String zone = domains.last(domain).map(Look::zone).orElse(domain.name());
        return domains.seen(domain).stream().map(s -> Row.of(s, zone)).toList();
    }

    private Answer shown(int status, Visit visit, SendingDomain domain, String said) {
        Optional<Look> look = domains.last(domain);
        List<Row> rows = rows(domain);
        List<Row> others = rows.stream().filter(r -> !r.row().purpose().needed())
                .sorted(Comparator.comparingInt(DomainPages::rank)).toList();
        return gate.page(status, visit, "domain", domain.name(), "domains", new Model(domain,
                rows.stream().filter(r -> r.row().purpose().needed()).toList(), others,
                domains.changes(domain, Long.MAX_VALUE, CHANGES), said,
                look.map(l -> Times.second(l.at())).orElse(""), domains.warning().orElse("")));
    }

    private static int rank(Row row) {
        return switch (row.tone()) {
            case "bad" -> 0;
            case "warn" -> 1;
            case "good" -> 3;
            default -> 2;
        };
    }

    private static Problem unknown() {
        return ProblemType.NOT_FOUND.problem(
                Texts.t("This account has no such domain. The page Domains"
                + " lists those that it has."));
    }
}
