package dev.mailmill.meter;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.time.Instant;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/domains/{name}/compliance}: the scope {@code admin}. */
public final class ComplianceRoutes implements Routes {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Meter meter;

    public ComplianceRoutes(Meter meter) {
        this.meter = meter;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/domains/{name}/compliance", "admin", this::show);
    }

    private Answer show(Exchange exchange) {
        return meter.of(exchange.caller().tenant(), exchange.path("name"))
                .map(c -> Answer.json(200, json(c)))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                        "This account has no domain of this name; add it first."));
    }

    private static ObjectNode json(Compliance c) {
        ObjectNode node = JSON.objectNode().put("domain", c.domain())
                .put("organisation", c.organisation())
                .put("trouble", c.trouble().isEmpty() ? null : c.trouble())
                .put("counted", c.everybody() ? "all_accounts" : "this_account")
                .put("standing", c.standing());
        ArrayNode volumes = node.putArray("volumes");
        c.volumes().forEach(v -> volumes.add(JSON.objectNode().put("provider", v.provider().word())
                .put("last_24_hours", v.day()).put("most_in_24_hours", v.most())
                .put("bulk_since", v.bulk().map(Instant::toString).orElse(null))));
        ArrayNode requirements = node.putArray("requirements");
        c.requirements().forEach(r -> requirements.add(JSON.objectNode().put("id", r.id())
                .put("title", r.title())
                .put("provider", r.provider().map(p -> p.word()).orElse(null))
                .put("state", r.colour().word()).put("evidence", r.evidence())
                .put("fix", r.fix().isEmpty() ? null : r.fix())));
        return node;
    }
}
