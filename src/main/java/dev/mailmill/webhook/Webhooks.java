package dev.mailmill.webhook;

import dev.mailmill.account.Audit;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.http.Egress;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.lane.Lanes;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Entry;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Streams;
import dev.mailmill.send.EventJson;
import dev.mailmill.send.Tail;
import dev.mailmill.sql.Database;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * All endpoints, and a line for each that is enabled: on one node, as long as that one holds the
 * lease, so that a message's order is kept. Lines share one look at the journal's end.
 */
public final class Webhooks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
    static final String FAILING = "webhook.failing";
    private static final String TEST = "webhook.test";
    private static final String ID = "whk_";
    private static final int SECRET_BYTES = 32;
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int TICKS_A_LEASE = 12;
    private static final int FACTS_A_LOOK = 500;

    /** @param views where the log is */
    public record Sources(Journal journal, News news, Streams streams, Database database,
            Database views, Secrets secrets, ChangeWatch watch, Lanes lanes, Egress egress) {
    }

    private final Sources sources;
    private final InstantSource clock;
    private final SecureRandom random;
    private final MeterRegistry meters;
    private final EndpointStore store;
    private final AttemptLog log;
    private final Call call;
    private final Backoff backoff;
    private final EventJson json;
    private final Tail tail;
    private final String holder;
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final Routine routine = Routine.every("webhooks", "webhooks have to wait",
            Duration.ZERO, TICK, this::turn);
    private int tick;
    private volatile boolean changed = true;
    private volatile boolean mine;
    private volatile long leadsUntil;

    /** @param inside whether customers may name what is inside, and plain HTTP */
    public Webhooks(Sources sources, boolean inside, InstantSource clock, SecureRandom random,
            MeterRegistry meters) {
        this.sources = sources;
        this.clock = clock;
        this.random = random;
        this.meters = meters;
        this.store = new EndpointStore(sources.database(), sources.secrets());
        this.log = new AttemptLog(sources.views(), clock);
        this.call = new Call(sources.egress(), inside, clock);
        this.backoff = new Backoff(random);
        this.json = new EventJson(sources.streams());
        this.tail = new Tail(sources.journal(), sources.news());
        this.holder = hex(8);
    }

    private String hex(int bytes) {
        byte[] octets = new byte[bytes];
        random.nextBytes(octets);
        return HexFormat.of().formatHex(octets);
    }

    /** From now on endpoints are called. */
    public void follow() {
        sources.watch().listen(() -> changed = true);
        Gauge.builder("mailmill.webhook.lag", this, w -> w.lag()).baseUnit("seconds")
                .description("how old the oldest event is that an endpoint has not been told")
                .register(meters);
        routine.start();
    }

    private double lag() {
        Instant now = clock.instant();
        return lines.values().stream().mapToDouble(l -> l.lag(now)).max().orElse(0);
    }

    private void turn() {
        try {
            if (tick++ % TICKS_A_LEASE == 0) {
                long asked = System.nanoTime();
                boolean now = store.lease(holder, clock.instant(), LEASE);
                leadsUntil = asked + LEASE.toNanos();
                changed |= now && !mine;
                mine = now;
            }
            if (changed || !mine) {
                changed = false;
                look();
            }
            log.flush();
        } catch (StoreException e) {
            changed = true;
            throw e;
        }
    }

    /** A line has ended: one that begins where the store says takes its place. */
    void again() {
        changed = true;
    }

    private synchronized void look() {
        Map<String, Endpoint> wanted = !mine ? Map.of() : store.all().stream()
                .filter(e -> e.state() == Endpoint.State.ENABLED)
                .collect(Collectors.toMap(Endpoint::id, e -> e));
        lines.forEach((id, line) -> {
            if (!wanted.containsKey(id) || line.ended()) {
                lines.remove(id);
                line.close();
            }
        });
        wanted.forEach((id, endpoint) -> {
            Line known = lines.get(id);
            if (known == null) {
                Line line = new Line(endpoint, this);
                lines.put(id, line);
                line.start();
            } else {
                known.changed();
            }
        });
    }

    /** Whether no other node can have begun to call: not once ours could not renew its lease. */
    boolean leads() {
        return !sources.database().postgres() || leadsUntil - System.nanoTime() > 0;
    }

    EndpointStore store() {
        return store;
    }

    AttemptLog log() {
        return log;
    }

    Call call() {
        return call;
    }

    Backoff backoff() {
        return backoff;
    }

    Tail tail() {
        return tail;
    }

    Journal journal() {
        return sources.journal();
    }

    InstantSource clock() {
        return clock;
    }

    String stream(long id) {
        return sources.streams().of(id).name();
    }

    String alertType() {
        return FAILING;
    }

    void counted(String outcome) {
        Counter.builder("mailmill.webhook.attempts").tag("outcome", outcome)
                .description("calls of webhooks, by how they ended").register(meters)
                .increment();
    }

    /** The fact at a place, if it is still kept. */
    Optional<Entry> fact(Position at) {
        return sources.journal().read(0, Line.before(at), 1).entries().stream()
                .filter(e -> e.position().equals(at)).findFirst();
    }

    /** An account's facts at these places that are still kept, in the journal's order. */
    List<Entry> facts(long tenant, Collection<Position> places) {
        TreeSet<Position> left = new TreeSet<>(places);
        List<Entry> found = new ArrayList<>();
        while (!left.isEmpty()) {
            Position first = left.first();
            // they mostly stand together: one look finds many
            Journal.Page page = sources.journal().read(0, Line.before(first),
                    left.size() == 1 ? 1 : FACTS_A_LOOK);
            page.entries().stream().filter(e -> e.tenant() == tenant
                    && left.contains(e.position())).forEach(found::add);
            left.headSet(page.next(), true).clear();
            left.remove(first);
        }
        return found;
    }

    /** What is posted: an event as {@code GET /v1/events} gives it, or a list of them. */
    byte[] body(List<Entry> entries, boolean batch) {
        if (!batch) {
            return octets(json.event(entries.getFirst()));
        }
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        ArrayNode data = node.putArray("data");
        entries.forEach(e -> data.add(json.event(e)));
        return octets(node);
    }

    private static byte[] octets(ObjectNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    void falls(Handle h, Endpoint e, Instant since, Instant now, String said) {
        store.failing(h, e.id(), since.toEpochMilli(), said);
        tell(h, e, now, "failing", "The webhook " + e.id() + " to " + e.wish().url()
                + " takes nothing: " + said + ". Events wait for it, and it is tried on; after 5"
                + " days without success it is disabled.");
    }

    void clogs(Handle h, Endpoint e, Instant now, int waits) {
        tell(h, e, now, "failing", "The webhook " + e.id() + " to " + e.wish().url()
                + " does not take " + waits + " events, though it takes others. Nothing new is told"
                + " to it until it has taken some of them, or they are given up.");
    }

    void ends(Handle h, Endpoint e, Instant now, String said) {
        EndpointStore.disable(h, e.id(), said);
        tell(h, e, now, "disabled", "The webhook " + e.id() + " to " + e.wish().url()
                + " is disabled: " + said + ". Enable it to go on where it was, or from now.");
    }

    void up(Handle h, Endpoint e, Instant now) {
        store.failing(h, e.id(), 0, "");
        sources.lanes().note(h, now, "webhook_healthy", e.id(), "The webhook " + e.id() + " to "
                + e.wish().url() + " takes events again.");
    }

    /** The operator by a notice, and the account's endpoints that wish to know: never by mail. */
    private void tell(Handle h, Endpoint about, Instant now, String state, String words) {
        sources.lanes().note(h, now, "webhook_" + state, about.id(), words);
        ObjectNode event = event(FAILING, now);
        event.putObject("data").put("webhook", about.id()).put("url", about.wish().url())
                .put("state", state).put("words", words);
        h.createQuery("SELECT id FROM webhook_endpoint WHERE tenant = ? AND id <> ?"
                + " AND watches = 1 AND state = 'enabled'").bind(0, about.tenant())
                .bind(1, about.id()).mapTo(String.class).list()
                .forEach(id -> EndpointStore.park(h, id, new Parked(
                        new Position(0, 0, now.toEpochMilli()), 0, 0, 0, now.toEpochMilli(),
                        event.toString())));
        ChangeWatch.note(h);
    }

    private static ObjectNode event(String type, Instant now) {
        return JsonNodeFactory.instance.objectNode().put("id", "evt_" + type.replace('.', '_')
                + "_" + now.toEpochMilli()).put("type", type).put("at", EventJson.time(now));
    }

    /** What can be told, in alphabetical order. */
    public static Set<String> types() {
        return new TreeSet<>(EventJson.TYPES);
    }

    /** All of an account, in the order in which they were made. */
    public List<Endpoint> of(long tenant) {
        return store.of(tenant);
    }

    public Optional<Endpoint> find(long tenant, String id) {
        return store.find(tenant, id);
    }

    /** Why a URL can't be an endpoint's; empty when it can. */
    public Optional<String> refusal(String url) {
        return call.refusal(url);
    }

    /** An endpoint and its secret, which is shown now and never again. */
    public record Made(Endpoint endpoint, String secret) {
    }

    /** It is told what comes from now on. Empty when the account has as many as it may. */
    public Optional<Made> add(long tenant, Endpoint.Wish wish) {
        Endpoint made = new Endpoint(ID + hex(8), tenant, wish, Endpoint.State.ENABLED, "",
                Optional.empty(), sources.journal().head(), Optional.empty(), clock.instant());
        String secret = secret();
        boolean added = store.add(made, secret);
        changed = true;
        if (added) {
            Audit.made(made.id());
        }
        return added ? Optional.of(new Made(made, secret)) : Optional.empty();
    }

    private String secret() {
        byte[] octets = new byte[SECRET_BYTES];
        random.nextBytes(octets);
        return WebhookSignature.secret(octets);
    }

    void change(long tenant, String id, Endpoint.Wish wish) {
        store.change(tenant, id, wish);
        changed = true;
    }

    /** With its log. */
    public boolean remove(long tenant, String id) {
        boolean gone = store.remove(tenant, id);
        look();
        if (gone) {
            log.forget(id);
        }
        return gone;
    }

    /** The old secret signs too for a while. */
    public String rotate(Endpoint e, Duration oldLasts) {
        String secret = secret();
        store.rotate(e.id(), secret, clock.instant().plus(oldLasts));
        Optional.ofNullable(lines.get(e.id())).ifPresent(Line::rekeyed);
        return secret;
    }

    public void disable(Endpoint e) {
        store.disable(e.id(), "disabled by a person");
        look();
    }

    /** @param fromNow without what came while it was disabled */
    public void enable(Endpoint e, boolean fromNow) {
        store.enable(e.id(), fromNow ? Optional.of(sources.journal().head()) : Optional.empty(),
                clock.instant());
        look();
    }

    /** Events that wait outside the order, since they were not taken. */
    public long waiting(Endpoint e) {
        return store.waiting(e.id());
    }

    /** Calls it now with an event that is about nothing; answers what came of it. */
    public Attempt test(Endpoint e) {
        Instant now = clock.instant();
        ObjectNode event = event(TEST, now);
        event.putObject("data").put("webhook", e.id())
                .put("words", "It works: this event is about nothing.");
        ObjectNode batch = JsonNodeFactory.instance.objectNode();
        batch.putArray("data").add(event);
        String id = e.id() + "_test_" + now.toEpochMilli();
        Call.Came came = call.to(e.wish().url(), store.secrets(e.id(), now), id,
                octets(e.wish().batch() > 1 ? batch : event));
        Attempt attempt = new Attempt(log.next(), TEST, List.of(), id, 1,
                came.good() ? Attempt.DELIVERED : Attempt.FAILED, came.status(), came.said(),
                came.millis(), came.answer());
        log.add(e.id(), attempt);
        log.flush();
        return attempt;
    }

    /** The newest first. @param before a place; 0 for the end */
    public List<Attempt> attempts(Endpoint e, long before, Optional<String> outcome, int limit) {
        return log.list(e.id(), before, outcome, limit);
    }

    /** What was posted in this call; empty when the facts are gone. */
    public String request(Endpoint e, Attempt a) {
        List<Entry> entries = facts(e.tenant(), a.events().stream().map(Position::parse).toList());
        return entries.isEmpty() ? "" : new String(body(entries, a.batched()),
                StandardCharsets.UTF_8);
    }

    /** One event once more, whether it was taken or not. False when there is none. */
    public boolean replay(Endpoint e, Position at) {
        Optional<Entry> fact = fact(at).filter(f -> f.tenant() == e.tenant());
        fact.ifPresent(f -> store.again(e.id(), new Parked(f.position(), f.message(), 0, 0,
                clock.millis(), "")));
        changed = true;
        return fact.isPresent();
    }

    /**
     * All that it was told after a place and between two times once more. Up to the journal's end:
     * its own durable position is behind what it was told a moment ago.
     */
    public void replay(Endpoint e, Position after, Instant from, Instant to) {
        Position day = new Position((int) Math.floorDiv(from.getEpochSecond(), 86_400L), 0, 0);
        Position start = after.equals(Position.START) && from.getEpochSecond() > 0 ? day : after;
        store.replay(e.id(), new Endpoint.Replay(start, sources.journal().head(), from, to));
        changed = true;
    }

    @Override
    public void close() {
        routine.close();
        try {
            List<Thread> ends = lines.values().stream()
                    .map(l -> Thread.ofVirtual().start(l::close)).toList();
            for (Thread t : ends) {
                t.join(Duration.ofSeconds(3));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            if (mine) {
                log.flush();
                store.release(holder);
            }
        } catch (StoreException e) {
            LOG.debug("the lease of webhooks ends by itself");
        }
    }
}
