package dev.mailmill.alert;

import dev.mailmill.account.Audit;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.Tenant;
import dev.mailmill.account.Accounts;
import dev.mailmill.alert.AlertStore.Moved;
import dev.mailmill.alert.AlertStore.Mute;
import dev.mailmill.analytics.Stats;
import dev.mailmill.containment.Containment;
import dev.mailmill.domain.Domains;
import dev.mailmill.feedback.Loops;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.mail.Spool;
import dev.mailmill.sql.Database;
import dev.mailmill.webhook.Webhooks;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What people and programs may say of alerts. {@code machine} says in each question whether who
 * asks may see what is the operator's.
 */
public final class AlertDesk {
    public static final Duration MUTE_MAX = Duration.ofDays(30);
    private static final int ROUTES_MAX = 20;
    private static final int TARGET_MAX = 2_000;
    private static final int TESTS_A_MINUTE = 10;

    private final AlertStore store;
    private final Ways ways;
    private final Teller teller;
    private final Alerts alerts;
    private final Webhooks webhooks;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Map<Long, Tests> tests = new ConcurrentHashMap<>();

    /**
     * Whose numbers and standings are watched.
     *
     * @param folds seconds that each of them is behind, by name
     */
    public record Sources(Stats stats, Accounts accounts, Domains domains, Loops loops,
            Webhooks webhooks, Containment containment, Spool spool,
            Supplier<Map<String, Double>> folds, Machine machine) {
    }

    /** @param base where people open the pages */
    public AlertDesk(Sources from, Database database, Secrets secrets, Ways ways,
            Supplier<URI> base, InstantSource clock, SecureRandom random, MeterRegistry meters) {
        this.store = new AlertStore(database, secrets);
        this.ways = ways;
        this.teller = new Teller(store, ways, base, clock);
        this.webhooks = from.webhooks();
        this.clock = clock;
        this.random = random;
        this.alerts = new Alerts(store, List.of(new Rates(from.stats(), from.accounts()),
                new Standings(from.accounts(), from.domains(), from.loops(), from.webhooks(),
                        from.containment()), new House(from.spool(), from.folds())),
                from.machine(), teller, clock, random, meters);
    }

    /** Judges and tells from now on; to be closed. */
    public Alerts follow() {
        alerts.follow();
        return alerts;
    }

    // ---- alerts

    /** The newest first. @param before a number; {@code Long.MAX_VALUE} for the first page */
    public List<Alert> list(long tenant, boolean machine, boolean open, long before, int limit) {
        return store.list(tenant, machine, open, before, limit);
    }

    public Optional<Alert> find(long tenant, boolean machine, String name) {
        return Alert.number(name).flatMap(id -> store.find(tenant, id))
                .filter(a -> machine || !a.rule().machine());
    }

    /** Until when nobody is told of it. */
    public Optional<Instant> muted(Alert a) {
        return store.mutes(clock.instant()).stream().filter(m -> m.tenant() == a.tenant()
                && m.rule() == a.rule() && (m.about().equals(a.about()) || m.about().isEmpty()))
                .map(Mute::until).max(Instant::compareTo);
    }

    /** Somebody has taken it on: nobody is reminded. False when it is over or was taken on. */
    public boolean ack(Alert a, String by) {
        return store.ack(a.tenant(), a.id(), by, clock.instant());
    }

    /** Nobody is told of it, also if it comes again. @param span zero ends it */
    public Optional<Instant> mute(Alert a, Duration span, String by) {
        Instant until = clock.instant().plus(span);
        store.mute(new Mute(a.tenant(), a.rule(), a.about(), until, by));
        return span.isZero() ? Optional.empty() : Optional.of(until);
    }

    // ---- rules

    /** A rule as it holds for an account. */
    public record Ruled(Rule rule, Defaults.Default usual, Line line) {
    }

    public List<Ruled> rules(long tenant, boolean machine) {
        Map<Long, Map<Rule, Line>> moved = Alerts.lines(store.lines());
        return Rule.ALL.stream().filter(r -> r.of(tenant) && (machine || !r.machine()))
                .map(r -> new Ruled(r, Defaults.of(r), Alerts.line(moved, tenant, r))).toList();
    }

    public Optional<Ruled> rule(long tenant, boolean machine, String word) {
        return rules(tenant, machine).stream().filter(r -> r.rule().word().equals(word))
                .findFirst();
    }

    /** Answers why not; empty when it holds now. */
    public Optional<String> move(long tenant, Rule rule, Line line) {
        if (rule.unit() == Rule.Unit.SHARE && (line.line() > 1 || line.clears() > 1)) {
            return Optional.of("is a share: 0.05 are 5 %");
        }
        if (rule.floor() ? line.clears() < line.line() : line.clears() > line.line()) {
            return Optional.of(rule.floor() ? "is well again at or above the line, not below it"
                    : "is well again at or below the line, not above it");
        }
        if (line.equals(Defaults.of(rule).line())) {
            store.usual(tenant, rule);
        } else {
            store.line(new Moved(tenant, rule, line));
        }
        alerts.again();
        return Optional.empty();
    }

    // ---- routes

    public List<Route> routes(long tenant) {
        return store.routes(tenant);
    }

    public Optional<Route> route(long tenant, String id) {
        return store.routes(tenant).stream().filter(r -> r.id().equals(id)).findFirst();
    }

    /** What became of a wish. */
    public sealed interface Adding {
        /** @param secret that its calls are signed with, shown once; empty where none is */
        record Added(Route route, String secret) implements Adding {
        }

        /** @param field {@code kind} or {@code target} */
        record Wrong(String field, String words) implements Adding {
        }
    }

    public Adding add(long tenant, String kindWord, String target) {
        Optional<Route.Kind> kind = Route.Kind.of(kindWord);
        List<Route> all = routes(tenant);
        if (kind.isEmpty()) {
            return new Adding.Wrong("kind",
                    "must be webhook, slack, teams, discord, ntfy, mail or command");
        }
        Optional<String> wrong = all.size() >= ROUTES_MAX ? Optional.of("is one too many: "
                + ROUTES_MAX + " routes are there") : wrong(tenant, kind.get(), target, all);
        if (wrong.isPresent()) {
            return new Adding.Wrong("target", wrong.get());
        }
        byte[] octets = new byte[32];
        random.nextBytes(octets);
        String secret = kind.get() == Route.Kind.WEBHOOK ? WebhookSignature.secret(octets) : "";
        byte[] id = new byte[8];
        random.nextBytes(id);
        Route made = new Route("alr_" + HexFormat.of().formatHex(id), tenant,
                kind.get(), kind.get() == Route.Kind.COMMAND ? ways.command().orElseThrow()
                        : target, secret, clock.instant(), Optional.empty(), "");
        store.add(made);
        Audit.made(made.id());
        return new Adding.Added(made, secret);
    }

    private Optional<String> wrong(long tenant, Route.Kind kind, String target,
            List<Route> all) {
        return switch (kind) {
            case WEBHOOK, SLACK, TEAMS, DISCORD, NTFY -> target.length() > TARGET_MAX
                    ? Optional.of("is over " + TARGET_MAX + " characters")
                    : webhooks.refusal(target);
            case MAIL -> !address(target) ? Optional.of("must be one address such as"
                    + " ops@example.com")
                    : ways.own(kind) && all.stream().allMatch(r -> ways.own(r.kind()))
                            ? Optional.of("would be told by this server's own mail alone, which"
                                    + " may be what is broken: add a webhook first, or set"
                                    + " `alert-smtp` to another server") : Optional.empty();
            case COMMAND -> tenant != Tenant.FIRST ? Optional.of("is the operator's alone")
                    : ways.command().isEmpty() ? Optional.of("is run from the setting"
                            + " `alert-command`, and that is not set") : Optional.empty();
        };
    }

    private static boolean address(String text) {
        return text.length() <= 254
                && text.matches("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}");
    }

    /** Answers why not; empty when it is gone. */
    public Optional<String> remove(Route route) {
        List<Route> left = routes(route.tenant()).stream()
                .filter(r -> !r.id().equals(route.id())).toList();
        if (!left.isEmpty() && left.stream().allMatch(r -> ways.own(r.kind()))) {
            return Optional.of("Without it alerts would go by this server's own mail alone, which"
                    + " may be what is broken. Add another route first, or remove the mail ones.");
        }
        store.remove(route);
        return Optional.empty();
    }

    /** Tells it that nothing is wrong; answers what went wrong, empty when nothing did. */
    public String test(Route route) {
        return mayTest(route.tenant()) ? teller.test(route) : "it was not told: an account tries"
                + " routes " + TESTS_A_MINUTE + " times a minute at most; wait a minute";
    }

    /** Each runs a program, or reaches somebody who may not have asked for it. */
    private boolean mayTest(long tenant) {
        Instant minute = clock.instant().truncatedTo(ChronoUnit.MINUTES);
        return tests.merge(tenant, new Tests(minute, 1), (before, one) ->
                before.minute().equals(minute) ? new Tests(minute, before.count() + 1) : one)
                .count() <= TESTS_A_MINUTE;
    }

    private record Tests(Instant minute, int count) {
    }

    /** Whether it takes the way of the mail that may be in trouble. */
    public boolean own(Route route) {
        return ways.own(route.kind());
    }
}
