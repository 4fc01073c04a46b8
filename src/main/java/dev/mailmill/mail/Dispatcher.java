package dev.mailmill.mail;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way mail gets out: takes deliveries that are due, lane by lane, attempts them, and
 * records what became of them. Freshly accepted mail comes straight from memory; {@link Supply}
 * brings the rest from the store when there is room (decision 9).
 *
 * <p>Threads: a virtual one for each running attempt, which stays as long as its lane has work; one
 * virtual one that ticks. Lanes have a monitor each, never held during I/O.
 */
public final class Dispatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration TICK = Duration.ofMillis(100);
    /** All lanes are looked at so often: a wake that got lost must not leave mail lying. */
    private static final Duration SWEEP = Duration.ofSeconds(5);
    /** Outcomes that a worker leaves behind while it goes on (decision 5). */
    private static final int UNSETTLED_MAX = 16;
    /** A delivery whose attempt met a defect of ours is left alone for so long. */
    private static final Duration AFTER_DEFECT = Duration.ofMinutes(5);
    /** No lane and no claim takes more than this part of the memory. */
    static final int PART = 8;
    /** What needed the store in vain is tried again after this. */
    private static final Duration AFTER_STORE_AWAY = Duration.ofSeconds(1);
    private static final Reply DEFECT =
            Reply.local("4.3.0", "An error inside Mailmill; the log has it.");
    /** What is held for longer waits in the store, but for a few that are looked at first. */
    private static final Duration HELD_IN_MEMORY = Duration.ofSeconds(30);
    private static final int KEPT_IN_MEMORY = 16;
    private static final int EVICT_MAX = 500;
    /** A hold may end before its time: a person or an answer lifts it. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(10);
    private static final Duration WHEN_FULL = Duration.ofSeconds(5);
    private static final Duration STORE_AWAY_PAUSE = Duration.ofMillis(200);

    private final Spool spool;
    private final Composer composer;
    private final Transport transport;
    private final List<Gate> gates;
    private final Streams streams;
    private final RetryPolicy policy;
    private final InstantSource clock;
    private final Traffic traffic;
    private final Timings firstAttempts;
    private final Starts starts = new Starts();
    private final Memory memory;
    private final Semaphore slots;
    private final Crowd crowd;
    private final Transcripts transcripts = new Transcripts();
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    /** Lanes that wait for a socket, the urgent first; in one line all may have the same ones. */
    private final List<Queue<Lane>> starved = IntStream.range(0, Lane.LINES)
            .<Queue<Lane>>mapToObj(_ -> new ConcurrentLinkedQueue<>()).toList();
    private final Wakes wakes = new Wakes();
    private final Finder finder;
    private final Settling settling;
    private final Bounds bounds;
    private final Supply supply;
    private final int attemptsMax;
    /** Sockets that bulk leaves free, and those that unproven roads leave to proven ones. */
    private final int keptForUrgent;
    private final int keptForProven;
    private volatile boolean running;
    private volatile Thread ticker;
    private Instant sweptAt = Instant.MIN;

    /**
     * @param attemptsMax  running at once over all lanes: each has a socket
     * @param inMemoryMax  deliveries that wait in memory
     * @param bytesMax     octets of content that wait with them
     */
    public record Bounds(int attemptsMax, int inMemoryMax, long bytesMax) {
        /** A quarter of the heap for content, 2,000 sockets. */
        public static Bounds ofHeap(long heapMax) {
            return new Bounds(2000, 100_000, heapMax / 4);
        }
    }

    public Dispatcher(Spool spool, Composer composer, Transport transport, Traffic traffic,
            List<Gate> gates, Streams streams, RetryPolicy policy, InstantSource clock,
            MeterRegistry meters, Bounds bounds) {
        this.spool = spool;
        this.composer = composer;
        this.transport = transport;
        this.traffic = traffic;
        this.gates = List.copyOf(gates);
        this.streams = streams;
        this.policy = policy;
        this.clock = clock;
        this.firstAttempts = new Timings(meters, "mailmill.first.attempt");
        this.memory = new Memory(bounds.inMemoryMax(), bounds.bytesMax());
        this.bounds = bounds;
        this.attemptsMax = bounds.attemptsMax();
        this.keptForUrgent = attemptsMax / 10;
        this.keptForProven = attemptsMax / 4;
        this.slots = new Semaphore(attemptsMax);
        this.crowd = new Crowd(attemptsMax, this::feed);
        this.finder = new Finder(transport, this::enqueue, this::later);
        this.settling = new Settling(spool, () -> running, this::settled);
        this.supply = new Supply(spool, streams, memory, bounds, new Wanted());
        Gauge.builder("mailmill.memory.deliveries", memory, Memory::count).register(meters);
        Gauge.builder("mailmill.attempts.limit", crowd, Crowd::limit).register(meters);
        Gauge.builder("mailmill.attempts.running", slots,
                s -> attemptsMax - s.availablePermits()).register(meters);
    }

    /** Begins to deliver. Never called where mail is only held. */
    public void start() {
        supply.start(clock.instant());
        running = true;
        ticker = Thread.ofVirtual().name("dispatcher").start(this::tick);
        Thread.ofVirtual().name("crowd").start(() -> crowd.watch(() -> running));
    }

    /** Room in memory for a unit that is about to be stored; its answer decides who owns it. */
    Room reserve(List<Spool.Addition> additions) {
        return new Room(additions);
    }

    /** Reserved before the unit is stored, filled after its commit, or given back. */
    final class Room {
        private final List<Spool.Addition> additions;
        private final int count;
        private final long bytes;
        private final boolean granted;

        private Room(List<Spool.Addition> additions) {
            this.additions = additions;
            int sum = 0;
            long cost = 0;
            for (Spool.Addition a : additions) {
                int queued = queued(a);
                sum += queued;
                cost += queued * Memory.cost(a.message(), a.deliveries().size());
            }
            this.count = sum;
            this.bytes = cost;
            TrafficClass carries = additions.getFirst().deliveries().getFirst().carries();
            this.granted = running && sum > 0 && open(additions)
                    && memory.reserveNew(carries, sum, cost);
        }

        /** A lane that is shut or full must not gather mail that others need the room for. */
        private boolean open(List<Spool.Addition> wanted) {
            Instant now = clock.instant();
            for (Spool.Addition a : wanted) {
                for (Delivery d : a.deliveries()) {
                    if (d.state() != State.QUEUED) {
                        continue;
                    }
                    if (lane(d, a.message()).filter(l -> full(l, d.carries(), now)).isPresent()) {
                        return false;
                    }
                }
            }
            return true;
        }

        private static int queued(Spool.Addition a) {
            int n = 0;
            for (Delivery d : a.deliveries()) {
                n += d.state() == State.QUEUED ? 1 : 0;
            }
            return n;
        }

        boolean granted() {
            return granted;
        }

        void fill(long epoch) {
            for (Spool.Addition a : additions) {
                for (Delivery d : a.deliveries()) {
                    if (granted && d.state() == State.QUEUED) {
                        offer(Lane.Queued.of(new Spool.Job(d, a.message(), epoch), streams,
                                a.deliveries().size()));
                    } else if (d.state().open()) {
                        supply.waits(d.carries(), d.due());
                    }
                }
            }
        }

        void giveBack() {
            if (granted) {
                memory.release(count, bytes);
            }
        }
    }

    /** Something in the store falls due then. */
    public void waits(TrafficClass carries, Instant due) {
        supply.waits(carries, due);
    }

    /** What lanes want of the store. */
    private final class Wanted implements Supply.Taker {
        @Override
        public boolean running() {
            return running;
        }

        @Override
        public Set<Supply.Way> notWanted(TrafficClass carries, Instant now) {
            List<Lane> full = lanes.values().stream().filter(l -> full(l, carries, now)).toList();
            Set<String> keys = new HashSet<>();
            full.forEach(l -> keys.add(l.road().key()));
            Set<Supply.Way> ways = new HashSet<>();
            for (Lane lane : full) {
                lane.domains().forEach((pool, domains) -> {
                    if (keys.containsAll(traffic.roads(lane.road().site(), pool))) {
                        domains.forEach(d -> ways.add(new Supply.Way(pool, d)));
                    }
                });
            }
            return ways;
        }

        @Override
        public Optional<Supply.Wait> notNow(Lane.Queued queued, Instant now) {
            Delivery d = queued.job().delivery();
            Optional<Transport.Site> site = transport.site(d);
            if (site.isEmpty()) {
                return Optional.empty();
            }
            Traffic.Road road = traffic.road(site.get(), d, queued.job().message());
            Optional<Traffic.Hold> hold = road.hold(queued.flow(), now)
                    .filter(h -> h.until().isAfter(now.plus(HELD_IN_MEMORY)));
            if (hold.isPresent()) {
                return hold.map(h -> new Supply.Wait(soon(h, now), ours(h)));
            }
            return Optional.ofNullable(lanes.get(road.key()))
                    .filter(l -> full(l, d.carries(), now))
                    .map(l -> new Supply.Wait(now.plus(WHEN_FULL), true));
        }

        @Override
        public void take(Lane.Queued queued) {
            offer(queued);
        }
    }

    private Optional<Lane> lane(Delivery d, Message message) {
        return transport.site(d).map(s -> lanes.get(traffic.road(s, d, message).key()));
    }

    /** A lane takes a part of the memory; a small one when nothing can leave it. */
    private boolean full(Lane lane, TrafficClass carries, Instant now) {
        int part = Math.max(1, bounds.inMemoryMax() / PART);
        int waiting = lane.size(carries);
        return waiting >= part || waiting >= Math.max(1, part / PART)
                && lane.hold(carries, now).isPresent();
    }

    private void offer(Lane.Queued queued) {
        try {
            Optional<Transport.Site> site = transport.site(queued.job().delivery());
            if (site.isPresent()) {
                enqueue(site.get(), queued);
            } else {
                finder.find(queued);
            }
        } catch (RuntimeException e) {
            log.error("Delivery {} has no lane", queued.job().delivery().id(), e);
            later(queued);
        }
    }

    /** What a defect left without a lane is nobody's again, and tried later. */
    private void later(Lane.Queued queued) {
        supply.putBack(queued, clock.instant().plus(AFTER_DEFECT));
    }

    private void enqueue(Transport.Site site, Lane.Queued queued) {
        Traffic.Road road = traffic.road(site, queued.job().delivery(), queued.job().message());
        Lane lane = lanes.compute(road.key(), (k, old) -> {
            Lane l = old != null ? old : new Lane(road);
            l.add(queued);
            return l;
        });
        try {
            staff(lane);
        } catch (RuntimeException e) {
            // it lies in its lane, which is looked at every few seconds
            log.error("Lane {} could not be staffed", road.key(), e);
        }
    }

    /** Starts workers for a lane as far as the road and the number of sockets allow. */
    private void staff(Lane lane) {
        Step step = Step.BEGUN;
        while (step == Step.BEGUN) {
            step = begin(lane);
        }
        if (step == Step.STARVED && mayHaveSocket(lane)) {
            // one became free before it stood in line, and nobody saw it there
            feed();
        }
    }

    private enum Step {
        BEGUN, NOTHING_TO_DO, STARVED
    }

    /** One more worker, or the lane stands in line for a socket. */
    private Step begin(Lane lane) {
        if (!running || !lane.enter(clock.instant())) {
            return Step.NOTHING_TO_DO;
        }
        if (!mayHaveSocket(lane) || !slots.tryAcquire()) {
            lane.leave();
            int line = lane.line();
            if (lane.starve(line)) {
                starved.get(line).add(lane);
            }
            return Step.STARVED;
        }
        Thread.ofVirtual().name("lane ", 0).start(() -> work(lane));
        return Step.BEGUN;
    }

    private boolean mayHaveSocket(Lane lane) {
        int free = slots.availablePermits();
        return free > 0 && (lane.urgent()
                || free > keptForUrgent && attemptsMax - free < crowd.limit())
                && (lane.road().proven() || free > keptForProven);
    }

    private void work(Lane lane) {
        ArrayDeque<Settling.Unsettled> unsettled = new ArrayDeque<>(UNSETTLED_MAX);
        boolean left = false;
        Lane.Taken taken = null;
        try {
            while (running) {
                awaitStore();
                taken = lane.next(clock.instant());
                if (taken == null) {
                    unsettled.forEach(settling::finish);
                    unsettled.clear();
                    taken = lane.nextOrLeave(clock.instant());
                    if (taken == null) {
                        left = true;
                        return;
                    }
                }
                awaitTurn(taken.from());
                attempted(taken.queued(), lane).ifPresent(unsettled::add);
                lane.done(taken.queued());
                taken = null;
                staff(lane);
                if (unsettled.size() >= UNSETTLED_MAX) {
                    settling.finish(unsettled.poll());
                }
            }
        } catch (RuntimeException e) {
            log.error("A worker of lane {} stopped", lane.road().key(), e);
        } finally {
            unsettled.forEach(settling::finish);
            if (!left) {
                if (taken != null) {
                    lane.done(taken.queued());
                }
                lane.leave();
            }
            slots.release();
            tidy(lane);
            feed();
        }
    }

    /** A place in the rate is at most {@link Lane#GRACE} away. */
    private void awaitTurn(Instant from) {
        for (long left = Duration.between(clock.instant(), from).toNanos(); left > 0 && running;
                left = Duration.between(clock.instant(), from).toNanos()) {
            LockSupport.parkNanos(Math.min(left, Lane.GRACE.toNanos()));
        }
    }

    /** After a worker has left: the lane is forgotten, or looked at again when its time comes. */
    private void tidy(Lane lane) {
        if (lane.idle()) {
            lanes.computeIfPresent(lane.road().key(), (_, l) -> l.idle() ? null : l);
            return;
        }
        Instant soon = clock.instant().plus(TICK);
        // with nothing to wait for, others work on it, or it is looked at once more
        Instant at = lane.wakeAt().isBefore(soon) ? soon : lane.wakeAt();
        if (at.isBefore(Instant.MAX) && lane.wakes(at) && wakes.add(at, lane)) {
            LockSupport.unpark(ticker);
        }
    }

    /**
     * Gives free sockets to the lanes that wait for one, one each, the urgent first. Who gets none
     * stands in line again, and all behind it would get none either.
     */
    private void feed() {
        for (int line = 0; line < Lane.LINES; line++) {
            boolean more = true;
            while (more) {
                Lane waiting = starved.get(line).poll();
                more = waiting != null && fed(waiting, line);
            }
        }
    }

    /** @return whether the next in its line may get one too */
    private boolean fed(Lane waiting, int line) {
        waiting.fed(line);
        switch (begin(waiting)) {
            case NOTHING_TO_DO -> {
            }
            case BEGUN -> {
                if (waiting.enter(clock.instant())) {
                    waiting.leave();
                    int next = waiting.line();
                    if (waiting.starve(next)) {
                        starved.get(next).add(waiting);
                    }
                }
            }
            case STARVED -> {
                return waiting.line() != line || mayHaveSocket(waiting);
            }
        }
        return true;
    }

    /** Nothing is begun that could not be recorded. */
    private void awaitStore() {
        while (running && spool.trouble().filter(k -> k != StoreException.Kind.FULL).isPresent()) {
            LockSupport.parkNanos(STORE_AWAY_PAUSE.toNanos());
        }
    }

    /** A defect in one attempt costs that delivery a wait, and nobody else anything. */
    private Optional<Settling.Unsettled> attempted(Lane.Queued queued, Lane lane) {
        Try attempt = new Try(queued.job(), lane.road());
        try {
            return attempt(queued, lane, attempt);
        } catch (Throwable e) {
            Delivery d = queued.job().delivery();
            log.error("The attempt of delivery {} broke", d.id(), e);
            if (attempt.granted) {
                return Optional.of(doubtful(queued));
            }
            supply.putBack(queued, clock.instant().plus(AFTER_DEFECT));
            return Optional.empty();
        }
    }

    /** Its intent was noted, so it may have been sent, whatever broke afterwards. */
    private Settling.Unsettled doubtful(Lane.Queued queued) {
        Delivery d = queued.job().delivery();
        return settling.begin(queued, policy.judge(d, new Outcome.Ambiguous(DEFECT),
                streams.of(d.stream()), queued.job().message().begins(), clock.instant(),
                Duration.ZERO), "");
    }

    /** gates → transport (which asks compose and intent) → judge → settle. */
    private Optional<Settling.Unsettled> attempt(Lane.Queued queued, Lane lane, Try attempt) {
        Delivery d = queued.job().delivery();
        Instant now = clock.instant();
        RetryPolicy.Verdict verdict;
        String transcript = "";
        Instant begins = queued.job().message().begins();
        if (!d.expires().isAfter(now) && (d.attempts() > 0 || shortLived(d, begins))) {
            verdict = RetryPolicy.expired(d, lane.road().picture(now).fault(), now);
        } else {
            switch (Gates.release(gates, d, queued.job().message())) {
                case Gate.Release.Go _ -> {
                    // an attempt that its lane's fault ended is not spent, but it was the first
                    if (d.attempts() == 0 && d.state() != State.DEFERRED) {
                        Duration waited = Duration.between(begins, now);
                        firstAttempts.of(queued.job().message().door(), d.carries())
                                .record(waited);
                        starts.record(d.stream(), waited, now);
                    }
                    Outcome outcome = outcome(attempt);
                    now = clock.instant();
                    if (attempt.refused) {
                        // Cancelled, another node's by now, or the store is away: no outcome.
                        supply.putBack(queued, attempt.storeAway ? now.plus(AFTER_STORE_AWAY)
                                : now);
                        return Optional.empty();
                    }
                    Traffic.Effect effect = tell(lane, queued.flow(), outcome, now);
                    if (effect.fault() && outcome instanceof Outcome.Deferred(Reply r, _)) {
                        outcome = new Outcome.Deferred(r, Outcome.Fault.LANE);
                    }
                    verdict = policy.judge(d, outcome, streams.of(d.stream()), begins, now,
                            effect.pause());
                    transcript = transcripts.keep(lane.road().key(), d, verdict, outcome,
                            attempt.transcript, now) ? attempt.transcript : "";
                }
                case Gate.Release.Suppress(String reason) -> verdict = new RetryPolicy.Verdict(
                        State.SUPPRESSED, d.attempts(), now, List.of(new Fact.Suppressed(reason)));
                case Gate.Release.Hold(String reason) -> verdict = new RetryPolicy.Verdict(
                        State.HELD, d.attempts(), now, List.of(new Fact.Held(reason)));
                case Gate.Release.Capture() -> verdict = new RetryPolicy.Verdict(
                        State.CAPTURED, d.attempts(), now, List.of(new Fact.Captured()));
                case Gate.Release.Later(Instant until, String reason) -> {
                    if (reason.isEmpty() || RetryPolicy.toldWhyItWaits(d)) {
                        supply.putBack(queued, until);
                        return Optional.empty();
                    }
                    verdict = RetryPolicy.withheld(d, reason, until);
                }
            }
        }
        CrashPoint.pass("dispatcher.before-settle");
        return Optional.of(settling.begin(queued, verdict, transcript));
    }

    /** Whether its sender set an end; what else waited too long inside is tried once. */
    private boolean shortLived(Delivery d, Instant begins) {
        return RetryPolicy.shortLived(d, streams.of(d.stream()), begins);
    }

    private Outcome outcome(Try attempt) {
        try {
            return transport.attempt(attempt);
        } catch (StoreException e) {
            // A key or a body could not be read. With the intent noted the dot may have been sent.
            log.warn("An attempt of {} needs the store: {}",
                    Ids.text("msg_", attempt.message().id()), e.getMessage());
            Reply reply = Reply.local("4.3.0", "The store could not be read.");
            attempt.refused = !attempt.granted;
            attempt.storeAway = true;
            return attempt.granted ? new Outcome.Ambiguous(reply)
                    : new Outcome.Deferred(reply, Outcome.Fault.RECIPIENT);
        } catch (RuntimeException e) {
            log.error("An attempt of {} broke", Ids.text("msg_", attempt.message().id()), e);
            return attempt.granted ? new Outcome.Ambiguous(DEFECT)
                    : new Outcome.Deferred(DEFECT, Outcome.Fault.RECIPIENT);
        }
    }

    /** What the outcome says about the road. */
    private Traffic.Effect tell(Lane lane, Traffic.Flow flow, Outcome outcome, Instant now) {
        Traffic.Effect effect = lane.road().told(flow, outcome, now);
        if (effect.fault()) {
            log.debug("Lane {} waits {} s", lane.road().key(), effect.pause().toSeconds());
        }
        return effect;
    }

    private void settled(Settling.Unsettled unsettled) {
        memory.release(1, unsettled.queued().bytes());
        Spool.Settlement s = unsettled.settlement();
        if (s.next().open() && s.next() != State.HELD) {
            supply.waits(s.delivery().carries(), s.due());
        }
    }

    private void tick() {
        while (running) {
            try {
                Instant from = clock.instant();
                LockSupport.parkNanos(Math.clamp(
                        Duration.between(from, soonest(from)).toNanos(), 1, TICK.toNanos()));
                Instant now = clock.instant();
                Optional<StoreException.Kind> trouble = spool.trouble();
                if (trouble.filter(k -> k == StoreException.Kind.BROKEN).isPresent()) {
                    log.error("The store is broken: nothing more is delivered, since it could "
                            + "not be recorded; mend the disk and restart");
                    running = false;
                    return;
                }
                if (trouble.filter(k -> k != StoreException.Kind.FULL).isPresent()) {
                    continue;
                }
                wake(now);
                supply.bring(now);
                if (supply.expire(now)) {
                    expireInMemory(now);
                }
            } catch (StoreException e) {
                log.warn("The store does not answer the dispatcher: {}", e.getMessage());
            } catch (RuntimeException | Error e) {
                log.error("The dispatcher's tick broke; it goes on", e);
            }
        }
    }

    private Instant soonest(Instant now) {
        Instant next = wakes.next();
        Instant tick = now.plus(TICK);
        return next.isBefore(tick) ? next : tick;
    }

    private void wake(Instant now) {
        for (Wakes.Wake wake : wakes.due(now)) {
            if (wake.lane().woken(wake.at())) {
                staff(wake.lane());
                tidy(wake.lane());
            }
        }
        if (sweptAt.isAfter(now) || sweptAt.plus(SWEEP).isBefore(now)) {
            sweptAt = now;
            for (Lane lane : lanes.values()) {
                lane.look();
                staff(lane);
                evict(lane, now);
                tidy(lane);
            }
        }
    }

    /** A hold may end before its time, so it is looked at again. */
    private static Instant soon(Traffic.Hold hold, Instant now) {
        Instant again = now.plus(LOOK_AGAIN);
        return hold.until().isBefore(again) ? hold.until() : again;
    }

    /** Our own caps must not make mail too old. */
    private static boolean ours(Traffic.Hold hold) {
        return hold.constraint() == Traffic.Hold.Constraint.WARM_UP;
    }

    /** What can't leave for long must not take the room of what can. */
    private void evict(Lane lane, Instant now) {
        for (TrafficClass carries : TrafficClass.values()) {
            Optional<Traffic.Hold> hold = lane.hold(carries, now)
                    .filter(h -> h.until().isAfter(now.plus(HELD_IN_MEMORY)));
            boolean none = hold.filter(h -> ours(h)
                    || h.constraint() == Traffic.Hold.Constraint.SOURCE)
                    .isPresent();
            int kept = none ? 0 : KEPT_IN_MEMORY;
            if (hold.isPresent() && lane.size(carries) > kept) {
                Instant until = soon(hold.get(), now);
                supply.putBack(lane.remove(q -> q.flow().carries() == carries, EVICT_MAX), until,
                        ours(hold.get()) ? Duration.between(now, until) : Duration.ZERO);
            }
        }
    }

    /** What was never tried is, before it ends, unless it waited long here. */
    private boolean over(Lane.Queued q, Instant now) {
        Delivery d = q.job().delivery();
        return !d.expires().isAfter(now) && (d.attempts() > 0
                || shortLived(d, q.job().message().begins())
                || !d.expires().isAfter(supply.untried(now)));
    }

    private void expireInMemory(Instant now) {
        List<Settling.Unsettled> over = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            for (Lane.Queued queued : lane.expired(q -> over(q, now))) {
                over.add(settling.begin(queued, RetryPolicy.expired(queued.job().delivery(),
                        lane.road().picture(now).fault(), now), ""));
            }
        }
        over.forEach(settling::finish);
    }

    /**
     * Out of memory, so that a person's word can reach it in the store.
     *
     * @return how many were
     */
    public int putBack(Predicate<Delivery> which, Instant due) {
        int all = 0;
        for (Lane lane : lanes.values()) {
            List<Lane.Queued> some;
            do {
                some = lane.remove(q -> which.test(q.job().delivery()), EVICT_MAX);
                supply.putBack(some, due);
                all += some.size();
            } while (some.size() == EVICT_MAX);
        }
        return all;
    }

    /** Where mail goes has changed: what lies in a lane that is not its own any more leaves it. */
    public void reroute() {
        for (Lane lane : lanes.values()) {
            String site = lane.road().site().name();
            List<Lane.Queued> some;
            do {
                some = lane.remove(q -> transport.site(q.job().delivery())
                        .filter(s -> s.name().equals(site)).isEmpty(), EVICT_MAX);
                supply.putBack(some, clock.instant());
            } while (some.size() == EVICT_MAX);
        }
    }

    /** What the roads' rules or pauses say has changed: all lanes are looked at. */
    public void lookAgain() {
        sweptAt = Instant.MIN;
        LockSupport.unpark(ticker);
    }

    /**
     * A lane, as far as this node's memory knows it.
     *
     * @param site    the place, as the transport names it
     * @param source  from which it is reached; empty where there is only one
     * @param hold    what keeps all of its class back
     * @param waiting of the class, in memory
     * @param before  of them about so many go before the one that was asked about
     * @param running attempts of both classes at this moment
     * @param oldest  when the first of those that wait was accepted
     */
    public record Place(Transport.Site site, String source, TrafficClass carries,
            Optional<Traffic.Hold> hold, Traffic.Picture picture, int waiting, int before,
            int running, Optional<Instant> oldest) {
    }

    /** Where a delivery waits or would; empty where its site is not known. */
    public Optional<Place> place(Delivery delivery, Message message) {
        Instant now = clock.instant();
        return transport.site(delivery).map(site -> {
            Traffic.Road road = traffic.road(site, delivery, message);
            Traffic.Flow flow = Lane.Queued.of(new Spool.Job(delivery, message, 0), streams, 1)
                    .flow();
            Lane lane = lanes.get(road.key());
            return new Place(site, road.source(), delivery.carries(), road.hold(flow, now),
                    road.picture(now), lane == null ? 0 : lane.size(delivery.carries()),
                    lane == null ? 0 : lane.before(flow), lane == null ? 0 : lane.active(),
                    lane == null ? Optional.empty() : lane.oldest(delivery.carries()));
        });
    }

    /** All lanes in which something waits or runs in this node's memory. */
    public List<Place> places() {
        Instant now = clock.instant();
        List<Place> all = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            for (TrafficClass carries : TrafficClass.values()) {
                if (lane.size(carries) > 0 || lane.active() > 0
                        && carries == TrafficClass.TRANSACTIONAL) {
                    all.add(new Place(lane.road().site(), lane.road().source(), carries,
                            lane.hold(carries, now), lane.road().picture(now),
                            lane.size(carries), 0, lane.active(), lane.oldest(carries)));
                }
            }
        }
        return all;
    }

    /** How long streams' mail waited for its first attempt, over the last minutes. */
    public List<Starts.Wait> starts() {
        return starts.all(clock.instant());
    }

    /** What the gates would say now. */
    public Gate.Release gate(Delivery delivery, Message message) {
        return Gates.release(gates, delivery, message);
    }

    /** Deliveries in memory, for tests and metrics. */
    public int inMemory() {
        return memory.count();
    }

    /** Lets running attempts end, up to the time given, and starts no more. */
    public void drain(Duration atMost) {
        running = false;
        long end = System.nanoTime() + atMost.toNanos();
        while (slots.availablePermits() < attemptsMax && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    @Override
    public void close() {
        drain(Duration.ofSeconds(1));
        if (ticker != null) {
            LockSupport.unpark(ticker);
            try {
                // the store closes next: a tick that still claims would call it broken
                ticker.join(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What a transport may ask while it attempts one delivery. */
    private final class Try implements Transport.Attempt {
        private final Spool.Job job;
        private final Traffic.Road road;
        private Spool.Pending intent;
        private boolean granted;
        private boolean refused;
        private boolean storeAway;
        private String transcript = "";

        Try(Spool.Job job, Traffic.Road road) {
            this.job = job;
            this.road = road;
        }

        @Override
        public Traffic.Road road() {
            return road;
        }

        @Override
        public Delivery delivery() {
            return job.delivery();
        }

        @Override
        public Message message() {
            return job.message();
        }

        @Override
        public Composer.Outgoing compose(Composer.PeerCapabilities peer)
                throws Composer.Uncomposable {
            return composer.compose(job.message(), job.delivery(), peer);
        }

        @Override
        public void askIntent() {
            if (intent == null) {
                intent = spool.intend(job.delivery(), job.epoch());
            }
        }

        @Override
        public boolean awaitIntent(Duration atMost) {
            askIntent();
            try {
                // connecting may have taken minutes: whom nobody may mail since is not mailed
                granted = intent.await(atMost) && Gates.release(gates, delivery(), message())
                        instanceof Gate.Release.Go;
            } catch (StoreException e) {
                log.warn("An intent could not be noted: {}", e.getMessage());
            }
            refused = !granted;
            return granted;
        }

        @Override
        public void conversation(String text) {
            transcript = text;
        }
    }
}
