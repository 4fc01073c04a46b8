package dev.mailmill.tracking;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Noted;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Streams;
import dev.mailmill.tracking.LinkToken.Link;
import dev.mailmill.tracking.LinkToken.Mark;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Openings and clicks on their way to the Journal: taken without waiting, written many at once. A
 * kill loses less than a second of them; nobody waits for a picture. Thread-safe.
 */
public final class Sightings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);
    private static final int WAITING_MAX = 50_000;
    /** From here on nobody's network may take all the room that is left. */
    private static final int CROWDED = WAITING_MAX * 9 / 10;
    /** From here on a network that asks more often than people do is to be slowed down. */
    private static final int BUSY = WAITING_MAX / 2;
    /** Some 20 ms of the store's writer, for which mail waits. */
    private static final int AT_ONCE_MAX = 2_500;
    /** Between two writes: one of many costs a delivery beside it less than many of a few. */
    private static final long GATHER_MILLIS = 100;
    private static final long NEXT_MILLIS = 200;
    /** Nobody's: the writer looks whether it is to end. */
    private static final Noted WAKE = new Noted(0, 0, 0, 0,
            new Fact.Opened(false, new Fact.Caller("", 0, Instant.EPOCH)));
    private static final long AGAIN_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 3_000;
    /** Of one link that names one person, in a minute: nobody opens a mail more often. */
    private static final int REPEATS_MAX = 10;
    /** Of one link of a message with several recipients. */
    private static final int SHARED_REPEATS_MAX = 100;
    /** Of one link of a whole stream by one network; many people may be behind it. */
    private static final int NETWORK_REPEATS_MAX = 1_000;
    /** Of one person's copy in a day, whatever its links: all of its events are read at once. */
    private static final int COPY_DAY_MAX = 500;
    private static final int COUNTED_MAX = 20_000;
    private static final long MINUTE_MILLIS = 60_000;
    private static final long DAY_MILLIS = 24 * 60 * MINUTE_MILLIS;
    private static final int AGENT_CHARS_MAX = 200;
    private static final int LINK_CHARS_MAX = 300;

    private final Streams streams;
    private final Consumer<List<Noted>> spool;
    private final Function<Collection<Long>, Set<Long>> withdrawn;
    private final InstantSource clock;
    private final BlockingQueue<Noted> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong dropped = new AtomicLong();
    private final Counts minute = new Counts(MINUTE_MILLIS);
    private final Counts day = new Counts(DAY_MILLIS);
    private final Thread writer;
    private volatile boolean closing;

    /**
     * @param spool     {@code Spool.note}
     * @param withdrawn those of these copies whose recipients may not be told of any more
     */
    public Sightings(Streams streams, Consumer<List<Noted>> spool,
            Function<Collection<Long>, Set<Long>> withdrawn, InstantSource clock) {
        this.streams = streams;
        this.spool = spool;
        this.withdrawn = withdrawn;
        this.clock = clock;
        this.writer = Thread.ofVirtual().name("sightings").start(this::write);
    }

    /** As if the address with this token had been asked for; nothing where it is none of ours. */
    public void followed(Tracking tracking, String token, String agent) {
        tracking.tokens().read(token).ifPresent(link -> saw(link, agent, 0, false));
    }

    /**
     * Never waits.
     *
     * @param network as {@link Networks} has it
     * @return whether to answer a little later: much waits, and this network adds more than others
     *         could, so that who asks as fast as it is answered fills no queue
     */
    boolean saw(Link link, String agent, long network, boolean head) {
        Mark mark = link.mark();
        Instant at = clock.instant();
        long now = at.toEpochMilli();
        if (!heard(link, network, now)) {
            return false;
        }
        int before = waiting.size();
        boolean much = before >= BUSY && !minute.within(network, NETWORK_REPEATS_MAX, now);
        if (much && before >= CROWDED) {
            dropped.incrementAndGet();
            return true;
        }
        Fact.Caller by = new Fact.Caller(clean(agent), network, at);
        long tenant;
        try {
            tenant = streams.of(mark.stream()).tenant();
        } catch (IllegalArgumentException gone) {
            return much;
        }
        Noted noted = new Noted(tenant, mark.stream(), mark.message(),
                mark.individual() ? mark.message() : 0, fact(link, by, head));
        if (!waiting.offer(noted)) {
            dropped.incrementAndGet();
        }
        return much;
    }

    private static Fact fact(Link link, Fact.Caller by, boolean head) {
        boolean individual = link.mark().individual();
        if (link.trap()) {
            return new Fact.Scanned(individual, Fact.Scanned.HONEYPOT, by);
        }
        if (head) {
            // fetches nothing: nobody saw anything
            return new Fact.Scanned(individual, Fact.Scanned.HEAD, by);
        }
        return link.target().isEmpty() ? new Fact.Opened(individual, by)
                : new Fact.Clicked(individual, page(link.target()), by);
    }

    /** Whether it is still within what people do. */
    private boolean heard(Link link, long network, long now) {
        Mark mark = link.mark();
        if (mark.individual()) {
            return minute.within(link.id(), REPEATS_MAX, now)
                    && day.within(mark.message(), COPY_DAY_MAX, now);
        }
        // links and networks are told apart by parts of MACs: their sum is as good as both
        return mark.message() != 0 ? minute.within(link.id(), SHARED_REPEATS_MAX, now)
                : minute.within(link.id() + network, NETWORK_REPEATS_MAX, now);
    }

    /**
     * How often each was seen in this span. Thread-safe; without a lock for all, in which a thread
     * that has lost its processor would hold up every click.
     */
    private static final class Counts {
        private final ReentrantLock turning = new ReentrantLock();
        private final Map<Long, Integer> counts = new ConcurrentHashMap<>();
        private final long span;
        private volatile long current;

        private Counts(long spanMillis) {
            this.span = spanMillis;
        }

        private boolean within(long what, int most, long now) {
            if (now / span != current || counts.size() >= COUNTED_MAX) {
                turn(now / span);
            }
            return counts.merge(what, 1, Integer::sum) <= most;
        }

        private void turn(long to) {
            turning.lock();
            try {
                if (to != current || counts.size() >= COUNTED_MAX) {
                    counts.clear();
                    current = to;
                }
            } finally {
                turning.unlock();
            }
        }
    }

    /**
     * Consent is looked at when the fact is written: of who has taken it back since, it is counted
     * that somebody came, and not who.
     */
    private List<Noted> agreed(List<Noted> batch) {
        Set<Long> copies = new HashSet<>();
        batch.stream().filter(n -> n.delivery() != 0).forEach(n -> copies.add(n.delivery()));
        Set<Long> not = copies.isEmpty() ? Set.of() : withdrawn.apply(copies);
        return batch.stream().map(n -> not.contains(n.delivery()) ? unnamed(n) : n).toList();
    }

    private static Noted unnamed(Noted n) {
        return new Noted(n.tenant(), n.stream(), 0, 0, switch (n.fact()) {
            case Fact.Opened f -> new Fact.Opened(false, f.caller());
            case Fact.Clicked f -> new Fact.Clicked(false, f.link(), f.caller());
            case Fact.Scanned f -> new Fact.Scanned(false, f.how(), f.caller());
            default -> throw new IllegalArgumentException("nobody called: " + n.fact().word());
        });
    }

    /** Without what may name a person: the query and what is behind it. */
    private static String page(String target) {
        int end = target.length();
        for (char c : new char[] {'?', '#'}) {
            int at = target.indexOf(c);
            end = at < 0 ? end : Math.min(end, at);
        }
        return target.substring(0, Math.min(end, LINK_CHARS_MAX));
    }

    private static String clean(String agent) {
        String line = agent.substring(0, Math.min(agent.length(), AGENT_CHARS_MAX));
        return line.chars().allMatch(c -> c >= 0x20 && c <= 0x7e) ? line
                : line.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private void write() {
        List<Noted> batch = new ArrayList<>();
        while (!closing || !waiting.isEmpty() || !batch.isEmpty()) {
            try {
                gather(batch);
                if (!batch.isEmpty()) {
                    spool.accept(agreed(batch));
                    batch.clear();
                }
            } catch (StoreException e) {
                LOG.warn("{} openings and clicks wait for the store: {}",
                        batch.size() + waiting.size(), e.getMessage());
                if (closing || e.kind() == StoreException.Kind.UNSURE) {
                    batch.clear(); // they may be written: counted twice is worse
                }
                pause(AGAIN_MILLIS);
            } catch (InterruptedException e) {
                closing = true;
            } catch (RuntimeException e) {
                LOG.error("{} openings and clicks are lost", batch.size(), e);
                batch.clear();
            }
            long lost = dropped.getAndSet(0);
            if (lost > 0) {
                LOG.warn("{} openings and clicks were not counted: more came than the store"
                        + " takes", lost);
            }
        }
    }

    private void gather(List<Noted> batch) throws InterruptedException {
        if (batch.isEmpty()) {
            Noted first = waiting.poll(closing ? 0 : NEXT_MILLIS, TimeUnit.MILLISECONDS);
            if (first == null) {
                return;
            }
            batch.add(first);
            if (!closing && waiting.size() < AT_ONCE_MAX) {
                pause(GATHER_MILLIS);
            }
        }
        waiting.drainTo(batch, AT_ONCE_MAX - batch.size());
        batch.removeIf(n -> n == WAKE);
    }

    private void pause(long millis) {
        java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** What was answered is written, if the store takes it. */
    @Override
    public void close() {
        closing = true;
        waiting.offer(WAKE);
        try {
            writer.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
