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
    /** How long an outcome may wait for the store before it is asked for again. */
    private static final Duration SETTLE_PATIENCE = Duration.ofSeconds(10);
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
    private static final Duration STORE_AWAY_PAUSE = Duration.ofMillis(200);

    private final Spool spool;
    private final Composer composer;
    private final Transport transport;
    private final List<Gate> gates;
    private final Streams streams;
    private final RetryPolicy policy;
    private final InstantSource clock;
    private final Timings firstAttempts;
    private final Memory memory;
    private final Semaphore slots;
    private final Transcripts transcripts = new Transcripts();
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final Queue<Lane> starved = new ConcurrentLinkedQueue<>();
    private final Bounds bounds;
    private final Supply supply;
    private final int attemptsMax;
    private volatile boolean running;
    private Thread ticker;

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

    public Dispatcher(Spool spool, Composer composer, Transport transport, List<Gate> gates,
            Streams streams, RetryPolicy policy, InstantSource clock, MeterRegistry meters,
            Bounds bounds) {
        this.spool = spool;
        this.composer = composer;
        this.transport = transport;
        this.gates = List.copyOf(gates);
        this.streams = streams;
        this.policy = policy;
        this.clock = clock;
        this.firstAttempts = new Timings(meters, "mailmill.first.attempt");
        this.memory = new Memory(bounds.inMemoryMax(), bounds.bytesMax());
        this.bounds = bounds;
        this.attemptsMax = bounds.attemptsMax();
        this.slots = new Semaphore(attemptsMax);
        this.supply = new Supply(spool, streams, memory, bounds, new Wanted());
        Gauge.builder("mailmill.memory.deliveries", memory, Memory::count).register(meters);
        Gauge.builder("mailmill.attempts.running", slots,
                s -> attemptsMax - s.availablePermits()).register(meters);
    }

    /** Begins to deliver. Never called where mail is only held. */
    public void start() {
        supply.start(clock.instant());
        running = true;
        ticker = Thread.ofVirtual().name("dispatcher").start(this::tick);
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
                    && memory.reserve(carries, sum, cost);
        }

        /** A lane that is shut or full must not gather mail that others need the room for. */
        private boolean open(List<Spool.Addition> wanted) {
            Instant now = clock.instant();
            for (Spool.Addition a : wanted) {
                for (Delivery d : a.deliveries()) {
                    if (d.state() != State.QUEUED) {
                        continue;
                    }
                    Lane lane = lanes.get(transport.lane(d));
                    if (lane != null && lane.size() >= roomOf(lane, now)) {
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
                long cost = Memory.cost(a.message(), a.deliveries().size());
                for (Delivery d : a.deliveries()) {
                    if (granted && d.state() == State.QUEUED) {
                        offer(new Lane.Queued(new Spool.Job(d, a.message(), epoch), cost));
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
        public Set<String> notWanted(Instant now) {
            Set<String> domains = new HashSet<>();
            lanes.values().stream().filter(l -> shutOrFull(l, now))
                    .forEach(l -> l.domainsInto(domains));
            return domains;
        }

        @Override
        public Optional<Lane> notNow(Delivery delivery, Instant now) {
            return Optional.ofNullable(lanes.get(transport.lane(delivery)))
                    .filter(l -> shutOrFull(l, now));
        }

        @Override
        public void take(Lane.Queued queued) {
            offer(queued);
        }
    }

    /** How many may wait in memory for a lane; few when nothing can leave it. */
    private int roomOf(Lane lane, Instant now) {
        int part = Math.max(1, bounds.inMemoryMax() / PART);
        return lane.isShut(now) ? Math.max(1, part / PART) : part;
    }

    private boolean shutOrFull(Lane lane, Instant now) {
        return lane.isShut(now) || lane.size() >= roomOf(lane, now);
    }

    private void offer(Lane.Queued queued) {
        String key = transport.lane(queued.job().delivery());
        Lane lane = lanes.compute(key, (k, old) -> {
            Lane l = old != null ? old : new Lane(k, transport.attemptsMax(k));
            l.add(queued);
            return l;
        });
        staff(lane);
    }

    /** Starts workers for a lane as far as the lane and the number of sockets allow. */
    private void staff(Lane lane) {
        while (running && lane.enter(clock.instant())) {
            if (!slots.tryAcquire()) {
                lane.leave();
                if (lane.starve()) {
                    starved.add(lane);
                }
                return;
            }
            Thread.ofVirtual().name("lane ", 0).start(() -> work(lane));
        }
    }

    private void work(Lane lane) {
        ArrayDeque<Unsettled> unsettled = new ArrayDeque<>(UNSETTLED_MAX);
        boolean left = false;
        try {
            while (running) {
                awaitStore();
                Lane.Queued queued = lane.next(clock.instant());
                if (queued == null) {
                    unsettled.forEach(this::finish);
                    unsettled.clear();
                    queued = lane.nextOrLeave(clock.instant());
                    if (queued == null) {
                        left = true;
                        return;
                    }
                }
                attempted(queued, lane).ifPresent(unsettled::add);
                staff(lane);
                if (unsettled.size() >= UNSETTLED_MAX) {
                    finish(unsettled.poll());
                }
            }
        } catch (RuntimeException e) {
            log.error("A worker of lane {} stopped", lane.key(), e);
        } finally {
            unsettled.forEach(this::finish);
            if (!left) {
                lane.leave();
            }
            slots.release();
            feed();
        }
    }

    /** Gives a free socket to the lanes that wait for one, until one takes it. */
    private void feed() {
        for (Lane waiting = starved.poll(); waiting != null; waiting = starved.poll()) {
            waiting.fed();
            staff(waiting);
            if (slots.availablePermits() == 0) {
                return;
            }
        }
    }

    /** Nothing is begun that could not be recorded. */
    private void awaitStore() {
        while (running && spool.trouble().filter(k -> k != StoreException.Kind.FULL).isPresent()) {
            LockSupport.parkNanos(STORE_AWAY_PAUSE.toNanos());
        }
    }

    /** An outcome on its way to the disk; without a pending the store has still to be asked. */
    private record Unsettled(Lane.Queued queued, Spool.Settlement settlement,
            Optional<Spool.Pending> pending) {
    }

    /** A defect in one attempt costs that delivery a wait, and nobody else anything. */
    private Optional<Unsettled> attempted(Lane.Queued queued, Lane lane) {
        Try attempt = new Try(queued.job());
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
    private Unsettled doubtful(Lane.Queued queued) {
        Delivery d = queued.job().delivery();
        return unsettled(queued, policy.judge(d, new Outcome.Ambiguous(DEFECT),
                streams.of(d.stream()), queued.job().message().begins(), clock.instant(),
                Duration.ZERO), "");
    }

    /** gates → transport (which asks compose and intent) → judge → settle. */
    private Optional<Unsettled> attempt(Lane.Queued queued, Lane lane, Try attempt) {
        Delivery d = queued.job().delivery();
        Instant now = clock.instant();
        RetryPolicy.Verdict verdict;
        String transcript = "";
        Instant begins = queued.job().message().begins();
        if (!d.expires().isAfter(now) && (d.attempts() > 0 || shortLived(d, begins))) {
            verdict = RetryPolicy.expired(d, lane.lastFault(), now);
        } else {
            switch (Gates.release(gates, d, queued.job().message())) {
                case Gate.Release.Go _ -> {
                    if (d.attempts() == 0) {
                        firstAttempts.of(queued.job().message().door(), d.carries())
                                .record(Duration.between(begins, now));
                    }
                    Outcome outcome = outcome(attempt);
                    now = clock.instant();
                    if (attempt.refused) {
                        // Cancelled, another node's by now, or the store is away: no outcome.
                        supply.putBack(queued, attempt.storeAway ? now.plus(AFTER_STORE_AWAY)
                                : now);
                        return Optional.empty();
                    }
                    verdict = policy.judge(d, outcome, streams.of(d.stream()), begins, now,
                            tell(lane, outcome, now));
                    transcript = transcripts.keep(lane.key(), d, verdict, outcome,
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
        return Optional.of(unsettled(queued, verdict, transcript));
    }

    private Unsettled unsettled(Lane.Queued queued, RetryPolicy.Verdict verdict,
            String transcript) {
        Spool.Settlement settlement = new Spool.Settlement(queued.job().delivery(),
                verdict.next(), verdict.attempts(), verdict.due(), verdict.facts(), transcript,
                queued.job().epoch());
        return new Unsettled(queued, settlement, ask(settlement));
    }

    /** Whether its sender set an end; what else waited too long inside is tried once. */
    private boolean shortLived(Delivery d, Instant begins) {
        return RetryPolicy.shortLived(d, streams.of(d.stream()), begins);
    }

    private Optional<Spool.Pending> ask(Spool.Settlement settlement) {
        try {
            return Optional.of(spool.settle(settlement));
        } catch (StoreException e) {
            return Optional.empty();
        }
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

    /** What the outcome says about the lane; answers the pause, zero when it is not at fault. */
    private Duration tell(Lane lane, Outcome outcome, Instant now) {
        if (outcome instanceof Outcome.Deferred(Reply reply, Outcome.Fault fault)
                && fault == Outcome.Fault.LANE) {
            Duration pause = policy.lanePause(lane.faulted(now));
            if (!lane.isShut(now)) {
                log.info("Lane {} is shut for {} s: {}", lane.key(), pause.toSeconds(), reply);
                lane.shut(now, pause, reply);
            }
            return pause;
        }
        if (!(outcome instanceof Outcome.Ambiguous)) {
            lane.succeeded();
        }
        return Duration.ZERO;
    }

    /** Waits until an outcome is durable; asks again while the store is away. */
    private void finish(Unsettled unsettled) {
        Optional<Spool.Pending> pending = unsettled.pending();
        while (true) {
            try {
                pending.orElseGet(() -> spool.settle(unsettled.settlement()))
                        .await(SETTLE_PATIENCE);
                CrashPoint.pass("dispatcher.after-settle");
                break;
            } catch (StoreException e) {
                if (!running || e.kind() == StoreException.Kind.BROKEN
                        || e.kind() == StoreException.Kind.REJECTED) {
                    log.error("The outcome of delivery {} could not be recorded: {}",
                            unsettled.settlement().delivery().id(), e.getMessage());
                    break;
                }
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                pending = Optional.empty();
            }
        }
        memory.release(1, unsettled.queued().bytes());
        Spool.Settlement s = unsettled.settlement();
        if (s.next().open() && s.next() != State.HELD) {
            supply.waits(s.delivery().carries(), s.due());
        }
    }

    private void tick() {
        while (running) {
            LockSupport.parkNanos(TICK.toNanos());
            try {
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
                reopen(now);
                supply.bring(now);
                if (supply.expire(now)) {
                    expireInMemory(now);
                }
            } catch (StoreException e) {
                log.warn("The store does not answer the dispatcher: {}", e.getMessage());
            } catch (RuntimeException e) {
                log.error("The dispatcher's tick broke; it goes on", e);
            }
        }
    }

    private void reopen(Instant now) {
        for (Lane lane : lanes.values()) {
            if (lane.idle(now)) {
                lanes.computeIfPresent(lane.key(), (_, l) -> l.idle(now) ? null : l);
            } else {
                staff(lane);
            }
        }
    }

    private void expireInMemory(Instant now) {
        List<Unsettled> over = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            for (Lane.Queued queued : lane.expired(now)) {
                over.add(unsettled(queued, RetryPolicy.expired(queued.job().delivery(),
                        lane.lastFault(), now), ""));
            }
        }
        over.forEach(this::finish);
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
        private Spool.Pending intent;
        private boolean granted;
        private boolean refused;
        private boolean storeAway;
        private String transcript = "";

        Try(Spool.Job job) {
            this.job = job;
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
                granted = intent.await(atMost);
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
