package dev.mailmill.exit;

import dev.mailmill.http.Fields;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an operator may say about exits and routes, for the API and the pages alike: one place reads
 * a wish, checks it and tells what is there. A secret goes in and never comes out.
 */
public final class ExitDesk {
    private static final String NAME = "[a-z0-9][a-z0-9_-]{0,62}";
    private static final int NAME_MAX = 63;
    private static final int DOMAIN_MAX = 253;
    private static final int DOMAINS_MAX = 1_000;
    private static final int URL_MAX = 300;
    private static final int SECRET_MAX = 1_000;
    private static final int FAILOVER_MAX = 10;
    private static final int ADDRESS_MAX = 320;
    /** Where a key may go in clear: no further than this machine. */
    private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Exits exits;
    private final Optional<Probe> probe;

    /** @param probe empty where nothing is sent */
    public ExitDesk(Exits exits, Optional<Probe> probe) {
        this.exits = exits;
        this.probe = probe;
    }

    /** By name, without secrets; whether there is one is none. */
    public List<ObjectNode> exits() {
        return exits.list().stream().map(this::shown).toList();
    }

    /** One of them, as the store has it now. */
    public ObjectNode exit(String name) {
        return shown(known(name));
    }

    /** @param body an ExitRequest of the API's description */
    public ObjectNode create(JsonNode body) {
        Fields fields = Fields.of(body);
        String name = name(fields);
        if (name.equals(Exit.OWN)) {
            fields.wrong("name", "is what routes call MAILMILL_DELIVERY; take another");
        }
        String said = fields.needText("kind", NAME_MAX);
        Optional<Exit.Kind> kind = Exit.Kind.of(said);
        if (kind.isEmpty() && !said.isEmpty()) {
            fields.wrong("kind", "must be one of: " + Arrays.stream(Exit.Kind.values())
                    .map(Exit.Kind::word).collect(Collectors.joining(", ")));
        }
        Exit.Kind is = kind.orElse(Exit.Kind.MX);
        Exit blank = new Exit(exits.newId(), name, is, "", "", "", "",
                is.api() ? List.of() : List.of(Exit.ALL_DOMAINS), exits.clock().instant());
        Exits.Opened wish = read(fields, new Exits.Opened(blank, Exit.Keys.NONE));
        if (kind.isPresent()) {
            complete(fields, wish);
        }
        fields.done();
        if (exits.list().size() >= Exits.EXITS_MAX) {
            throw ProblemType.CONFLICT.problem("There are " + Exits.EXITS_MAX
                    + " exits, the most there may be.");
        }
        if (!exits.add(wish.exit(), wish.keys())) {
            throw ProblemType.CONFLICT.problem("There is an exit named \"" + name + "\" already.");
        }
        return shown(wish);
    }

    /** @param body an ExitChange of the API's description */
    public ObjectNode change(String name, JsonNode body) {
        Exits.Opened now = known(name);
        Fields fields = Fields.of(body);
        Exits.Opened wish = read(fields, now);
        complete(fields, wish);
        fields.done();
        if (!exits.change(wish.exit(), wish.keys())) {
            throw noExit();
        }
        return shown(wish);
    }

    /** What is not said stays as it is. */
    private static Exits.Opened read(Fields fields, Exits.Opened now) {
        Exit e = now.exit();
        Exit.Keys k = now.keys();
        Exit exit = new Exit(e.id(), e.name(), e.kind(),
                fields.text("url", URL_MAX).orElse(e.url()),
                fields.text("region", NAME_MAX).orElse(e.region()),
                fields.text("account", DOMAIN_MAX).orElse(e.account()),
                fields.text("access_key", SECRET_MAX).orElse(e.accessKey()),
                fields.value("domains").isEmpty() ? e.domains() : domains(fields), e.created());
        return new Exits.Opened(exit, new Exit.Keys(
                fields.text("secret", SECRET_MAX).orElse(k.secret()),
                fields.text("smtp", SECRET_MAX).orElse(k.smtp()),
                fields.text("webhook_secret", SECRET_MAX).orElse(k.webhook())));
    }

    private static List<String> domains(Fields fields) {
        List<String> domains = new ArrayList<>();
        List<String> said = fields.texts("domains", DOMAINS_MAX, DOMAIN_MAX);
        for (int i = 0; i < said.size(); i++) {
            try {
                domains.add(said.get(i).equals(Exit.ALL_DOMAINS) ? Exit.ALL_DOMAINS
                        : DomainName.ascii(said.get(i)));
            } catch (Malformed e) {
                fields.wrong("domains/" + i, "is no domain name: " + e.getMessage());
            }
        }
        return domains;
    }

    /** What each kind needs, and how it is written. */
    private static void complete(Fields fields, Exits.Opened wish) {
        Exit exit = wish.exit();
        Exit.Keys keys = wish.keys();
        if (exit.kind().api()) {
            need(fields, "secret", keys.secret());
            if (exit.domains().isEmpty()) {
                fields.wrong("domains", "must name the domains that are verified there, or *");
            }
        }
        if (exit.kind() == Exit.Kind.SES) {
            need(fields, "access_key", exit.accessKey());
            need(fields, "region", exit.region());
        }
        if (!exit.region().matches("[a-z0-9-]{0,30}")) {
            fields.wrong("region", "must be a region's short name, such as eu-west-1");
        }
        if (exit.kind() == Exit.Kind.SMTP) {
            need(fields, "smtp", keys.smtp());
        }
        if (!exit.account().matches("[A-Za-z0-9._-]*")) {
            fields.wrong("account", "may hold letters, digits, dots, - and _");
        }
        // a header's value: what is not printable would break it
        if (!(keys.secret() + exit.accessKey()).chars().allMatch(c -> c > 32 && c < 127)) {
            fields.wrong("secret", "may hold printable ASCII without spaces only");
        }
        smtp(fields, keys.smtp());
        url(fields, exit.url());
        webhook(fields, exit.kind(), keys.webhook());
    }

    private static void need(Fields fields, String name, String value) {
        if (value.isEmpty()) {
            fields.wrong(name, "is required");
        }
    }

    private static void smtp(Fields fields, String smtp) {
        try {
            if (!smtp.isEmpty()) {
                SmartHost.parse(smtp);
            }
        } catch (IllegalArgumentException e) {
            fields.wrong("smtp", "can't be used: " + e.getMessage());
        }
    }

    private static void url(Fields fields, String url) {
        if (url.isEmpty()) {
            return;
        }
        boolean good;
        try {
            URI uri = new URI(url);
            good = uri.getHost() != null && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null && uri.getRawFragment() == null
                    && ("https".equals(uri.getScheme())
                    || "http".equals(uri.getScheme()) && HERE.contains(uri.getHost()));
        } catch (java.net.URISyntaxException e) {
            good = false;
        }
        if (!good) {
            fields.wrong("url", "must be an https:// address without a query; http:// only where"
                    + " it is this machine, since the key would be readable on the way");
        }
    }

    private static void webhook(Fields fields, Exit.Kind kind, String secret) {
        if (secret.isEmpty()) {
            return;
        }
        String wrong = switch (kind) {
            case SENDGRID -> base64(secret) ? "" : "must be the verification key in base64";
            case RESEND -> base64(secret.replaceFirst("^whsec_", "")) ? ""
                    : "must be the signing secret, whsec_…";
            case POSTMARK -> secret.indexOf(':') > 0 && secret.length() >= 16 ? ""
                    : "must be user:password, as in the webhook's URL, 16 characters or more";
            case SES -> secret.matches("arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d+:[A-Za-z0-9_.-]+") ? ""
                    : "must be the topic's ARN, arn:aws:sns:…";
            case MAILGUN -> "";
            case MX, SMTP -> "is for a service's API";
        };
        if (!wrong.isEmpty()) {
            fields.wrong("webhook_secret", wrong);
        }
    }

    private static boolean base64(String text) {
        try {
            return Base64.getDecoder().decode(text).length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String name(Fields fields) {
        String name = fields.needText("name", NAME_MAX);
        if (!name.isEmpty() && !name.matches(NAME)) {
            fields.wrong("name", "must be 1 to 63 lower-case letters, digits, - and _");
        }
        return name;
    }

    /** Unless a route names it. */
    public void remove(String name) {
        Exits.Opened now = known(name);
        List<String> by = exits.remove(now.exit());
        if (!by.isEmpty()) {
            throw ProblemType.CONFLICT.problem("The exit " + now.exit().name()
                    + " is named by routes: " + String.join(", ", by) + "; change them first.");
        }
    }

    private Exits.Opened known(String name) {
        return exits.latest(name).orElseThrow(ExitDesk::noExit);
    }

    private static Problem noExit() {
        return ProblemType.NOT_FOUND.problem(
                "There is no exit of this name; GET /v1/exits lists them.");
    }

    private ObjectNode shown(Exits.Opened opened) {
        Exit e = opened.exit();
        ObjectNode node = JSON.objectNode().put("id", e.id()).put("name", e.name())
                .put("kind", e.kind().word());
        orNull(node, "url", e.url());
        orNull(node, "region", e.region());
        orNull(node, "account", e.account());
        orNull(node, "access_key", e.accessKey());
        e.domains().forEach(node.putArray("domains")::add);
        node.put("secret_set", !opened.keys().secret().isEmpty());
        orNull(node, "smtp", opened.keys().smtp().isEmpty() ? ""
                : SmartHost.parse(opened.keys().smtp()).toString());
        orNull(node, "webhook_path", e.kind().api() ? "/hooks/exits/" + e.id() : "");
        node.put("webhook_set", !opened.keys().webhook().isEmpty());
        Standings.Standing stands = exits.standings().of(e);
        node.put("state", stands.state(exits.clock().instant()).name().toLowerCase(Locale.ROOT));
        orNull(node, "last_error", stands.error());
        orNull(node, "last_error_at", stands.error().isEmpty() ? "" : stands.bad().toString());
        return node.put("created_at", e.created().toString());
    }

    private static void orNull(ObjectNode node, String name, String value) {
        node.put(name, value.isEmpty() ? null : value);
    }

    /** In the order in which they are asked. */
    public List<ObjectNode> routes() {
        return exits.routes().stream().map(ExitDesk::shown).toList();
    }

    /** Makes one or replaces it. @param body a RouteRequest of the API's description */
    public ObjectNode set(JsonNode body) {
        Fields fields = Fields.of(body);
        String name = name(fields);
        Route.Match match = fields.value("match").flatMap(v -> fields.object(v, "match"))
                .map(ExitDesk::match).orElse(Route.Match.ALL);
        Map<String, Integer> shares = shares(fields);
        List<String> failover = fields.texts("failover", FAILOVER_MAX, NAME_MAX);
        fields.done();
        if (exits.routes().size() >= Exits.ROUTES_MAX) {
            throw ProblemType.CONFLICT.problem("There are " + Exits.ROUTES_MAX
                    + " routes, the most there may be.");
        }
        Route set = exits.set(name, match, shares, failover).orElseThrow(() ->
                ProblemType.INVALID.problem("The route names an exit that is not there; there are: "
                        + Exits.names(exits.known()) + "."));
        return shown(set);
    }

    private static Route.Match match(Fields fields) {
        return new Route.Match(fields.text("tenant", NAME_MAX).orElse(""),
                fields.text("stream", NAME_MAX).orElse(""), domain(fields, "recipient_domain"),
                domain(fields, "sender_domain"), fields.text("provider", NAME_MAX).orElse(""));
    }

    private static String domain(Fields fields, String name) {
        Optional<String> said = fields.text(name, DOMAIN_MAX).filter(t -> !t.isEmpty());
        try {
            return said.isEmpty() ? "" : DomainName.ascii(said.get());
        } catch (Malformed e) {
            fields.wrong(name, "is no domain name: " + e.getMessage());
            return "";
        }
    }

    private static Map<String, Integer> shares(Fields fields) {
        Map<String, Integer> shares = new LinkedHashMap<>();
        Optional<JsonNode> said = fields.value("shares");
        if (said.isEmpty() || !said.get().isObject()) {
            fields.wrong("shares", "must be an object of percents, such as {\"own\": 90, \"sg\":"
                    + " 10}");
            return shares;
        }
        int sum = 0;
        for (Map.Entry<String, JsonNode> one : said.get().properties()) {
            long whole = one.getValue().isIntegralNumber() ? one.getValue().longValue() : -1;
            if (whole < 0 || whole > Shares.SLOTS || !one.getKey().matches(NAME)) {
                fields.wrong("shares/" + Fields.escape(one.getKey()),
                        "must be an exit's whole percents, 0 to 100");
                return shares;
            }
            int percent = (int) whole;
            sum += percent;
            if (percent > 0) {
                shares.put(one.getKey(), percent);
            }
        }
        if (sum != Shares.SLOTS) {
            fields.wrong("shares", "must be 100 in sum, and are " + sum);
        }
        return shares;
    }

    private static ObjectNode shown(Route route) {
        ObjectNode node = JSON.objectNode().put("name", route.name());
        ObjectNode match = node.putObject("match");
        Route.Match m = route.match();
        orNull(match, "tenant", m.tenant());
        orNull(match, "stream", m.stream());
        orNull(match, "recipient_domain", m.recipient());
        orNull(match, "sender_domain", m.sender());
        orNull(match, "provider", m.provider());
        ObjectNode shares = node.putObject("shares");
        route.shares().percent().forEach(shares::put);
        route.failover().forEach(node.putArray("failover")::add);
        return node;
    }

    public void removeRoute(String name) {
        if (!exits.removeRoute(name)) {
            throw ProblemType.NOT_FOUND.problem(
                    "There is no route of this name; GET /v1/routes lists them.");
        }
    }

    /**
     * Sends one small mail through exactly this exit, once, and tells the answer.
     *
     * @param body       an ExitTest of the API's description
     * @param credential who asks
     */
    public ObjectNode test(String name, JsonNode body, String credential) {
        Exits.Opened opened = known(name);
        Fields fields = Fields.of(body);
        String to = fields.needText("to", ADDRESS_MAX);
        String from = fields.text("from", ADDRESS_MAX).orElse("");
        fields.done();
        Probe.Told told = probe.orElseThrow(() -> ProblemType.CONFLICT.problem("This server sends"
                + " nothing (MAILMILL_DELIVERY is capture or hold), so there is nothing to test."))
                .send(opened, to, from, credential);
        ObjectNode node = JSON.objectNode().put("exit", name).put("from", told.from())
                .put("to", told.to()).put("outcome", told.outcome());
        orNull(node, "service_id", told.remote());
        Reply r = told.reply();
        ObjectNode reply = node.putObject("reply").put("code", r.code() == 0 ? null : r.code());
        orNull(reply, "enhanced", r.enhanced());
        reply.put("text", r.text());
        orNull(reply, "host", r.host());
        return node;
    }
}
