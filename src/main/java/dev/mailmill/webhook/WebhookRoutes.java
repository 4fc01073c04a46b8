package dev.mailmill.webhook;

import dev.mailmill.account.Accounts;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.send.EventJson;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/webhooks}: the scope {@code admin}. */
public final class WebhookRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final String ONE = "/v1/webhooks/{id}";
    private static final String DELIVERY = "whd_";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int URL_MAX = 1_000;
    private static final int TEXT_MAX = 200;
    private static final int LIST_MAX = 100;
    private static final int YEAR_MIN = 1970;
    private static final int YEAR_MAX = 9999;
    private static final int HOURS = 24;
    private static final int HOURS_MAX = 168;

    private final Webhooks webhooks;
    private final Accounts accounts;

    public WebhookRoutes(Webhooks webhooks, Accounts accounts) {
        this.webhooks = webhooks;
        this.accounts = accounts;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/webhooks", ADMIN, this::list)
                .post("/v1/webhooks", ADMIN, this::add)
                .get(ONE, ADMIN, e -> Answer.json(200, shown(known(e))))
                .patch(ONE, ADMIN, this::change)
                .delete(ONE, ADMIN, this::remove)
                .get(ONE + "/deliveries", ADMIN, this::deliveries)
                .get(ONE + "/deliveries/{delivery}", ADMIN, this::delivery)
                .post(ONE + "/test", ADMIN, e ->
                        Answer.json(200, attempt(webhooks.test(known(e)))))
                .post(ONE + "/rotate", ADMIN, this::rotate)
                .post(ONE + "/replay", ADMIN, this::replay)
                .post(ONE + "/enable", ADMIN, this::enable)
                .post(ONE + "/disable", ADMIN, this::disable);
    }

    private Answer list(Exchange exchange) {
        return Paging.answer(webhooks.of(exchange.caller().tenant()).stream().map(this::shown)
                .toList(), Optional.empty());
    }

    private ObjectNode shown(Endpoint e) {
        ObjectNode node = JSON.objectNode().put("id", e.id()).put("url", e.wish().url());
        ArrayNode types = node.putArray("events");
        new TreeSet<>(e.wish().types()).forEach(types::add);
        ArrayNode streams = node.putArray("streams");
        new TreeSet<>(e.wish().streams()).forEach(streams::add);
        return node.put("description", e.wish().description()).put("batch", e.wish().batch())
                .put("tell_about_others", e.wish().watches()).put("state", e.word())
                .put("reason", e.reason().isEmpty() ? null : e.reason())
                .put("failing_since", e.failing().map(EventJson::time).orElse(null))
                .put("cursor", e.position().text()).put("waiting", webhooks.waiting(e))
                .put("replaying", e.replay().isPresent())
                .put("created_at", EventJson.time(e.created()));
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String url = fields.needText("url", URL_MAX);
        Endpoint.Wish wish = wish(exchange, fields, url, new Endpoint.Wish(url, Set.of(),
                Set.of(), "", 1, false));
        Webhooks.Made made = webhooks.add(exchange.caller().tenant(), wish).orElseThrow(() ->
                ProblemType.CONFLICT.problem("This account has " + EndpointStore.ENDPOINTS_MAX
                        + " webhooks, the most it may; remove one."));
        return Answer.json(201, shown(made.endpoint()).put("secret", made.secret()));
    }

    private Answer change(Exchange exchange) {
        Endpoint known = known(exchange);
        Fields fields = Fields.of(exchange.json());
        String url = fields.text("url", URL_MAX).orElse(known.wish().url());
        webhooks.change(known.tenant(), known.id(), wish(exchange, fields, url, known.wish()));
        return Answer.json(200, shown(known(exchange)));
    }

    private Endpoint.Wish wish(Exchange exchange, Fields fields, String url,
            Endpoint.Wish before) {
        Set<String> types = fields.value("events").isEmpty() ? before.types()
                : new HashSet<>(fields.texts("events", LIST_MAX, TEXT_MAX));
        if (!EventJson.TYPES.containsAll(types)) {
            String wrong = types.stream().filter(t -> !EventJson.TYPES.contains(t)).sorted()
                    .findFirst().orElseThrow();
            fields.wrong("events", Fields.near(wrong, EventJson.TYPES)
                    .map(t -> "names no event by \"" + wrong + "\"; did you mean " + t + "?")
                    .orElse("must be some of " + String.join(", ", EventJson.TYPES)));
        }
        Set<String> streams = fields.value("streams").isEmpty() ? before.streams()
                : new HashSet<>(fields.texts("streams", LIST_MAX, TEXT_MAX));
        for (String stream : streams) {
            if (accounts.named(exchange.caller().tenant(), stream).isEmpty()) {
                fields.wrong("streams", "names \"" + stream + "\", which this account does not"
                        + " have; GET /v1/streams lists them");
            }
        }
        String description = fields.text("description", TEXT_MAX).orElse(before.description());
        int batch = (int) fields.whole("batch", 1, Endpoint.BATCH_MAX).orElse(before.batch());
        boolean watches = fields.flag("tell_about_others", before.watches());
        if (!url.isEmpty()) {
            webhooks.refusal(url).ifPresent(why -> fields.wrong("url", why));
        }
        fields.done();
        return new Endpoint.Wish(url, types, streams, description, batch, watches);
    }

    private Answer remove(Exchange exchange) {
        Endpoint known = known(exchange);
        webhooks.remove(known.tenant(), known.id());
        return Answer.nothing();
    }

    private Answer deliveries(Exchange exchange) {
        Endpoint known = known(exchange);
        Paging page = Paging.of(exchange);
        long before = page.after().map(a -> place(a).orElseThrow(Paging::badCursor)).orElse(0L);
        Optional<String> outcome = exchange.query("outcome");
        if (outcome.isPresent() && !Set.of(Attempt.DELIVERED, Attempt.FAILED, Attempt.GIVEN_UP)
                .contains(outcome.get())) {
            throw Paging.wrong("outcome", "must be delivered, failed or given_up");
        }
        List<Attempt> found = webhooks.attempts(known, before, outcome, page.limit() + 1);
        return Paging.answer(found.stream().limit(page.limit()).map(WebhookRoutes::attempt)
                .toList(), found.size() > page.limit()
                        ? Optional.of(id(found.get(page.limit() - 1))) : Optional.empty());
    }

    private static String id(Attempt a) {
        return DELIVERY + Long.toString(a.n(), 36);
    }

    private static Optional<Long> place(String id) {
        return id.matches(DELIVERY + "[0-9a-z]{1,12}")
                ? Optional.of(Long.parseLong(id.substring(DELIVERY.length()), 36))
                : Optional.empty();
    }

    private static ObjectNode attempt(Attempt a) {
        ObjectNode node = JSON.objectNode().put("id", id(a)).put("at", EventJson.time(a.at()))
                .put("type", a.type()).put("webhook_id", a.call());
        ArrayNode events = node.putArray("events");
        a.events().forEach(e -> events.add(EventJson.EVENT + e));
        node.put("attempt", a.attempt()).put("outcome", a.outcome());
        if (a.status() == 0) {
            node.putNull("status");
        } else {
            node.put("status", a.status());
        }
        return node.put("error", a.said().isEmpty() ? null : a.said()).put("ms", a.millis())
                .put("answer", a.answer());
    }

    private Answer delivery(Exchange exchange) {
        Endpoint known = known(exchange);
        Attempt found = attempt(known, exchange.path("delivery")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no such delivery in the log: it keeps the"
                        + " newest " + AttemptLog.KEPT + " of 30 days."));
        String request = webhooks.request(known, found);
        return Answer.json(200, attempt(found).put("request",
                request.isEmpty() ? null : request));
    }

    private Optional<Attempt> attempt(Endpoint e, String id) {
        return place(id).flatMap(n -> webhooks.attempts(e, n + 1, Optional.empty(), 1).stream()
                .filter(a -> a.n() == n).findFirst());
    }

    private Answer rotate(Exchange exchange) {
        Endpoint known = known(exchange);
        Fields fields = Fields.of(exchange.json());
        long hours = fields.whole("old_expires_in_hours", 0, HOURS_MAX).orElse(HOURS);
        fields.done();
        String secret = webhooks.rotate(known, Duration.ofHours(hours));
        return Answer.json(200, shown(known(exchange)).put("secret", secret));
    }

    private Answer replay(Exchange exchange) {
        Endpoint known = known(exchange);
        Fields fields = Fields.of(exchange.json());
        Optional<String> event = fields.text("event", TEXT_MAX);
        Optional<String> after = fields.text("after", TEXT_MAX);
        Optional<Instant> from = time(fields, "from");
        Optional<Instant> to = time(fields, "to");
        int kinds = (event.isPresent() ? 1 : 0) + (after.isPresent() ? 1 : 0)
                + (from.isPresent() ? 1 : 0);
        if (kinds != 1 || to.isPresent() && from.isEmpty()) {
            fields.wrong("", "must have one of event, after, or from with or without to");
        }
        Optional<Position> one = event.flatMap(e -> position(fields, "event", e));
        Optional<Position> start = after.flatMap(a -> position(fields, "after", a));
        fields.done();
        if (known.state() == Endpoint.State.DISABLED) {
            throw ProblemType.CONFLICT.problem("This webhook is disabled: enable it first.");
        }
        if (one.isPresent()) {
            if (!webhooks.replay(known, one.get())) {
                throw ProblemType.NOT_FOUND.problem("There is no such event of this account.");
            }
        } else {
            webhooks.replay(known, start.orElse(Position.START),
                    from.orElse(Instant.EPOCH), to.orElse(Instant.ofEpochMilli(Long.MAX_VALUE)));
        }
        return Answer.json(202, shown(known(exchange)));
    }

    /** Of the years that the store can count. */
    private static Optional<Instant> time(Fields fields, String name) {
        Optional<String> text = fields.text(name, TEXT_MAX);
        try {
            Optional<OffsetDateTime> time = text.map(OffsetDateTime::parse);
            if (time.isEmpty() || time.get().getYear() >= YEAR_MIN
                    && time.get().getYear() <= YEAR_MAX) {
                return time.map(OffsetDateTime::toInstant);
            }
        } catch (DateTimeParseException e) {
            // told below
        }
        fields.wrong(name, "must be a time like 2026-01-31T09:00:00Z");
        return Optional.of(Instant.EPOCH);
    }

    private static Optional<Position> position(Fields fields, String name, String text) {
        try {
            return Optional.of(Position.parse(text.startsWith(EventJson.EVENT)
                    ? text.substring(EventJson.EVENT.length()) : text));
        } catch (IllegalArgumentException e) {
            fields.wrong(name, "must be an event's id, like evt_1a2.0.3b");
            return Optional.empty();
        }
    }

    private Answer enable(Exchange exchange) {
        Endpoint known = known(exchange);
        Fields fields = Fields.of(exchange.json());
        String from = fields.text("from", TEXT_MAX).orElse("cursor");
        if (!Set.of("cursor", "now").contains(from)) {
            fields.wrong("from", "must be cursor (where it was) or now");
        }
        fields.done();
        webhooks.enable(known, from.equals("now"));
        return Answer.json(200, shown(known(exchange)));
    }

    private Answer disable(Exchange exchange) {
        webhooks.disable(known(exchange));
        return Answer.json(200, shown(known(exchange)));
    }

    private Endpoint known(Exchange exchange) throws Problem {
        return webhooks.find(exchange.caller().tenant(), exchange.path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("This account has no such webhook; GET /v1/webhooks"
                        + " lists them."));
    }
}
