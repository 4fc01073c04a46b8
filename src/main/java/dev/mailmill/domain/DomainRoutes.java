package dev.mailmill.domain;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/domains}: the scope {@code admin}; to trust one is the operator's alone. */
public final class DomainRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final String OPERATOR = "*";
    private static final int NAME_MAX = 253;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Domains domains;

    public DomainRoutes(Domains domains) {
        this.domains = domains;
    }

    @Override
    public void into(Router router) {
        router.post("/v1/domains", ADMIN, this::add)
                .get("/v1/domains", ADMIN, this::list)
                .get("/v1/domains/{name}", ADMIN, this::show)
                .post("/v1/domains/{name}/check", ADMIN, this::check)
                .post("/v1/domains/{name}/rotate", ADMIN, this::rotate)
                .get("/v1/domains/{name}/changes", ADMIN, this::changes)
                .get("/v1/domains/{name}/zone", ADMIN, this::zone)
                .post("/v1/domains/{name}/trust", OPERATOR, this::trust);
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String name = fields.needText("name", NAME_MAX);
        boolean trust = fields.flag("trust", false);
        boolean ed25519 = fields.flag("ed25519", false);
        Optional<String> label = fields.text("return_path", NAME_MAX);
        fields.done();
        if (trust && !exchange.caller().may(OPERATOR)) {
            throw ProblemType.MISSING_SCOPE.problem("Only the operator's key can trust a domain;"
                    + " leave out \"trust\" and publish the rows instead.");
        }
        return switch (domains.add(exchange.caller().tenant(), name, ed25519, trust)) {
            case Domains.Adding.Added(SendingDomain domain) ->
                    Answer.json(201, added(domain, label));
            case Domains.Adding.BadName(String words) -> throw ProblemType.INVALID.problem(
                    "/name is no sending domain: " + words + ".",
                    List.of(new Problem.FieldError("/name", words)));
            case Domains.Adding.Taken(String taken) -> throw taken(taken);
            case Domains.Adding.TooMany(int max) -> throw ProblemType.CONFLICT.problem(
                    "This account has " + max + " domains, the most it may.");
        };
    }

    private Answer list(Exchange exchange) {
        Paging page = Paging.of(exchange);
        List<SendingDomain> found = domains.list(exchange.caller().tenant(),
                page.after().orElse(""), page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(this::shown).toList();
        return Paging.answer(data, found.size() > page.limit()
                ? Optional.of(found.get(page.limit() - 1).name()) : Optional.empty());
    }

    private Answer show(Exchange exchange) {
        return domains.find(exchange.caller().tenant(), exchange.path("name"))
                .map(d -> Answer.json(200, shown(d)))
                .orElseThrow(DomainRoutes::notFound);
    }

    private Answer check(Exchange exchange) {
        return Answer.json(200, checked(domains
                .check(exchange.caller().tenant(), exchange.path("name"))
                .orElseThrow(DomainRoutes::notFound)));
    }

    /** What is there already is read before a row is asked for. */
    private ObjectNode added(SendingDomain domain, Optional<String> label) {
        if (label.isPresent() && !domains.returnPath(domain, label.get())) {
            throw ProblemType.INVALID.problem("/return_path is no label: letters, digits and"
                    + " hyphens, at most 32, as in mmbounces.",
                    List.of(new Problem.FieldError("/return_path", "is no label")));
        }
        return checked(domains.first(domains.find(domain.tenant(), domain.name()).orElseThrow()));
    }

    private ObjectNode checked(Domains.Checked checked) {
        ObjectNode node = shown(checked.domain());
        return node.put("detail", checked.words());
    }

    private Answer rotate(Exchange exchange) {
        return switch (domains.rotate(exchange.caller().tenant(), exchange.path("name"))
                .orElseThrow(DomainRoutes::notFound)) {
            case Domains.Rotating.Begun(SendingDomain domain) -> Answer.json(200, shown(domain));
            case Domains.Rotating.TooEarly(Instant until) -> throw ProblemType.CONFLICT.problem(
                    "Mail on its way may still need the key before the present one; its selector"
                            + " is free on " + until + ".");
        };
    }

    private Answer changes(Exchange exchange) {
        SendingDomain domain = domains.find(exchange.caller().tenant(), exchange.path("name"))
                .orElseThrow(DomainRoutes::notFound);
        Paging page = Paging.of(exchange);
        List<Change> found = domains.changes(domain, page.after().map(DomainRoutes::cursor)
                .orElse(Long.MAX_VALUE), page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(c -> JSON.objectNode()
                .put("at", c.at().toString()).put("purpose", c.purpose()).put("name", c.name())
                .put("was", c.was()).put("now", c.now()).put("detail", c.words())).toList();
        return Paging.answer(data, found.size() > page.limit()
                ? Optional.of(Long.toString(found.get(page.limit() - 1).id()))
                : Optional.empty());
    }

    private static long cursor(String text) {
        if (text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw Paging.badCursor();
        }
        return Long.parseLong(text);
    }

    private Answer zone(Exchange exchange) {
        SendingDomain domain = domains.find(exchange.caller().tenant(), exchange.path("name"))
                .orElseThrow(DomainRoutes::notFound);
        boolean all = exchange.query("optional").filter(o -> o.equals("true")).isPresent();
        Export export = new Export(domain, domains.seen(domain), all);
        return switch (exchange.query("format").orElse("zone")) {
            case "zone" -> Answer.text(200, "text/dns; charset=utf-8", export.zone());
            case "cloudflare" -> Answer.json(200, export.cloudflare());
            case "route53" -> Answer.json(200, export.route53());
            case "digitalocean" -> Answer.json(200, export.digitalocean());
            default -> throw Paging.wrong("format", "must be zone, cloudflare, route53 or"
                    + " digitalocean");
        };
    }

    private Answer trust(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        String name = exchange.path("name");
        SendingDomain domain = domains.find(tenant, name).orElseThrow(DomainRoutes::notFound);
        if (!domains.trust(tenant, name)) {
            throw taken(domain.name());
        }
        return Answer.json(200, shown(domains.find(tenant, name)
                .orElseThrow(DomainRoutes::notFound)));
    }

    private ObjectNode shown(SendingDomain domain) {
        ObjectNode node = head(domain);
        domains.last(domain).ifPresent(l -> node.put("checked_at", l.at().toString())
                .put("zone", l.zone()));
        domains.warning().ifPresent(words -> node.put("warning", words));
        ArrayNode records = node.putArray("records");
        domains.seen(domain).forEach(seen -> records.add(row(seen.row(), seen.finding())));
        return node;
    }

    private static ObjectNode head(SendingDomain domain) {
        ObjectNode node = JSON.objectNode().put("name", domain.name())
                .put("state", domain.standing().word())
                .put("return_path", domain.returnPath());
        ArrayNode keys = node.putArray("keys");
        for (SendingDomain.Key key : domain.keys()) {
            keys.add(JSON.objectNode().put("selector", key.selector())
                    .put("algorithm", key.algorithm().word()).put("state", key.use())
                    .put("since", key.since().toString()));
        }
        node.put("created_at", domain.created().toString());
        node.put("proven_at", domain.proven().map(Instant::toString).orElse(null));
        return node;
    }

    private static ObjectNode row(DnsRow row, Optional<Finding> finding) {
        ObjectNode node = JSON.objectNode().put("type", row.type()).put("name", row.name())
                .put("value", row.value()).put("purpose", row.purpose().word())
                .put("needed", row.purpose().needed())
                .put("explanation", row.purpose().words());
        if (row.type().equals("TXT")) {
            ArrayNode strings = node.putArray("strings");
            row.strings().forEach(strings::add);
        }
        if (finding.isPresent()) {
            node.put("status", finding.get().state().word()).put("detail", finding.get().words());
            ArrayNode published = node.putArray("published");
            finding.get().published().forEach(published::add);
        }
        return node;
    }

    private static Problem notFound() {
        return ProblemType.NOT_FOUND.problem(
                "This account has no domain of this name; add it first.");
    }

    private static Problem taken(String name) {
        return ProblemType.CONFLICT.problem(name + " is verified for another account.");
    }
}
