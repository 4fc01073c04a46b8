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
    private final DomainDns dns;

    public DomainRoutes(Domains domains, DomainDns dns) {
        this.domains = domains;
        this.dns = dns;
    }

    @Override
    public void into(Router router) {
        router.post("/v1/domains", ADMIN, this::add)
                .get("/v1/domains", ADMIN, this::list)
                .get("/v1/domains/{name}", ADMIN, this::show)
                .post("/v1/domains/{name}/check", ADMIN, this::check)
                .post("/v1/domains/{name}/trust", OPERATOR, this::trust);
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String name = fields.needText("name", NAME_MAX);
        boolean trust = fields.flag("trust", false);
        boolean ed25519 = fields.flag("ed25519", false);
        fields.done();
        if (trust && !exchange.caller().may(OPERATOR)) {
            throw ProblemType.MISSING_SCOPE.problem("Only the operator's key can trust a domain;"
                    + " leave out \"trust\" and publish the rows instead.");
        }
        return switch (domains.add(exchange.caller().tenant(), name, ed25519, trust)) {
            case Domains.Adding.Added(SendingDomain domain) -> Answer.json(201, shown(domain));
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
        Domains.Checked checked = domains
                .check(exchange.caller().tenant(), exchange.path("name"), dns)
                .orElseThrow(DomainRoutes::notFound);
        ObjectNode node = head(checked.domain()).put("detail", checked.words());
        ArrayNode records = node.putArray("records");
        for (Finding finding : checked.findings()) {
            ObjectNode record = row(finding.row()).put("status", finding.word())
                    .put("detail", finding.words());
            if (finding instanceof Finding.Wrong wrong) {
                ArrayNode published = record.putArray("published");
                wrong.published().forEach(published::add);
            }
            records.add(record);
        }
        return Answer.json(200, node);
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
        ArrayNode records = node.putArray("records");
        domains.rows(domain).forEach(row -> records.add(row(row)));
        return node;
    }

    private static ObjectNode head(SendingDomain domain) {
        ObjectNode node = JSON.objectNode().put("name", domain.name())
                .put("state", domain.standing().word());
        ArrayNode keys = node.putArray("keys");
        for (SendingDomain.Key key : domain.keys()) {
            keys.add(JSON.objectNode().put("selector", key.selector())
                    .put("algorithm", key.algorithm().word()).put("state", key.use()));
        }
        node.put("created_at", domain.created().toString());
        node.put("proven_at", domain.proven().map(Instant::toString).orElse(null));
        return node;
    }

    private static ObjectNode row(DnsRow row) {
        ObjectNode node = JSON.objectNode().put("type", row.type()).put("name", row.name())
                .put("value", row.value()).put("purpose", row.purpose().word())
                .put("needed", row.purpose().needed())
                .put("explanation", row.purpose().words());
        if (row.type().equals("TXT")) {
            ArrayNode strings = node.putArray("strings");
            row.strings().forEach(strings::add);
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
