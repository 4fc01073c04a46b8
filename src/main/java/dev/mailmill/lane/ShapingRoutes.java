package dev.mailmill.lane;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/shaping}: the rules, their history and what others would do. The operator's alone. */
public final class ShapingRoutes implements Routes {
    private static final String OPERATOR = "*";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int NOTE_MAX = 500;
    private static final int VERSIONS_SHOWN = 100;
    private static final int PAGE = 1_000;
    /** Attempts that one try looks at. */
    private static final int ATTEMPTS_MAX = 2_000_000;
    private static final int WHOLE = 100;
    private static final int ROADS_SHOWN = 100;
    private static final Duration SINCE_MAX = Duration.ofDays(31);

    private final Lanes lanes;
    private final Journal journal;
    private final Streams streams;
    private final InstantSource clock;

    public ShapingRoutes(Lanes lanes, Journal journal, Streams streams, InstantSource clock) {
        this.lanes = lanes;
        this.journal = journal;
        this.streams = streams;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/shaping", OPERATOR, _ -> current())
                .post("/v1/shaping", OPERATOR, this::put)
                .get("/v1/shaping/versions", OPERATOR, _ -> versions())
                .get("/v1/shaping/versions/{version}", OPERATOR, this::version)
                .get("/v1/shaping/diff", OPERATOR, this::diff)
                .post("/v1/shaping/rollback", OPERATOR, this::rollback)
                .post("/v1/shaping/promote", OPERATOR, this::promote)
                .post("/v1/shaping/try", OPERATOR, this::tryOut);
    }

    private Answer current() {
        Rules rules = lanes.book().current();
        ObjectNode node = JSON.objectNode().put("version", rules.version());
        node.set("providers", rules.tree().path("providers"));
        node.set("trial", lanes.book().staged().map(this::trial).orElse(null));
        return Answer.json(200, node.put("yaml", RulesReader.yaml(rules.tree())));
    }

    private ObjectNode trial(Staged staged) {
        List<String> roads = lanes.shaper().trying();
        ObjectNode node = JSON.objectNode().put("version", staged.trial().version())
                .put("share", staged.share()).put("roads", lanes.shaper().roads())
                .put("roads_on_trial", roads.size());
        ArrayNode some = node.putArray("on_trial");
        roads.stream().limit(ROADS_SHOWN).forEach(some::add);
        return node;
    }

    private Answer put(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String yaml = fields.text("yaml", RulesReader.CHARS_MAX).orElse("");
        String note = fields.needText("note", NOTE_MAX);
        long expected = fields.whole("expected_version", 0, Long.MAX_VALUE)
                .orElse(lanes.book().newest());
        int share = share(fields);
        check(fields, yaml);
        fields.done();
        return put(yaml, exchange.caller().credential(), note, share, expected);
    }

    private static int share(Fields fields) {
        return (int) fields.whole("share", 1, WHOLE).orElse(WHOLE);
    }

    /** What is wrong is told as any other field's fault. */
    private static Optional<Rules> check(Fields fields, String yaml) {
        try {
            return Optional.of(Rules.of(yaml, 0));
        } catch (RulesError e) {
            fields.wrong("yaml", e.getMessage());
            return Optional.empty();
        }
    }

    private Answer put(String yaml, String author, String note, int share, long expected) {
        try {
            return switch (lanes.book().put(yaml, author, note, share, expected)) {
                case RuleBook.Put.Done(RuleBook.Version v) -> Answer.json(201, shown(v));
                case RuleBook.Put.Outrun(long now) -> throw ProblemType.CONFLICT.problem(
                        "The rules are at version " + now + " by now, not " + expected
                                + ": look at GET /v1/shaping/diff and say it again.");
            };
        } catch (RulesError e) {
            throw ProblemType.CONFLICT.problem("These rules do not fit what this Mailmill ships: "
                    + e.getMessage() + ".");
        }
    }

    private static ObjectNode shown(RuleBook.Version v) {
        return JSON.objectNode().put("version", v.number())
                .put("at", v.number() == 0 ? null : v.at().toString()).put("author", v.author())
                .put("note", v.note()).put("share", v.share()).put("yaml", v.yaml());
    }

    private Answer versions() {
        return Paging.answer(lanes.book().history(VERSIONS_SHOWN).stream().map(v -> {
            ObjectNode node = shown(v);
            node.remove("yaml");
            return node;
        }).toList(), Optional.empty());
    }

    private Answer version(Exchange exchange) {
        return Answer.json(200, shown(known(exchange.path("version"))));
    }

    private RuleBook.Version known(String text) {
        Optional<RuleBook.Version> found = text.matches("\\d{1,15}")
                ? lanes.book().version(Long.parseLong(text)) : Optional.empty();
        return found.orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                "There is no version " + text + "; GET /v1/shaping/versions lists them."));
    }

    private Answer diff(Exchange exchange) {
        RuleBook.Version from = known(exchange.query("from").orElse("0"));
        RuleBook.Version to = known(exchange.query("to")
                .orElse(Long.toString(lanes.book().newest())));
        return Answer.json(200, JSON.objectNode().put("from", from.number())
                .put("to", to.number()).put("diff", Diff.of(whole(from), whole(to))));
    }

    /** With what is shipped under it: what holds is what is compared. */
    private static List<String> whole(RuleBook.Version v) {
        try {
            return RulesReader.yaml(Rules.of(v.yaml(), v.number()).tree()).lines().toList();
        } catch (RulesError e) {
            return v.yaml().lines().toList();
        }
    }

    private Answer rollback(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        long to = fields.whole("version", 0, Long.MAX_VALUE).orElse(-1);
        if (to < 0) {
            fields.wrong("version", "is required");
        }
        fields.done();
        RuleBook.Version old = known(Long.toString(to));
        return put(old.yaml(), exchange.caller().credential(), "back to version " + to, WHOLE,
                lanes.book().newest());
    }

    /** What is on trial goes to more roads, or to all; as a version, so that history says who. */
    private Answer promote(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        int share = share(fields);
        fields.done();
        RuleBook.Version newest = known(Long.toString(lanes.book().newest()));
        if (newest.share() == WHOLE) {
            throw ProblemType.CONFLICT.problem("Nothing is on trial: version " + newest.number()
                    + " is everybody's. POST /v1/shaping with a share puts rules on trial.");
        }
        return put(newest.yaml(), exchange.caller().credential(), "version " + newest.number()
                + " for " + (share == WHOLE ? "everybody" : share + " %"), share,
                newest.number());
    }

    private Answer tryOut(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String yaml = fields.text("yaml", RulesReader.CHARS_MAX).orElse("");
        String since = fields.text("since", 20).orElse("24h");
        Optional<Rules> rules = check(fields, yaml);
        Duration back = Duration.ZERO;
        try {
            back = RulesReader.duration(since, "since");
        } catch (RulesError e) {
            fields.wrong("since", "must be " + e.what());
        }
        if (back.compareTo(SINCE_MAX) > 0) {
            fields.wrong("since", "must be at most 31d");
        }
        fields.done();
        Replay now = new Replay(lanes.book().current());
        Replay then = new Replay(rules.orElseThrow());
        int looked = replay(clock.instant().minus(back), now, then);
        return Answer.json(200, compared(now.results(), then.results())
                .put("attempts", looked).put("complete", looked < ATTEMPTS_MAX)
                .put("since", clock.instant().minus(back).truncatedTo(ChronoUnit.SECONDS)
                        .toString()));
    }

    private int replay(Instant since, Replay now, Replay then) {
        Journal.Position at = new Journal.Position(
                (int) Math.floorDiv(since.getEpochSecond(), 86_400L), 0, 0);
        int looked = 0;
        while (looked < ATTEMPTS_MAX) {
            Journal.Page page = journal.read(0, at, PAGE);
            for (Journal.Entry e : page.entries()) {
                Optional<Replay.Attempt> attempt = e.at().isBefore(since) ? Optional.empty()
                        : attempt(e);
                if (attempt.isPresent()) {
                    looked++;
                    now.add(attempt.get());
                    then.add(attempt.get());
                }
            }
            if (page.entries().isEmpty()) {
                break;
            }
            at = page.next();
        }
        return looked;
    }

    private Optional<Replay.Attempt> attempt(Journal.Entry e) {
        return switch (e.fact()) {
            case Fact.Delivered f -> attempt(e, Replay.Attempt.Result.DELIVERED, f.reply());
            case Fact.Relayed f -> attempt(e, Replay.Attempt.Result.DELIVERED, f.reply());
            case Fact.Deferred f -> attempt(e, Replay.Attempt.Result.DEFERRED, f.reply());
            case Fact.Ambiguous f -> attempt(e, Replay.Attempt.Result.DEFERRED, f.reply());
            case Fact.Bounced f -> attempt(e, Replay.Attempt.Result.REFUSED, f.reply());
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Captured _, Fact.Expired _, Fact.Cancelled _, Fact.Failed _,
                    Fact.Complained _, Fact.Unsubscribed _, Fact.Received _,
                    Fact.Opened _, Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ ->
                    Optional.empty();
        };
    }

    private Optional<Replay.Attempt> attempt(Journal.Entry e, Replay.Attempt.Result result,
            Reply reply) {
        boolean bulk = streams.of(e.stream()).carries() == TrafficClass.BULK;
        return Optional.of(new Replay.Attempt(e.at(), e.tenant(), bulk,
                e.address().substring(e.address().lastIndexOf('@') + 1), reply.host(), result,
                reply));
    }

    private static ObjectNode compared(Map<String, Replay.Result> now,
            Map<String, Replay.Result> then) {
        ObjectNode node = JSON.objectNode();
        ArrayNode all = node.putArray("providers");
        TreeSet<String> names = new TreeSet<>(now.keySet());
        names.addAll(then.keySet());
        for (String name : names) {
            ObjectNode one = all.addObject().put("provider", name);
            one.set("now", result(now.get(name)));
            one.set("then", result(then.get(name)));
        }
        return node;
    }

    private static ObjectNode result(Replay.Result r) {
        if (r == null) {
            return null;
        }
        ObjectNode node = JSON.objectNode().put("attempts", r.attempts())
                .put("deferred", r.deferred()).put("refused", r.refused())
                .put("paused_minutes", r.paused()).put("waited", r.waited())
                .put("deferrals_avoided", r.avoided()).put("peak_per_minute", r.peak())
                .put("wait_minutes_p50", r.halfWait()).put("wait_minutes_p95", r.longWait());
        ObjectNode fired = node.putObject("fired");
        r.fired().entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(e -> fired.put(e.getKey(), e.getValue()));
        return node;
    }
}
