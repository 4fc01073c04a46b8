package dev.mailmill.tracking;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Noted;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Streams;
import dev.mailmill.tracking.LinkToken.Link;
import dev.mailmill.tracking.LinkToken.Mark;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Openings and clicks on their way to the Journal: taken without waiting, written many at once. A
 * kill loses less than a second of them; nobody waits for a picture. Thread-safe.
 */
public final class Sightings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);
    private static final int WAITING_MAX = 50_000;
    private static final int AT_ONCE_MAX = 500;
    private static final long GATHER_MILLIS = 200;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 3_000;
    /** Of one token that names one person, in a minute: nobody opens a mail more often. */
    private static final int REPEATS_MAX = 10;
    /** Of one token of a message with several, whose events are read all at once. */
    private static final int SHARED_REPEATS_MAX = 100;
    private static final int TOKENS_MAX = 20_000;
    private static final int AGENT_CHARS_MAX = 200;
    private static final int LINK_CHARS_MAX = 300;

    private final Streams streams;
    private final Consumer<List<Noted>> spool;
    private final InstantSource clock;
    private final BlockingQueue<Noted> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong dropped = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    /** How often each token was seen in this minute. Guarded by the lock. */
    private final Map<String, Integer> repeats = new LinkedHashMap<>();
    private long minute;
    private final Thread writer;
    private volatile boolean closing;

    /** @param spool {@code Spool.note} */
    public Sightings(Streams streams, Consumer<List<Noted>> spool, InstantSource clock) {
        this.streams = streams;
        this.spool = spool;
        this.clock = clock;
        this.writer = Thread.ofVirtual().name("sightings").start(this::write);
    }

    /** As if the address with this token had been asked for; nothing where it is none of ours. */
    public void followed(Tracking tracking, String token, String agent) {
        tracking.tokens().read(token).ifPresent(link -> saw(link, token, agent, 0, false));
    }

    /** @param network as {@link Networks} has it */
    void saw(Link link, String token, String agent, long network, boolean head) {
        Mark mark = link.mark();
        if (mark.message() != 0 && !heard(token, mark.individual() ? REPEATS_MAX
                : SHARED_REPEATS_MAX)) {
            return;
        }
        Fact.Caller by = new Fact.Caller(clean(agent), network, clock.instant());
        long tenant;
        try {
            tenant = streams.of(mark.stream()).tenant();
        } catch (IllegalArgumentException gone) {
            return;
        }
        Noted noted = new Noted(tenant, mark.stream(), mark.message(),
                mark.individual() ? mark.message() : 0, fact(link, by, head));
        if (!waiting.offer(noted)) {
            dropped.incrementAndGet();
        }
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

    /** Whether it is still within what one person does. */
    private boolean heard(String token, int most) {
        lock.lock();
        try {
            long now = clock.millis() / 60_000;
            if (now != minute || repeats.size() >= TOKENS_MAX) {
                repeats.clear();
                minute = now;
            }
            return repeats.merge(token, 1, Integer::sum) <= most;
        } finally {
            lock.unlock();
        }
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
        String line = agent.replaceAll("[^\\x20-\\x7e]", "?");
        return line.substring(0, Math.min(line.length(), AGENT_CHARS_MAX));
    }

    private void write() {
        List<Noted> batch = new ArrayList<>();
        while (!closing || !waiting.isEmpty() || !batch.isEmpty()) {
            try {
                gather(batch);
                if (!batch.isEmpty()) {
                    spool.accept(List.copyOf(batch));
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
            Noted first = waiting.poll(closing ? 0 : GATHER_MILLIS, TimeUnit.MILLISECONDS);
            if (first == null) {
                return;
            }
            batch.add(first);
        }
        waiting.drainTo(batch, AT_ONCE_MAX - batch.size());
    }

    private void pause(long millis) {
        java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** What was answered is written, if the store takes it. */
    @Override
    public void close() {
        closing = true;
        try {
            writer.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
