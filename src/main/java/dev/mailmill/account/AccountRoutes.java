package dev.mailmill.account;

import dev.mailmill.account.Credential.Kind;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Problem;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Stream.OnAmbiguous;
import dev.mailmill.mail.Stream.ReturnPath;
import dev.mailmill.mail.Stream.Schedule;
import dev.mailmill.mail.TrafficClass;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/keys}, {@code /v1/smtp-credentials}, {@code /v1/streams}: the scope {@code admin}. */
public final class AccountRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final int NAME_MAX = 100;
    private static final int ASKED_AS_MAX = 255;
    private static final int PAGE_MAX = 100;
    private static final Set<String> SCOPES = Set.of("send", "read", "admin");
    private static final Set<String> USUAL_SCOPES = Set.of("send", "read");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Accounts accounts;

    public AccountRoutes(Accounts accounts) {
        this.accounts = accounts;
    }

    @Override
    public void into(Router router) {
        router.post("/v1/keys", ADMIN, e -> mint(e, Kind.API))
                .get("/v1/keys", ADMIN, e -> list(e, Kind.API))
                .delete("/v1/keys/{id}", ADMIN, e -> revoke(e, Kind.API))
                .post("/v1/smtp-credentials", ADMIN, e -> mint(e, Kind.SMTP))
                .get("/v1/smtp-credentials", ADMIN, e -> list(e, Kind.SMTP))
                .delete("/v1/smtp-credentials/{id}", ADMIN, e -> revoke(e, Kind.SMTP))
                .get("/v1/streams", ADMIN, this::streams)
                .post("/v1/streams", ADMIN, this::makeStream);
    }

    private Answer mint(Exchange exchange, Kind kind) {
        Accounts.Wish wish = wish(exchange, kind);
        return switch (accounts.mint(wish)) {
            case Minting.Minted(Credential made, String secret) ->
                    Answer.json(201, shown(made).put("secret", secret));
            case Minting.Again(Credential earlier) -> replayed(earlier);
            case Minting.Conflict() -> throw new Problem(409, "idempotency-conflict",
                    "The idempotency key was used for another request",
                    "This Idempotency-Key has made another credential; use a new one");
            case Minting.NoSuchStream(String name) -> throw noSuchStream(name);
        };
    }

    private static Accounts.Wish wish(Exchange exchange, Kind kind) {
        Fields fields = switch (kind) {
            case API -> new Fields(body(exchange), "name", "stream", "scopes");
            case SMTP -> new Fields(body(exchange), "name", "stream");
        };
        String name = fields.text("name", NAME_MAX);
        String stream = fields.text("stream", NAME_MAX);
        Set<String> scopes = kind == Kind.API
                ? fields.words("scopes", SCOPES, USUAL_SCOPES) : Set.of();
        String askedAs = exchange.header("Idempotency-Key").orElse("");
        if (askedAs.length() > ASKED_AS_MAX) {
            throw new Problem(422, "invalid-request", "Some fields are wrong",
                    "the Idempotency-Key has more than " + ASKED_AS_MAX + " characters");
        }
        fields.end();
        return new Accounts.Wish(exchange.caller().tenant(), kind, name, stream, scopes, askedAs);
    }

    /** Nothing has to be said to make a key: no body is an empty object. */
    private static JsonNode body(Exchange exchange) {
        return exchange.body().length == 0 ? JSON.objectNode() : exchange.json();
    }

    private Answer replayed(Credential earlier) {
        Answer plain = Answer.json(201, shown(earlier));
        return new Answer(plain.status(), plain.type(), Map.of("Idempotent-Replayed", "true"),
                plain.body());
    }

    private static Problem noSuchStream(String name) {
        String detail = "there is no stream named \"" + name
                + "\"; GET /v1/streams lists what there is";
        return new Problem(422, "invalid-request", "Some fields are wrong", detail,
                List.of(new Problem.FieldError("/stream", detail)), Map.of());
    }

    private Answer list(Exchange exchange, Kind kind) {
        int limit = limit(exchange);
        List<Credential> found = accounts.list(exchange.caller().tenant(), kind,
                exchange.query("after").orElse(""), limit + 1);
        ArrayNode data = JSON.arrayNode();
        found.stream().limit(limit).forEach(c -> data.add(shown(c)));
        ObjectNode page = JSON.objectNode();
        page.set("data", data);
        if (found.size() > limit) {
            page.put("next", found.get(limit - 1).id());
        } else {
            page.putNull("next");
        }
        return Answer.json(200, page);
    }

    private static int limit(Exchange exchange) {
        String asked = exchange.query("limit").orElse("" + PAGE_MAX);
        try {
            int limit = Integer.parseInt(asked);
            if (limit >= 1 && limit <= PAGE_MAX) {
                return limit;
            }
        } catch (NumberFormatException notANumber) {
            // told below, as any other wrong number
        }
        throw new Problem(422, "invalid-request", "Some fields are wrong",
                "limit must be a number from 1 to " + PAGE_MAX);
    }

    private Answer revoke(Exchange exchange, Kind kind) {
        if (!accounts.revoke(exchange.caller().tenant(), kind, exchange.path("id"))) {
            throw new Problem(404, "not-found", "There is no such thing",
                    "this account has no such credential; list them to see their ids");
        }
        return Answer.nothing();
    }

    private ObjectNode shown(Credential c) {
        ObjectNode node = JSON.objectNode().put("id", c.id()).put("name", c.name());
        if (c.kind() == Kind.SMTP) {
            node.put("username", c.id());
        }
        node.put("stream", accounts.of(c.stream()).name());
        ArrayNode scopes = node.putArray("scopes");
        c.scopes().stream().sorted().forEach(scopes::add);
        node.put("hint", c.kind().secretPrefix() + "…" + c.hint());
        node.put("created_at", c.created().toString());
        node.put("revoked_at", c.revoked().map(Instant::toString).orElse(null));
        return node;
    }

    private Answer streams(Exchange exchange) {
        ObjectNode page = JSON.objectNode();
        ArrayNode data = page.putArray("data");
        accounts.streams(exchange.caller().tenant()).forEach(s -> data.add(shown(s)));
        page.putNull("next");
        return Answer.json(200, page);
    }

    private Answer makeStream(Exchange exchange) {
        Fields fields = new Fields(exchange.json(), "name", "class", "schedule", "return_path",
                "on_ambiguous");
        String name = fields.needed("name", NAME_MAX);
        if (!name.isEmpty() && !name.matches("[a-z0-9][a-z0-9_-]{0,62}")) {
            fields.wrong("name", "must be 1 to 63 lower-case letters, digits, - and _");
        }
        TrafficClass carries = oneOf(fields, "class", TrafficClass.TRANSACTIONAL);
        Schedule schedule = oneOf(fields, "schedule", switch (carries) {
            case TRANSACTIONAL -> Schedule.TRANSACTIONAL;
            case BULK -> Schedule.BULK;
        });
        StreamPlan plan = new StreamPlan(name, carries, schedule,
                oneOf(fields, "return_path", ReturnPath.SIGNED),
                oneOf(fields, "on_ambiguous", OnAmbiguous.RESEND));
        fields.end();
        Stream made = accounts.makeStream(exchange.caller().tenant(), plan)
                .orElseThrow(() -> new Problem(409, "conflict", "The state does not allow this",
                        "there is a stream named \"" + name + "\" already"));
        return Answer.json(201, shown(made));
    }

    private static <E extends Enum<E>> E oneOf(Fields fields, String name, E fallback) {
        List<String> words = Arrays.stream(fallback.getDeclaringClass().getEnumConstants())
                .map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
        String word = fields.word(name, words, fallback.name().toLowerCase(Locale.ROOT));
        return Enum.valueOf(fallback.getDeclaringClass(), word.toUpperCase(Locale.ROOT));
    }

    private static ObjectNode shown(Stream s) {
        return JSON.objectNode().put("name", s.name()).put("class", s.carries().word())
                .put("schedule", s.schedule().word()).put("return_path", s.returnPath().word())
                .put("on_ambiguous", s.onAmbiguous().word());
    }
}
