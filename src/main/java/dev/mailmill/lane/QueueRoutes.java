package dev.mailmill.lane;

import dev.mailmill.account.Accounts;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.nio.charset.StandardCharsets;
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
    private static final int LANES_MAX = 1_000;
    private static final int FLOWS_MAX = 100;
    /** Whose receivers are found out for a sweep by site or provider. */
    private static final int FLOWS_ASKED = 5_000;
    /** As many as fit into an answer's time. */
    private static final int SWEEP_MAX = 20_000;
    private static final int PAGE = 500;
    private static final int REQUEUE_MAX = 2_000;
    /** What is put out of memory for a sweep is not taken back before it is done. */
    private static final Duration ASIDE = Duration.ofMinutes(1);
    private static final Duration REQUEUE_WITHIN = Duration.ofHours(72);

    private final Lanes lanes;
    private final Dispatcher dispatcher;
    private final Spool spool;
    private final Sweeps sweeps;
    private final Journal journal;
    private final Desk desk;
    private final Accounts accounts;
    private final InstantSource clock;

    public QueueRoutes(Lanes lanes, Dispatcher dispatcher, Spool spool, Sweeps sweeps,
            Journal journal, Desk desk, Accounts accounts, InstantSource clock) {
        this.lanes = lanes;
        this.dispatcher = dispatcher;
        this.spool = spool;
        this.sweeps = sweeps;
        this.journal = journal;
        this.desk = desk;
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
        lanes.pauses().all().forEach(p -> pauses.add(shown(p)));
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
                .put("class", p.carries().map(TrafficClass::word).orElse(null));
    }

    /** What a request names; nothing named is a mistake unless it says all. */
    private final class Named {
        private final long tenant;
        private final long stream;
        private final String domain;
        private final String site;
        private final String provider;

        Named(Exchange exchange, Fields fields) {
            Optional<String> name = fields.text("stream", TEXT_MAX);
            Optional<Stream> found = name.flatMap(n ->
                    accounts.named(exchange.caller().tenant(), n));
            if (name.isPresent() && found.isEmpty()) {
                fields.wrong("stream", "is no stream of this account; GET /v1/streams lists them");
            }
            stream = found.map(Stream::id).orElse(0L);
            tenant = fields.whole("tenant", 1, Long.MAX_VALUE).orElse(0);
            domain = fields.text("domain", TEXT_MAX).orElse("").toLowerCase(Locale.ROOT);
            site = fields.text("site", TEXT_MAX).orElse("");
            provider = fields.text("provider", TEXT_MAX).orElse("");
            boolean all = fields.flag("all", false);
            if (!all && stream == 0 && tenant == 0 && domain.isEmpty() && site.isEmpty()
                    && provider.isEmpty()) {
                fields.wrong("", "name a stream, tenant, domain, site or provider; or say all");
            }
        }

        boolean site(Transport.Site s) {
            return (site.isEmpty() || site.equals(s.name()))
                    && (provider.isEmpty() || provider.equals(s.provider()));
        }

        boolean domain(String d) {
            if (!domain.isEmpty() && !domain.equals(d)) {
                return false;
            }
            // without the network: this is asked with a lane locked, or in the middle of a read
            return site.isEmpty() && provider.isEmpty()
                    || lanes.sites().known(d).filter(this::site).isPresent();
        }

        boolean delivery(Delivery d) {
            return (tenant == 0 || tenant == d.tenant()) && (stream == 0 || stream == d.stream())
                    && domain(d.domain());
        }

        Sweeps.Which which() {
            if (!site.isEmpty() || !provider.isEmpty()) {
                sweeps.waiting(FLOWS_ASKED).stream().map(Sweeps.Waiting::domain).distinct()
                        .filter(d -> lanes.sites().known(d).isEmpty())
                        .forEach(lanes.sites()::find);
            }
            return new Sweeps.Which(tenant, stream, this::domain);
        }
    }

    private Answer pause(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Named named = new Named(exchange, fields);
        if (!named.domain.isEmpty()) {
            fields.wrong("domain", "a domain is not paused alone: name its site, as GET /v1/queue"
                    + " shows it");
        }
        String reason = fields.needText("reason", TEXT_MAX);
        String source = fields.text("source", TEXT_MAX).orElse("");
        Optional<TrafficClass> carries = carries(fields);
        Optional<Duration> lasts = duration(fields);
        fields.done();
        Instant now = clock.instant();
        Pause pause = lanes.pauses().add(new Pause(0, now, exchange.caller().credential(), reason,
                lasts.map(now::plus), named.tenant, named.stream, named.site, named.provider,
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
            fields.wrong("for", e.getMessage());
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
        Named named = new Named(exchange, fields);
        fields.done();
        lanes.shaper().reopen(named::site);
        dispatcher.lookAgain();
        int done = sweeps.sweep(new Sweeps.Act.Flush(), named.which(), SWEEP_MAX);
        return done(done, SWEEP_MAX);
    }

    private Answer bounce(Exchange exchange) {
        return sweep(exchange, fields -> new Sweeps.Act.Bounce(Reply.local("5.0.0",
                "Ended by the operator: " + fields.needText("reason", TEXT_MAX))));
    }

    private interface Acts {
        Sweeps.Act of(Fields fields);
    }

    private Answer sweep(Exchange exchange, Acts acts) {
        Fields fields = Fields.of(exchange.json());
        Named named = new Named(exchange, fields);
        Sweeps.Act act = acts.of(fields);
        fields.done();
        dispatcher.putBack(named::delivery, clock.instant().plus(ASIDE));
        Sweeps.Which which = named.which();
        return done(sweeps.sweep(act, which, SWEEP_MAX), SWEEP_MAX);
    }

    private static Answer done(int done, int most) {
        return Answer.json(200, JSON.objectNode().put("done", done).put("more", done == most));
    }

    /**
     * Policy refusals only, once each, within 72 hours: the missing record is there now. Each is
     * sent again as a message of its own, since a final state is final.
     */
    private Answer requeue(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        Named named = new Named(exchange, fields);
        Optional<String> after = fields.text("after", TEXT_MAX);
        Journal.Position at = from(fields, after);
        fields.done();
        Instant since = clock.instant().minus(REQUEUE_WITHIN);
        int done = 0;
        int gone = 0;
        for (int looked = 0; looked < 200; looked++) {
            Journal.Page page = journal.read(0, at, PAGE);
            at = page.next();
            for (Journal.Entry e : page.entries()) {
                if (e.fact() instanceof Fact.Bounced(Reply r, _, boolean late) && !late
                        && r.enhanced().startsWith("5.7.") && e.at().isAfter(since)
                        && wanted(named, e)) {
                    boolean again = again(e, exchange.caller().credential());
                    done += again ? 1 : 0;
                    gone += again ? 0 : 1;
                }
            }
            if (page.entries().isEmpty() || done >= REQUEUE_MAX) {
                return Answer.json(200, JSON.objectNode().put("done", done).put("gone", gone)
                        .put("more", !page.entries().isEmpty())
                        .put("next", page.entries().isEmpty() ? null : at.text()));
            }
        }
        return Answer.json(200, JSON.objectNode().put("done", done).put("gone", gone)
                .put("more", true).put("next", at.text()));
    }

    private Journal.Position from(Fields fields, Optional<String> after) {
        try {
            return after.map(Journal.Position::parse).orElseGet(() -> new Journal.Position(
                    (int) Math.floorDiv(clock.instant().minus(REQUEUE_WITHIN).getEpochSecond(),
                            86_400L), 0, 0));
        } catch (IllegalArgumentException e) {
            fields.wrong("after", "is no position: take next of the answer before");
            return Journal.Position.START;
        }
    }

    private static boolean wanted(Named named, Journal.Entry e) {
        String domain = e.address().substring(e.address().lastIndexOf('@') + 1)
                .toLowerCase(Locale.ROOT);
        return (named.tenant == 0 || named.tenant == e.tenant())
                && (named.stream == 0 || named.stream == e.stream()) && named.domain(domain);
    }

    private boolean again(Journal.Entry e, String credential) {
        Optional<Spool.Sight> sight = spool.find(e.tenant(), e.message());
        List<Delivery> whom = sight.map(s -> s.deliveries().stream()
                .filter(d -> d.id() == e.delivery() && d.state() == State.BOUNCED).toList())
                .orElse(List.of());
        if (whom.isEmpty()) {
            return false;
        }
        // the key makes it once, whoever asks and however often
        String key = "requeue " + Ids.text("dlv_", e.delivery());
        return desk.again(sight.get().message(), whom, new Submission.Who(e.tenant(), credential,
                Door.API, ""), false, Optional.of(new Submission.Idempotency(key,
                key.getBytes(StandardCharsets.UTF_8)))) instanceof Desk.Again.Asked;
    }
}
