package dev.mailmill.alert;

import dev.mailmill.alert.AlertDesk.Ruled;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/alerts}, {@code /v1/alert-rules}, {@code /v1/alert-routes}: the scope {@code admin}.
 */
public final class AlertRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int TARGET_MAX = 2_000;
    private static final long MUTE_HOURS_MAX = AlertDesk.MUTE_MAX.toHours();
    private static final long SAMPLE_MAX = 1_000_000_000;
    private static final long HOLDS_MAX = Duration.ofDays(1).toSeconds();
    private static final double LINE_MAX = 1e12;

    private final AlertDesk desk;

    public AlertRoutes(AlertDesk desk) {
        this.desk = desk;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/alerts", ADMIN, this::list)
                .post("/v1/alerts/{id}/ack", ADMIN, this::ack)
                .post("/v1/alerts/{id}/mute", ADMIN, this::mute)
                .get("/v1/alert-rules", ADMIN, e -> Paging.answer(desk.rules(
                        e.caller().tenant(), true).stream().map(AlertJson::of).toList(),
                        Optional.empty()))
                .patch("/v1/alert-rules/{rule}", ADMIN, this::move)
                .get("/v1/alert-routes", ADMIN, e -> Paging.answer(desk.routes(
                        e.caller().tenant()).stream().map(AlertJson::of).toList(),
                        Optional.empty()))
                .post("/v1/alert-routes", ADMIN, this::add)
                .delete("/v1/alert-routes/{id}", ADMIN, this::remove)
                .post("/v1/alert-routes/{id}/test", ADMIN, this::test);
    }

    private Answer list(Exchange exchange) {
        Paging paging = Paging.of(exchange);
        String state = exchange.query("state").orElse("open");
        if (!state.equals("open") && !state.equals("resolved")) {
            throw Paging.wrong("state", "must be open or resolved");
        }
        long before = Long.MAX_VALUE;
        if (paging.after().isPresent()) {
            before = Alert.number(paging.after().get()).orElseThrow(Paging::badCursor);
        }
        List<Alert> page = desk.list(exchange.caller().tenant(), true, state.equals("open"),
                before, paging.limit());
        return Paging.answer(page.stream().map(this::shown).toList(),
                page.size() < paging.limit() ? Optional.empty()
                        : Optional.of(page.getLast().name()));
    }

    private ObjectNode shown(Alert a) {
        return AlertJson.of(a, desk.muted(a));
    }

    private Alert known(Exchange exchange) {
        return desk.find(exchange.caller().tenant(), true, exchange.path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no such alert; GET /v1/alerts lists"
                        + " them."));
    }

    private Answer ack(Exchange exchange) {
        Alert a = known(exchange);
        if (!desk.ack(a, exchange.caller().credential())) {
            throw ProblemType.CONFLICT.problem("The alert is over, or somebody has taken it on"
                    + " already.");
        }
        return Answer.json(200, shown(known(exchange)));
    }

    private Answer mute(Exchange exchange) {
        Alert a = known(exchange);
        Fields fields = Fields.of(exchange.json());
        long hours = fields.whole("hours", 0, MUTE_HOURS_MAX).orElse(-1);
        if (hours < 0) {
            fields.wrong("hours", "is required: for how long nobody is told; 0 ends it");
        }
        fields.done();
        desk.mute(a, Duration.ofHours(hours), exchange.caller().credential());
        return Answer.json(200, shown(a));
    }

    private Answer move(Exchange exchange) {
        String word = exchange.path("rule");
        Ruled now = desk.rule(exchange.caller().tenant(), true, word).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no such rule; GET /v1/alert-rules lists"
                        + " them."));
        Fields fields = Fields.of(exchange.json());
        boolean usual = fields.flag("default", false);
        Line from = usual ? now.usual().line() : now.line();
        double line = number(fields, "line", from.line());
        Line moved = new Line(line, number(fields, "clears", line == from.line() ? from.clears()
                : line), fields.whole("sample", 0, SAMPLE_MAX).orElse(from.sample()),
                Duration.ofSeconds(fields.whole("holds_seconds", 0, HOLDS_MAX)
                        .orElse(from.holds().toSeconds())), fields.flag("armed", from.armed()));
        fields.done();
        Optional<String> wrong = desk.move(exchange.caller().tenant(), now.rule(), moved);
        if (wrong.isPresent()) {
            fields.wrong("clears", wrong.get());
            fields.done();
        }
        return Answer.json(200, AlertJson.of(desk.rule(exchange.caller().tenant(), true, word)
                .orElseThrow()));
    }

    private static double number(Fields fields, String name, double otherwise) {
        Optional<JsonNode> value = fields.value(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        double n = value.get().isNumber() ? value.get().doubleValue() : -1;
        if (!(n >= 0 && n <= LINE_MAX)) {
            fields.wrong(name, "must be a number, 0 or more");
            return otherwise;
        }
        return n;
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String kind = fields.needText("kind", 20);
        String target = fields.text("target", TARGET_MAX).orElse("");
        fields.done();
        return switch (desk.add(exchange.caller().tenant(), kind, target)) {
            case AlertDesk.Adding.Added(Route made, String secret) -> {
                ObjectNode node = AlertJson.of(made);
                if (!secret.isEmpty()) {
                    node.put("secret", secret);
                }
                yield Answer.json(201, node);
            }
            case AlertDesk.Adding.Wrong(String field, String words) -> {
                fields.wrong(field, words);
                fields.done();
                throw new IllegalStateException("a wrong field is a problem");
            }
        };
    }

    private Route route(Exchange exchange) {
        return desk.route(exchange.caller().tenant(), exchange.path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no such route; GET /v1/alert-routes lists"
                        + " them."));
    }

    private Answer remove(Exchange exchange) {
        Optional<String> no = desk.remove(route(exchange));
        if (no.isPresent()) {
            Problem refused = ProblemType.CONFLICT.problem(no.get());
            throw refused;
        }
        return Answer.nothing();
    }

    private Answer test(Exchange exchange) {
        String said = desk.test(route(exchange));
        return Answer.json(200, JSON.objectNode().put("taken", said.isEmpty())
                .put("said", said.isEmpty() ? null : said));
    }
}
