package dev.mailmill.lane;

import dev.mailmill.account.Accounts;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/queue}: what waits, why and for how long, and a person's word on it. The operator's
 * alone: lanes are everybody's.
 */
public final class QueueRoutes implements Routes {
    private static final String OPERATOR = "*";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int TEXT_MAX = 300;
    /** How lanes of exits are called; which mail takes one is decided for each recipient. */
    private static final String EXIT = "exit:";
    private static final int LANES_MAX = 1_000;
    private static final int FLOWS_MAX = 100;
    private static final int COUNT_MAX = 100_000;
    private static final List<State> WAITING =
            List.of(State.SCHEDULED, State.QUEUED, State.DEFERRED);

    private final Lanes lanes;
    private final Dispatcher dispatcher;
    private final Spool spool;
    private final Sweeps sweeps;
    private final Sweeper sweeper;
    private final Accounts accounts;
    private final InstantSource clock;

    public QueueRoutes(Lanes lanes, Dispatcher dispatcher, Spool spool, Sweeps sweeps,
            Sweeper sweeper, Accounts accounts, InstantSource clock) {
        this.lanes = lanes;
        this.dispatcher = dispatcher;
        this.spool = spool;
        this.sweeps = sweeps;
        this.sweeper = sweeper;
        this.accounts = accounts;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/queue", OPERATOR, _ -> Answer.json(200, picture()))
                .post("/v1/queue/pause", OPERATOR, this::pause)
                .post("/v1/queue/resume", OPERATOR, this::resume)
                .post("/v1/queue/flush", OPERATOR, this::flush)
                .post("/v1/queue/cancel", OPERATOR, e -> sweep(e, _ -> new Sweeps.Act.Cancel()))
                .post("/v1/queue/bounce", OPERATOR, this::bounce)
                .post("/v1/queue/requeue", OPERATOR, this::requeue);
    }

    /** The queue as it stands on this node. */
    public ObjectNode picture() {
        ObjectNode node = JSON.objectNode().put("open", spool.open())
                .put("in_memory", dispatcher.inMemory());
        ArrayNode all = node.putArray("lanes");
        dispatcher.places().stream().sorted((a, b) -> b.waiting() - a.waiting())
                .limit(LANES_MAX).forEach(p -> all.add(shown(p)));
        ArrayNode stored = node.putArray("stored");
        sweeps.waiting(FLOWS_MAX).forEach(w -> stored.addObject().put("tenant", w.tenant())
                .put("stream", name(w.stream())).put("class", w.carries().word())
                .put("domain", w.domain()).put("count", w.count())
                .put("or_more", w.count() == Sweeps.COUNTED)
                .put("due", Instant.ofEpochMilli(w.due()).toString()));
        ArrayNode streams = node.putArray("streams");
        dispatcher.starts().forEach(s -> streams.addObject().put("stream", name(s.stream()))
                .put("class", accounts.of(s.stream()).carries().word())
                .put("tenant", accounts.of(s.stream()).tenant())
                .put("first_attempts", s.count()).put("wait_ms_p50", s.half().toMillis())
                .put("wait_ms_p99", s.ninetyNine().toMillis()));
        ArrayNode pauses = node.putArray("pauses");
        lanes.pauses().lasting(clock.instant()).forEach(p -> pauses.add(shown(p)));
        return node;
    }

    private String name(long stream) {
        return accounts.of(stream).name();
    }

    private ObjectNode shown(Dispatcher.Place p) {
        Traffic.Picture now = p.picture();
        ObjectNode node = JSON.objectNode().put("site", p.site().name())
                .put("provider", p.site().provider()).put("source", p.source())
                .put("class", p.carries().word()).put("waiting", p.waiting())
                .put("running", p.running()).put("allowed", now.allowed())
                .put("ceiling", now.ceiling()).put("rate", now.rate().isEmpty() ? null : now.rate())
                .put("oldest", p.oldest().map(Instant::toString).orElse(null))
                .put("delivered_per_minute", now.delivered())
                .put("deferred_per_minute", now.deferred())
                .put("refused_per_minute", now.refused());
        p.hold().ifPresentOrElse(h -> node.set("hold", shown(h)), () -> node.putNull("hold"));
        node.put("last_reply", now.last().text().isEmpty() ? null : now.last().toString());
        return node;
    }

    private static ObjectNode shown(Traffic.Hold h) {
        return JSON.objectNode().put("constraint", h.constraint().word()).put("reason", h.reason())
                .put("until", h.until().equals(Instant.MAX) ? null : h.until().toString())
                .put("reply", h.reply().text().isEmpty() ? null : h.reply().toString());
    }

    private ObjectNode shown(Pause p) {
        return JSON.objectNode().put("id", p.id()).put("at", p.at().toString())
                .put("author", p.author()).put("reason", p.reason())
                .put("until", p.until().map(Instant::toString).orElse(null))
                .put("tenant", p.tenant() == 0 ? null : p.tenant())
                .put("stream", p.stream() == 0 ? null : name(p.stream()))
                .put("site", p.site().isEmpty() ? null : p.site())
                .put("provider", p.provider().isEmpty() ? null : p.provider())
                .put("source", p.source().isEmpty() ? null : p.source())
                .put("class", p.carries().map(TrafficClass::word).orElse(null))
                .put("slow", p.slow());
    }

    /** What a request names; nothing named is a mistake unless it says all. */
    private Sweeper.Kind kind(Exchange exchange, Fields fields) {
        Optional<String> name = fields.text("stream", TEXT_MAX);
        Optional<Stream> found = name.flatMap(n ->
                accounts.named(exchange.caller().tenant(), n));
        if (name.isPresent() && found.isEmpty()) {
            fields.wrong("stream", "is no stream of this account; GET /v1/streams lists them");
        }
        Sweeper.Kind kind = new Sweeper.Kind(fields.whole("tenant", 1, Long.MAX_VALUE).orElse(0),
                found.map(Stream::id).orElse(0L),
                fields.text("domain", TEXT_MAX).orElse("").toLowerCase(Locale.ROOT),
                fields.text("site", TEXT_MAX).orElse(""),
                fields.text("provider", TEXT_MAX).orElse(""), Optional.empty());
        boolean all = fields.flag("all", false);
        if (!all && name.isEmpty() && kind.tenant() == 0 && kind.domain().isEmpty()
                && kind.site().isEmpty() && kind.provider().isEmpty()) {
            fields.wrong("", "must name a stream, tenant, domain, site or provider, or say all");
        }
        return kind;
    }

    /** The same, of what waits: it may be named by its state too. */
    private Sweeper.Kind waiting(Exchange exchange, Fields fields) {
        Optional<String> word = fields.text("state", TEXT_MAX);
        Optional<State> state = WAITING.stream().filter(s -> word.filter(s.word()::equals)
                .isPresent()).findFirst();
        if (word.isPresent() && state.isEmpty()) {
            fields.wrong("state", "must be scheduled, queued or deferred");
        }
        Sweeper.Kind k = kind(exchange, fields);
        return new Sweeper.Kind(k.tenant(), k.stream(), k.domain(), k.site(), k.provider(),
                state);
    }

    private Answer pause(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Sweeper.Kind kind = kind(exchange, fields);
        if (!kind.domain().isEmpty()) {
            fields.wrong("domain", "can't be paused alone: name its site, as GET /v1/queue"
                    + " shows it");
        }
        String reason = fields.needText("reason", TEXT_MAX);
        String source = fields.text("source", TEXT_MAX).orElse("");
        Optional<TrafficClass> carries = carries(fields);
        Optional<Duration> lasts = duration(fields);
        fields.done();
        Instant now = clock.instant();
        Pause pause = lanes.pauses().add(new Pause(0, now, exchange.caller().credential(), reason,
                lasts.map(now::plus), kind.tenant(), kind.stream(), kind.site(), kind.provider(),
                source, carries)).orElseThrow(() -> ProblemType.CONFLICT.problem("There are "
                + Pauses.MAX + " pauses already; end some with POST /v1/queue/resume."));
        return Answer.json(201, shown(pause));
    }

    private static Optional<TrafficClass> carries(Fields fields) {
        Optional<String> word = fields.text("class", TEXT_MAX);
        for (TrafficClass c : TrafficClass.values()) {
            if (word.filter(c.word()::equals).isPresent()) {
                return Optional.of(c);
            }
        }
        if (word.isPresent()) {
            fields.wrong("class", "must be transactional or bulk");
        }
        return Optional.empty();
    }

    private static Optional<Duration> duration(Fields fields) {
        Optional<String> text = fields.text("for", TEXT_MAX);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(RulesReader.duration(text.get(), "for"));
        } catch (RulesError e) {
            fields.wrong("for", "must be " + e.what());
            return Optional.empty();
        }
    }

    private Answer resume(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        long id = fields.whole("id", 1, Long.MAX_VALUE).orElse(0);
        if (id == 0) {
            fields.wrong("id", "is required: a pause's, as GET /v1/queue lists it");
        }
        fields.done();
        if (!lanes.pauses().remove(id)) {
            throw ProblemType.NOT_FOUND.problem("There is no pause " + id
                    + "; GET /v1/queue lists them.");
        }
        return Answer.json(200, JSON.objectNode().put("id", id));
    }

    private Answer flush(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Sweeper.Kind kind = waiting(exchange, fields);
        fields.done();
        sweeper.reopen(kind);
        return done(sweeper.sweep(new Sweeps.Act.Flush(), kind));
    }

    private Answer bounce(Exchange exchange) {
        return sweep(exchange, fields -> new Sweeps.Act.Bounce(Reply.local("5.0.0",
                Sweeper.ENDED + fields.needText("reason", TEXT_MAX))));
    }

    private interface Acts {
        Sweeps.Act of(Fields fields);
    }

    private Answer sweep(Exchange exchange, Acts acts) {
        Fields fields = Fields.of(exchange.json());
        Sweeper.Kind kind = waiting(exchange, fields);
        if (kind.site().startsWith(EXIT)) {
            fields.wrong("site", "is an exit's: what waits for one is named by stream, tenant or"
                    + " domain");
        }
        Sweeps.Act act = acts.of(fields);
        boolean dry = fields.flag("dry_run", false);
        fields.done();
        if (dry) {
            int count = sweeper.count(act, kind, COUNT_MAX);
            return Answer.json(200, JSON.objectNode().put("dry_run", true).put("count", count)
                    .put("or_more", count == COUNT_MAX));
        }
        return done(sweeper.sweep(act, kind));
    }

    private static Answer done(int done) {
        return Answer.json(200, JSON.objectNode().put("done", done)
                .put("more", done == Sweeper.SWEEP_MAX));
    }

    private Answer requeue(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Sweeper.Kind kind = kind(exchange, fields);
        Optional<String> after = fields.text("after", TEXT_MAX);
        Optional<Journal.Position> from = from(fields, after);
        fields.done();
        Sweeper.Requeued told = sweeper.requeue(kind, from, exchange.caller().credential());
        return Answer.json(200, JSON.objectNode().put("done", told.done())
                .put("gone", told.gone()).put("more", told.next().isPresent())
                .put("next", told.next().map(Journal.Position::text).orElse(null)));
    }

    private static Optional<Journal.Position> from(Fields fields, Optional<String> after) {
        try {
            return after.map(Journal.Position::parse);
        } catch (IllegalArgumentException e) {
            fields.wrong("after", "is no position: take next of the answer before");
            return Optional.empty();
        }
    }
}
