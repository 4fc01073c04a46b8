package dev.mailmill.lane;

import dev.mailmill.dns.Dns;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/sources} and {@code /v1/warm-up}: addresses of ours; {@code /v1/notices}: what happens
 * to them and to the rules. The operator's alone.
 */
public final class SourceRoutes implements Routes {
    private static final String OPERATOR = "*";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int TEXT_MAX = 255;
    private static final int WEIGHT_MAX = 1_000;
    private static final int LADDERS_SHOWN = 1_000;

    private final Lanes lanes;
    private final Health health;
    private final InstantSource clock;

    public SourceRoutes(Lanes lanes, Health health, InstantSource clock) {
        this.lanes = lanes;
        this.health = health;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/sources", OPERATOR, _ -> Paging.answer(
                        lanes.ours().all().stream().map(this::shown).toList(), Optional.empty()))
                .post("/v1/sources", OPERATOR, this::make)
                .patch("/v1/sources/{id}", OPERATOR, this::change)
                .delete("/v1/sources/{id}", OPERATOR, this::remove)
                .get("/v1/sources/health", OPERATOR, _ -> Paging.answer(health.findings()
                        .stream().map(SourceRoutes::shown).toList(), Optional.empty()))
                .get("/v1/notices", OPERATOR, this::notices)
                .get("/v1/warm-up", OPERATOR, _ -> warmUp())
                .post("/v1/warm-up", OPERATOR, this::setWarm);
    }

    private ObjectNode shown(Source s) {
        ObjectNode node = JSON.objectNode().put("name", s.name()).put("pool", s.pool())
                .put("weight", s.weight())
                .put("ip4", s.ip4().map(InetAddress::getHostAddress).orElse(null))
                .put("ip6", s.ip6().map(InetAddress::getHostAddress).orElse(null))
                .put("ehlo", s.ehlo().isEmpty() ? null : s.ehlo())
                .put("proxy", s.proxy().isEmpty() ? null : s.proxy()).put("warm", s.warm())
                .put("paused", s.paused()).put("created_at", s.created().toString());
        return node;
    }

    private static ObjectNode shown(Health.Finding f) {
        return JSON.objectNode().put("source", f.source()).put("about", f.about())
                .put("check", f.check()).put("state", f.state().word()).put("words", f.words())
                .put("at", f.at().toString());
    }

    /** As {@code /v1/events}: next is always there, to come back with. */
    private Answer notices(Exchange exchange) {
        Paging paging = Paging.of(exchange);
        String after = paging.after().orElse("0");
        if (!after.matches("\\d{1,18}")) {
            throw Paging.badCursor();
        }
        List<Notice> page = lanes.notices().after(Long.parseLong(after), paging.limit());
        return Paging.answer(page.stream().map(SourceRoutes::shown).toList(), Optional.of(
                page.isEmpty() ? after : Long.toString(page.getLast().id())));
    }

    private static ObjectNode shown(Notice n) {
        return JSON.objectNode().put("id", Long.toString(n.id())).put("at", n.at().toString())
                .put("kind", n.kind()).put("source", n.source())
                .put("about", n.about().isEmpty() ? null : n.about())
                .put("check", n.check().isEmpty() ? null : n.check())
                .put("state", n.state().isEmpty() ? null : n.state()).put("words", n.words());
    }

    private Answer make(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String name = fields.needText("name", TEXT_MAX);
        if (!name.isEmpty() && !name.matches("[a-z0-9][a-z0-9_-]{0,62}")) {
            fields.wrong("name", "must be 1 to 63 lower-case letters, digits, - and _");
        }
        Source source = read(fields, new Source(name, Source.POOL, 1, Optional.empty(),
                Optional.empty(), "", "", false, false, clock.instant()));
        fields.done();
        if (lanes.ours().named(name).isPresent()) {
            throw ProblemType.CONFLICT.problem("There is a source named \"" + name
                    + "\" already.");
        }
        return Answer.json(201, kept(source));
    }

    private Answer change(Exchange exchange) {
        Source now = known(exchange);
        Fields fields = Fields.of(exchange.json());
        Source source = read(fields, now);
        fields.done();
        return Answer.json(200, kept(source));
    }

    private ObjectNode kept(Source source) {
        if (!lanes.ours().put(source)) {
            throw ProblemType.CONFLICT.problem("There are too many sources already.");
        }
        return shown(source);
    }

    private Answer remove(Exchange exchange) {
        lanes.ours().remove(known(exchange).name());
        return Answer.nothing();
    }

    private Source known(Exchange exchange) {
        return lanes.ours().named(exchange.path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no source of this name; GET /v1/sources"
                        + " lists them."));
    }

    /** What is not said stays as it is. */
    private static Source read(Fields fields, Source now) {
        String pool = fields.text("pool", TEXT_MAX).orElse(now.pool());
        if (!pool.matches("[a-z0-9][a-z0-9_-]{0,62}")) {
            fields.wrong("pool", "must be 1 to 63 lower-case letters, digits, - and _");
        }
        int weight = (int) fields.whole("weight", 1, WEIGHT_MAX).orElse(now.weight());
        Optional<InetAddress> ip4 = address(fields, "ip4", false).or(now::ip4);
        Optional<InetAddress> ip6 = address(fields, "ip6", true).or(now::ip6);
        String ehlo = fields.text("ehlo", TEXT_MAX).orElse(now.ehlo()).toLowerCase(Locale.ROOT);
        if (!ehlo.isEmpty() && !Dns.hostName(ehlo)) {
            fields.wrong("ehlo", "must be a host name: the one that the address resolves to");
        }
        String proxy = fields.text("proxy", TEXT_MAX).orElse(now.proxy());
        if (!proxy.isEmpty() && !proxy(proxy)) {
            fields.wrong("proxy", "must be socks5://address:port or haproxy://address:port,"
                    + " without a login");
        }
        if (proxy.startsWith("haproxy:") && ip4.isEmpty() && ip6.isEmpty()) {
            fields.wrong("proxy", "haproxy needs ip4 or ip6: it is told from where to connect");
        }
        return new Source(now.name(), pool, weight, ip4, ip6, ehlo, proxy,
                fields.flag("warm", now.warm()), fields.flag("paused", now.paused()),
                now.created());
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static boolean proxy(String text) {
        try {
            URI uri = URI.create(text);
            return List.of("socks5", "haproxy").contains(uri.getScheme())
                    && uri.getHost() != null && uri.getPort() > 0
                    && uri.getUserInfo() == null // it would be stored and shown in clear
                    && InetAddress.ofLiteral(bare(uri.getHost())) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<InetAddress> address(Fields fields, String name, boolean six) {
        Optional<String> text = fields.text(name, TEXT_MAX);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            InetAddress address = InetAddress.ofLiteral(text.get());
            if (address instanceof Inet6Address == six) {
                return Optional.of(address);
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        fields.wrong(name, "must be an IPv" + (six ? 6 : 4) + " address of this machine");
        return Optional.empty();
    }

    private Answer warmUp() {
        Map<Warmth.Key, Ladder> all = lanes.warmth().map(Warmth::all).orElse(Map.of());
        return Paging.answer(all.entrySet().stream()
                .sorted(Comparator.comparing(e -> e.getKey().toString())).limit(LADDERS_SHOWN)
                .map(e -> shown(e.getKey(), e.getValue())).toList(), Optional.empty());
    }

    private static ObjectNode shown(Warmth.Key key, Ladder l) {
        return JSON.objectNode().put("kind", key.kind()).put("name", key.name())
                .put("provider", key.provider()).put("cap", l.cap()).put("sent", l.sent())
                .put("warm", l.cap() >= Ladder.WARM).put("deferred", l.deferred())
                .put("policy_refused", l.policy()).put("answers", l.judged())
                .put("halved", l.bad());
    }

    private Answer setWarm(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Optional<String> domain = fields.text("domain", TEXT_MAX);
        Optional<String> source = fields.text("source", TEXT_MAX);
        String provider = fields.text("provider", TEXT_MAX).orElse("");
        boolean warm = fields.flag("warm", true);
        if (domain.isPresent() == source.isPresent()) {
            fields.wrong("domain", "name either a domain or a source");
        }
        Rules rules = lanes.book().current();
        if (!provider.isEmpty() && !rules.named(provider).name().equals(provider)) {
            fields.wrong("provider", "is none that the shaping rules name");
        }
        fields.done();
        Warmth warmth = lanes.warmth().orElseThrow(() -> ProblemType.CONFLICT.problem(
                "Nothing is warmed up here: MAILMILL_WARM_UP is false."));
        int done = 0;
        for (Provider p : rules.providers()) {
            if ((provider.isEmpty() || p.name().equals(provider))
                    && !p.name().equals(Receivers.OTHER)) {
                warmth.set(new Warmth.Key(domain.isPresent() ? "domain" : "source",
                        domain.or(() -> source).orElseThrow().toLowerCase(Locale.ROOT),
                        p.name()), warm);
                done++;
            }
        }
        return Answer.json(200, JSON.objectNode().put("providers", done).put("warm", warm));
    }
}
