package dev.mailmill.account;

import dev.mailmill.account.Credential.Kind;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Caller;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Stream.OnAmbiguous;
import dev.mailmill.mail.Stream.ReturnPath;
import dev.mailmill.mail.Stream.Schedule;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import dev.mailmill.smtp.Network;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/keys}, {@code /v1/smtp-credentials}, {@code /v1/streams}: the scope {@code admin}. */
public final class AccountRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final int TITLE_MAX = 100;
    private static final int DESCRIPTION_MAX = 300;
    private static final int NAME_MAX = 100;
    private static final int ADDRESS_MAX = 254;
    private static final int NETWORKS_MAX = 20;
    private static final int NETWORK_MAX = 50;
    private static final int DOMAIN_MAX = 253;
    /** Labels of letters, digits and hyphens (RFC 1123 §2.1), at least two. */
    private static final String DOMAIN = "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+"
            + "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    private static final int ASKED_AS_MAX = 255;
    private static final Set<String> SCOPES = Set.of("send", "read", "admin");
    private static final Set<String> USUAL_SCOPES = Set.of("send", "read");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Accounts accounts;
    private final List<InetAddress> gateways;

    /** @param gateways that no network of a login may hold */
    public AccountRoutes(Accounts accounts, List<InetAddress> gateways) {
        this.accounts = accounts;
        this.gateways = List.copyOf(gateways);
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
                .post("/v1/streams", ADMIN, this::makeStream)
                .patch("/v1/streams/{id}", ADMIN, this::changeStream);
    }

    private Answer mint(Exchange exchange, Kind kind) {
        return switch (accounts.mint(wish(exchange, kind))) {
            case Minting.Minted(Credential made, String secret) ->
                    Answer.json(201, shown(made).put("secret", secret));
            case Minting.Again(Credential earlier) -> replayed(earlier);
            case Minting.Conflict() -> throw ProblemType.KEY_CONFLICT.problem(
                    "This Idempotency-Key has made another credential; use a new one.");
            case Minting.NoSuchStream(String name) -> throw noSuchStream(name);
            case Minting.NetworkTaken(String network) -> throw ProblemType.CONFLICT.problem(
                    "The network " + network + " submits as another login already; revoke that"
                            + " one first, or name a narrower network.");
            case Minting.TooMany(int max) -> throw ProblemType.CONFLICT.problem("This account has "
                    + max + " credentials of this kind, the most it may; revoke some first.");
        };
    }

    private Accounts.Wish wish(Exchange exchange, Kind kind) {
        Fields fields = Fields.of(body(exchange));
        String name = fields.text("name", NAME_MAX).orElse("");
        if (name.codePoints().anyMatch(Character::isISOControl)) {
            fields.wrong("name", "has a control character");
        }
        String stream = fields.text("stream", NAME_MAX).orElse("");
        Set<String> scopes = switch (kind) {
            case API -> scopes(fields);
            case SMTP -> Set.of();
        };
        SmtpTraits smtp = switch (kind) {
            case API -> SmtpTraits.NONE;
            case SMTP -> new SmtpTraits(rewriteFrom(fields), networks(fields));
        };
        Bounds bounds = bounds(fields, exchange.caller(), scopes);
        fields.done();
        String askedAs = exchange.header("Idempotency-Key").orElse("");
        if (askedAs.length() > ASKED_AS_MAX) {
            throw ProblemType.INVALID.problem("The Idempotency-Key is over " + ASKED_AS_MAX
                    + " characters.");
        }
        return new Accounts.Wish(exchange.caller().tenant(), kind, name, stream, scopes, askedAs,
                bounds, smtp);
    }

    /** Whether its domain is the account's is asked for each message, as for any From. */
    private static String rewriteFrom(Fields fields) {
        Optional<String> said = fields.text("rewrite_from", ADDRESS_MAX);
        if (said.isEmpty()) {
            return "";
        }
        try {
            Address address = Address.parse(said.get());
            if (address.asciiLocal()) {
                return address.aSpec();
            }
            fields.wrong("rewrite_from", "must be ASCII before the @");
        } catch (Malformed e) {
            fields.wrong("rewrite_from", "must be an address alone: " + e.getMessage());
        }
        return "";
    }

    private List<Network> networks(Fields fields) {
        List<Network> networks = new ArrayList<>();
        List<String> said = fields.texts("networks", NETWORKS_MAX, NETWORK_MAX);
        for (int i = 0; i < said.size(); i++) {
            try {
                networks.add(Network.ofClients(said.get(i).strip(), gateways));
            } catch (IllegalArgumentException e) {
                fields.wrong("networks/" + i, "is not taken: " + e.getMessage());
            }
        }
        return networks;
    }

    private static Bounds bounds(Fields fields, Caller caller, Set<String> scopes) {
        String domain = fields.text("domain", DOMAIN_MAX).orElse("").toLowerCase(Locale.ROOT);
        if (!domain.isEmpty() && !domain.matches(DOMAIN)) {
            fields.wrong("domain", "must be a domain name such as example.com, in ASCII"
                    + " (xn--… for others)");
        }
        Bounds bounds = new Bounds(fields.flag("test", false), domain,
                (int) fields.whole("per_second", 1, Bounds.PER_SECOND_MAX).orElse(0),
                fields.whole("per_day", 1, Bounds.PER_DAY_MAX).orElse(0));
        if (scopes.contains(ADMIN) && bounds.evadable()) {
            fields.wrong("scopes", "admin goes with neither test, domain nor per_day: such a key"
                    + " could make another without them");
        }
        return bounds;
    }

    private static Set<String> scopes(Fields fields) {
        if (fields.value("scopes").isEmpty()) {
            return USUAL_SCOPES;
        }
        Set<String> scopes = Set.copyOf(fields.texts("scopes", SCOPES.size(), NAME_MAX));
        if (scopes.isEmpty() || !SCOPES.containsAll(scopes)) {
            fields.wrong("scopes", "must be a list of some of: "
                    + String.join(", ", SCOPES.stream().sorted().toList()));
            return USUAL_SCOPES;
        }
        return scopes;
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
        String detail = "names no stream of this account: \"" + name
                + "\"; GET /v1/streams lists them";
        return ProblemType.INVALID.problem("/stream " + detail + ".",
                List.of(new Problem.FieldError("/stream", detail)));
    }

    private Answer list(Exchange exchange, Kind kind) {
        Paging page = Paging.of(exchange);
        List<Credential> found = accounts.list(exchange.caller().tenant(), kind,
                page.after().orElse(""), page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(this::shown).toList();
        return Paging.answer(data, found.size() > page.limit()
                ? Optional.of(found.get(page.limit() - 1).id()) : Optional.empty());
    }

    private Answer revoke(Exchange exchange, Kind kind) {
        if (!accounts.revoke(exchange.caller().tenant(), kind, exchange.path("id"))) {
            throw ProblemType.NOT_FOUND.problem(
                    "This account has no credential with this id; its list has the ids.");
        }
        return Answer.nothing();
    }

    private ObjectNode shown(Credential c) {
        ObjectNode node = JSON.objectNode().put("id", c.id()).put("name", c.name());
        if (c.kind() == Kind.SMTP) {
            node.put("username", c.id());
            node.put("rewrite_from", c.smtp().rewriteFrom().isEmpty() ? null
                    : c.smtp().rewriteFrom());
            ArrayNode networks = node.putArray("networks");
            c.smtp().networks().forEach(n -> networks.add(n.toString()));
        }
        node.put("stream", accounts.of(c.stream()).name());
        ArrayNode scopes = node.putArray("scopes");
        c.scopes().stream().sorted().forEach(scopes::add);
        node.put("test", c.bounds().test());
        node.put("domain", c.bounds().domain().isEmpty() ? null : c.bounds().domain());
        limit(node, "per_second", c.bounds().perSecond());
        limit(node, "per_day", c.bounds().perDay());
        node.put("hint", c.secretPrefix() + "…" + c.hint());
        node.put("created_at", c.created().toString());
        node.put("revoked_at", c.revoked().map(Instant::toString).orElse(null));
        return node;
    }

    private static void limit(ObjectNode node, String name, long max) {
        if (max == 0) {
            node.putNull(name);
        } else {
            node.put(name, max);
        }
    }

    private Answer streams(Exchange exchange) {
        return Paging.answer(accounts.streams(exchange.caller().tenant()).stream()
                .map(AccountRoutes::shown).toList(), Optional.empty());
    }

    private Answer makeStream(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String name = fields.needText("name", NAME_MAX);
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
                oneOf(fields, "on_ambiguous", OnAmbiguous.RESEND),
                fields.flag("sensitive", false), weight(fields, 1), pool(fields, Stream.POOL),
                oneOf(fields, "reports", Stream.Reports.ON_REQUEST),
                fields.flag("critical", false),
                oneOf(fields, "tracking", Stream.Tracking.of(carries)),
                topic(fields, Stream.Topic.NONE));
        fields.done();
        Stream made = accounts.makeStream(exchange.caller().tenant(), plan)
                .orElseThrow(() -> ProblemType.CONFLICT.problem(
                        "There is a stream named \"" + name + "\" already."));
        return Answer.json(201, shown(made));
    }

    /** What is not said stays as it is. */
    private Answer changeStream(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        Stream now = accounts.named(tenant, exchange.path("id"))
                .orElseThrow(AccountRoutes::unknownStream);
        Fields fields = Fields.of(exchange.json());
        StreamPlan plan = new StreamPlan(now.name(), now.carries(),
                oneOf(fields, "schedule", now.schedule()),
                oneOf(fields, "return_path", now.returnPath()),
                oneOf(fields, "on_ambiguous", now.onAmbiguous()),
                fields.flag("sensitive", now.sensitive()), weight(fields, now.weight()),
                pool(fields, now.pool()), oneOf(fields, "reports", now.reports()),
                fields.flag("critical", now.critical()),
                oneOf(fields, "tracking", now.tracking()), topic(fields, now.topic()));
        fields.done();
        return Answer.json(200, shown(accounts.changeStream(tenant, plan)
                .orElseThrow(AccountRoutes::unknownStream)));
    }

    /** What strangers read is one line each, without what moves the text about. */
    private static Stream.Topic topic(Fields fields, Stream.Topic otherwise) {
        Stream.Topic topic = new Stream.Topic(
                fields.text("title", TITLE_MAX).orElse(otherwise.title()),
                fields.text("description", DESCRIPTION_MAX).orElse(otherwise.description()),
                fields.flag("public", otherwise.shown()));
        oneLine(fields, "title", topic.title());
        oneLine(fields, "description", topic.description());
        return topic;
    }

    private static void oneLine(Fields fields, String field, String text) {
        if (text.codePoints().anyMatch(c -> Character.isISOControl(c)
                || Character.getType(c) == Character.FORMAT
                || Character.getType(c) == Character.SURROGATE
                || Character.getType(c) == Character.LINE_SEPARATOR
                || Character.getType(c) == Character.PARAGRAPH_SEPARATOR)) {
            fields.wrong(field, "must be one line without control characters");
        }
    }

    private static String pool(Fields fields, String otherwise) {
        String pool = fields.text("pool", NAME_MAX).orElse(otherwise);
        if (!pool.matches("[a-z0-9][a-z0-9_-]{0,62}")) {
            fields.wrong("pool", "must be 1 to 63 lower-case letters, digits, - and _");
        }
        return pool;
    }

    private static int weight(Fields fields, int otherwise) {
        return (int) fields.whole("weight", 1, StreamPlan.WEIGHT_MAX).orElse(otherwise);
    }

    private static Problem unknownStream() {
        return ProblemType.NOT_FOUND.problem("This account has no stream of this name; GET"
                + " /v1/streams lists them.");
    }

    private static <E extends Enum<E>> E oneOf(Fields fields, String name, E fallback) {
        Optional<String> said = fields.text(name, NAME_MAX);
        E[] all = fallback.getDeclaringClass().getEnumConstants();
        for (E one : all) {
            if (said.isPresent() && word(one).equals(said.get())) {
                return one;
            }
        }
        if (said.isPresent()) {
            fields.wrong(name, "must be one of: "
                    + String.join(", ", Arrays.stream(all).map(AccountRoutes::word).toList()));
        }
        return fallback;
    }

    private static String word(Enum<?> one) {
        return one.name().toLowerCase(Locale.ROOT);
    }

    private static ObjectNode shown(Stream s) {
        return JSON.objectNode().put("name", s.name()).put("class", s.carries().word())
                .put("schedule", s.schedule().word()).put("return_path", s.returnPath().word())
                .put("on_ambiguous", s.onAmbiguous().word()).put("sensitive", s.sensitive())
                .put("weight", s.weight()).put("pool", s.pool())
                .put("reports", s.reports().word()).put("critical", s.critical())
                .put("tracking", s.tracking().word())
                .put("title", s.topic().title())
                .put("description", s.topic().description())
                .put("public", s.topic().shown());
    }
}
