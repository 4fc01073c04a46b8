package dev.mailmill.dashboard;

import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.DomainDns;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Sending domains, and what each has to publish. */
final class DomainPages implements Routes {
    private static final int PAGE = 100;

    private final Gatekeeper gate;
    private final Domains domains;
    private final DomainDns dns;
    private final Surroundings surroundings;

    DomainPages(Gatekeeper gate, Domains domains, DomainDns dns, Surroundings surroundings) {
        this.gate = gate;
        this.domains = domains;
        this.dns = dns;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/domains", v -> list(200, v, "", ""));
        gate.post(router, "/domains", p -> p.role().changes(), this::add);
        gate.get(router, "/domains/{name}", this::show);
        gate.post(router, "/domains/{name}/check", p -> p.role().changes(), this::check);
    }

    /**
     * @param next  the name after which the next page begins; empty on the last
     * @param wrong what was wrong with the name that was asked for; empty for nothing
     */
    record ListModel(List<SendingDomain> domains, String next, boolean first, boolean needless,
            String name, String wrong) {
        static String path(SendingDomain domain) {
            return DomainPages.path(domain.name());
        }
    }

    private static String path(String name) {
        return "/domains/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private Answer list(int status, Visit visit, String name, String wrong) {
        String after = visit.query("after");
        List<SendingDomain> found = domains.list(visit.tenant(), after, PAGE + 1);
        List<SendingDomain> shown = found.stream().limit(PAGE).toList();
        return gate.page(status, visit, "domains", "Domains", "domains", new ListModel(shown,
                found.size() > PAGE ? shown.getLast().name() : "", after.isEmpty(),
                surroundings.delivery() == Surroundings.Delivery.CAPTURE, name, wrong));
    }

    private Answer add(Visit visit) {
        String name = visit.field("name");
        return switch (domains.add(visit.tenant(), name, false, false)) {
            case Domains.Adding.Added(SendingDomain domain) ->
                    Answer.seeOther(path(domain.name()));
            case Domains.Adding.BadName(String words) -> list(422, visit, name, words);
            case Domains.Adding.Taken(String taken) ->
                    list(409, visit, name, taken + " is verified for another account");
            case Domains.Adding.TooMany(int max) ->
                    list(409, visit, name, "this account has " + max + " domains, the most it may");
        };
    }

    /**
     * One row to publish.
     *
     * @param state     {@code right}, {@code missing}, {@code wrong}, {@code unknown}; empty before
     *                  DNS was asked
     * @param published what stands there instead
     * @param words     what to do about it
     */
    record Row(DnsRow row, String state, List<String> published, String words) {
        /** A heading. */
        static String label(DnsRow.Purpose purpose) {
            return switch (purpose) {
                case DKIM -> "DKIM";
                case OWNERSHIP -> "Ownership";
                case RETURN_PATH_SPF -> "Return path, SPF";
                case RETURN_PATH_MX -> "Return path, MX";
                case DMARC -> "DMARC";
            };
        }

        /** What it is for, as a sentence without its end. */
        String purpose() {
            String words = row.purpose().words();
            return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        }

        String tone() {
            return switch (state) {
                case "right" -> "good";
                case "wrong" -> "bad";
                case "missing" -> row.purpose().needed() ? "bad" : "quiet";
                case "unknown" -> "warn";
                default -> "quiet";
            };
        }

        String label() {
            return switch (state) {
                case "right" -> "published";
                case "" -> "not checked";
                case "missing" -> row.purpose().needed() ? "missing" : "optional";
                default -> state;
            };
        }
    }

    /** @param said how it stands after a check; empty before */
    record Model(SendingDomain domain, List<Row> rows, String said) {
        String path() {
            return DomainPages.path(domain.name());
        }

        String tone() {
            return DomainPages.tone(domain);
        }

        long open() {
            return rows.stream().filter(r -> r.row().purpose().needed())
                    .filter(r -> !r.state().equals("right")).count();
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
            case PENDING -> "not verified yet";
            case PROVEN -> "verified";
            case TRUSTED -> "trusted by the operator";
        };
    }

    private Answer show(Visit visit) {
        SendingDomain domain = domains.find(visit.tenant(), visit.exchange().path("name"))
                .orElseThrow(DomainPages::unknown);
        List<Row> rows = domains.rows(domain).stream()
                .map(r -> new Row(r, "", List.of(), "")).toList();
        return gate.page(visit, "domain", domain.name(), "domains", new Model(domain, rows, ""));
    }

    private Answer check(Visit visit) {
        Optional<Domains.Checked> checked = domains.check(visit.tenant(),
                visit.exchange().path("name"), dns);
        Domains.Checked result = checked.orElseThrow(DomainPages::unknown);
        List<Row> rows = new ArrayList<>();
        for (Finding finding : result.findings()) {
            List<String> published = switch (finding) {
                case Finding.Wrong wrong -> wrong.published();
                case Finding.Right(DnsRow row) -> List.of(row.value());
                case Finding.Missing _, Finding.Unknown _ -> List.of();
            };
            String words = switch (finding) {
                case Finding.Wrong wrong -> wrong.words();
                case Finding.Unknown unknown -> unknown.words();
                case Finding.Right _ -> "";
                case Finding.Missing _ -> "nothing is published at this name";
            };
            rows.add(new Row(finding.row(), finding.word(), published, words));
        }
        SendingDomain domain = result.domain();
        return gate.page(visit, "domain", domain.name(), "domains",
                new Model(domain, rows, result.words()));
    }

    private static Problem unknown() {
        return ProblemType.NOT_FOUND.problem("This account has no such domain. The page Domains"
                + " lists those that it has.");
    }
}
