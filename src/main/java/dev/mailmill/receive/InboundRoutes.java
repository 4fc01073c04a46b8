package dev.mailmill.receive;

import dev.mailmill.account.Audit;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.mail.Ids;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/inbound-routes} and {@code /v1/inbound}. */
public final class InboundRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final String READ = "read";
    private static final int TEXT_MAX = 320;
    private static final int URL_MAX = 1_000;
    private static final int SECRET_BYTES = 32;
    private static final int MAIL_MAX = 64 * 1024 * 1024;

    private final Receiving receiving;

    public InboundRoutes(Receiving receiving) {
        this.receiving = receiving;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/inbound-routes", ADMIN, this::routes)
                .post("/v1/inbound-routes", ADMIN, this::add)
                .delete("/v1/inbound-routes/{id}", ADMIN, this::remove)
                .get("/v1/inbound", READ, this::list)
                .get("/v1/inbound/{id}", READ, this::show)
                .get("/v1/inbound/{id}/raw", READ, this::raw)
                .post("/v1/inbound/{id}/retry", ADMIN, this::retry);
    }

    private Answer routes(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        return Paging.answer(receiving.routes().stream().filter(r -> r.tenant() == tenant)
                .map(InboundRoutes::shown).toList(), Optional.empty());
    }

    private static ObjectNode shown(InboundRoute route) {
        return JsonNodeFactory.instance.objectNode().put("id", route.id())
                .put("pattern", route.pattern()).put("action", route.action().word())
                .put("target", route.target().isEmpty() ? null : route.target())
                .put("created_at", InboundJson.time(route.created()));
    }

    private Answer add(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        Fields fields = Fields.of(exchange.json());
        String said = fields.needText("pattern", TEXT_MAX);
        String word = fields.needText("action", TEXT_MAX);
        String target = fields.text("target", URL_MAX).orElse("");
        String pattern = "";
        try {
            pattern = said.isEmpty() ? "" : InboundRoute.pattern(said);
        } catch (Malformed e) {
            fields.wrong("pattern", e.getMessage());
        }
        if (!pattern.isEmpty() && !receiving.owns(tenant,
                pattern.substring(pattern.lastIndexOf('@') + 1))) {
            fields.wrong("pattern", "is at no domain that is verified for this account; run"
                    + " ./mailmill domain add for it, or for one above it");
        }
        Optional<InboundRoute.Action> action = InboundRoute.Action.of(word);
        if (action.isEmpty() && !word.isEmpty()) {
            fields.wrong("action", "must be one of: " + InboundRoute.Action.words());
        }
        action.ifPresent(a -> target(fields, a, target));
        fields.done();
        boolean signed = action.orElseThrow() == InboundRoute.Action.WEBHOOK;
        String secret = signed ? WebhookSignature.secret(receiving.random(SECRET_BYTES)) : "";
        Optional<InboundRoute> made = receiving.add(tenant, pattern, action.get(), target, secret);
        if (made.isEmpty()) {
            throw ProblemType.CONFLICT.problem("There is a route for " + pattern + " already, or"
                    + " this account has " + Receiving.ROUTES_MAX + ", the most it may.");
        }
        Audit.made(made.get().id());
        ObjectNode node = shown(made.get());
        if (signed) {
            node.put("secret", secret);
        }
        return Answer.json(201, node);
    }

    private void target(Fields fields, InboundRoute.Action action, String target) {
        switch (action) {
            case WEBHOOK -> {
                if (!receiving.callable(target)) {
                    fields.wrong("target", "must be an https address without a login");
                }
            }
            case FORWARD -> {
                try {
                    Address.parse(target);
                } catch (Malformed e) {
                    fields.wrong("target", "must be an address: " + e.getMessage());
                }
            }
            case STORE, REJECT -> {
                if (!target.isEmpty()) {
                    fields.wrong("target", "has no meaning for " + action.word());
                }
            }
        }
    }

    static boolean https(String text, boolean alsoHttp) {
        try {
            URI uri = new URI(text);
            return uri.getHost() != null && uri.getRawUserInfo() == null
                    && ("https".equalsIgnoreCase(uri.getScheme())
                            || alsoHttp && "http".equalsIgnoreCase(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private Answer remove(Exchange exchange) {
        if (!receiving.remove(exchange.caller().tenant(), exchange.path("id"))) {
            throw ProblemType.NOT_FOUND.problem("There is no such inbound route.");
        }
        return Answer.nothing();
    }

    private Answer list(Exchange exchange) {
        Paging page = Paging.of(exchange);
        long before = page.after().map(a -> Ids.parse(Inbound.ID, a)).orElse(0L);
        if (before < 0) {
            throw Paging.badCursor();
        }
        List<Inbound> found = receiving.store().list(exchange.caller().tenant(), before,
                page.limit() + 1);
        return Paging.answer(found.stream().limit(page.limit()).map(InboundJson::head).toList(),
                found.size() > page.limit() ? Optional.of(Ids.text(Inbound.ID,
                        found.get(page.limit() - 1).id())) : Optional.empty());
    }

    private Answer show(Exchange exchange) {
        Inbound mail = known(exchange);
        return Answer.json(200, InboundJson.whole(mail,
                Contents.of(receiving.store().octets(mail.id(), MAIL_MAX))));
    }

    private Answer raw(Exchange exchange) {
        Inbound mail = known(exchange);
        // shown by a browser as a page of ours, hostile HTML would be ours too
        return new Answer(200, "message/rfc822",
                Map.of("Content-Disposition", "attachment; filename=\"received.eml\"",
                        "Content-Security-Policy", "sandbox"),
                receiving.store().octets(mail.id(), MAIL_MAX));
    }

    private Answer retry(Exchange exchange) {
        Inbound mail = known(exchange);
        if (!receiving.again(mail)) {
            throw ProblemType.CONFLICT.problem("This mail is only kept: its route hands nothing"
                    + " on.");
        }
        return Answer.json(200, InboundJson.head(known(exchange)));
    }

    private Inbound known(Exchange exchange) throws Problem {
        long id = Ids.parse(Inbound.ID, exchange.path("id"));
        return (id < 0 ? Optional.<Inbound>empty()
                : receiving.store().find(exchange.caller().tenant(), id))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("There is no such received"
                        + " mail."));
    }
}
