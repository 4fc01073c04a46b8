package dev.mailmill.containment;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/containment}, and ways out of and into it: the scope {@code admin}. */
public final class ContainmentRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Containment containment;
    private final Accounts accounts;
    private final Desk desk;

    public ContainmentRoutes(Containment containment, Accounts accounts, Desk desk) {
        this.containment = containment;
        this.accounts = accounts;
        this.desk = desk;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/containment", ADMIN, e -> Answer.json(200, picture(e)))
                .post("/v1/streams/{id}/resume", ADMIN, this::resume)
                .post("/v1/keys/{id}/contain", ADMIN, e -> contain(e, Kind.API))
                .post("/v1/keys/{id}/release", ADMIN, this::release)
                .post("/v1/smtp-credentials/{id}/contain", ADMIN, e -> contain(e, Kind.SMTP))
                .post("/v1/smtp-credentials/{id}/release", ADMIN, this::release);
    }

    private ObjectNode picture(Exchange exchange) {
        ObjectNode node = JSON.objectNode();
        ArrayNode streams = node.putArray("streams");
        accounts.streams(exchange.caller().tenant()).stream()
                .filter(s -> s.carries() == TrafficClass.BULK)
                .forEach(s -> streams.add(shown(s)));
        ArrayNode credentials = node.putArray("credentials");
        containment.credentials(exchange.caller().tenant()).forEach(m -> credentials.addObject()
                .put("id", m.credential()).put("state", m.state().word())
                .put("at", m.at().toString()).put("evidence", m.words()));
        return node;
    }

    private ObjectNode shown(Stream stream) {
        Tally t = containment.streams().tally(stream.id());
        Optional<StreamStore.Mark> mark = containment.streams().mark(stream.id());
        ObjectNode node = JSON.objectNode().put("stream", stream.name())
                .put("level", mark.map(StreamStore.Mark::level).orElse(Level.NONE).word())
                .put("since", mark.map(m -> m.at().toString()).orElse(null))
                .put("evidence", mark.map(StreamStore.Mark::words).orElse(null))
                .put("tried", t.tried()).put("hard_bounces", t.hard())
                .put("heard", t.heard()).put("complaints", t.complained());
        node.put("complaint_rate", Policy.unknown(t) ? "unknown"
                : Policy.percent(t.complained(), t.heard()));
        ArrayNode said = node.putArray("said");
        t.said().forEach(said::add);
        return node;
    }

    private Answer resume(Exchange exchange) {
        String name = exchange.path("id");
        Stream stream = accounts.named(exchange.caller().tenant(), name).orElseThrow(() ->
                missing("stream", name, "GET /v1/streams lists them"));
        if (!containment.resume(stream, exchange.caller().credential())) {
            throw ProblemType.CONFLICT.problem("The stream " + name + " is neither warned, slowed"
                    + " nor stopped; GET /v1/containment shows what is.");
        }
        return Answer.json(200, shown(stream));
    }

    private Answer contain(Exchange exchange, Kind kind) {
        String id = exchange.path("id");
        return done(containment.contain(exchange.caller().tenant(), kind, id,
                exchange.caller().credential(), desk).orElseThrow(() ->
                missing("credential", id, "their lists show what there is")), "contained");
    }

    private Answer release(Exchange exchange) {
        String id = exchange.path("id");
        return done(containment.release(exchange.caller().tenant(), id,
                exchange.caller().credential(), desk).orElseThrow(() ->
                missing("held credential", id, "GET /v1/containment lists them")), "released");
    }

    private static Problem missing(String what, String name, String next) {
        return ProblemType.NOT_FOUND.problem("This account has no " + what + " \"" + name
                + "\"; " + next + ".");
    }

    private static Answer done(Containment.Done done, String state) {
        return Answer.json(200, JSON.objectNode().put("id", done.credential())
                .put("state", state).put("deliveries", done.deliveries()));
    }
}
