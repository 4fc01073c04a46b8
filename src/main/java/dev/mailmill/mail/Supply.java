package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes from the store and what goes back unattempted: claims what is due and nobody's while
 * memory has room, frees what dead nodes held, ends what waited too long (decision 9).
 *
 * <p>One thread ticks; {@link #waits} and {@link #putBack} are anybody's.
 */
final class Supply {
    private static final Logger log = LoggerFactory.getLogger(Supply.class);
    private static final Duration EXPIRY_EVERY = Duration.ofSeconds(10);
    /** How often the deliveries of nodes that died are looked for. */
    private static final Duration RECOVERY_EVERY = Duration.ofSeconds(5);
    /** What is due but not wanted (its lane is shut) is looked for again after this. */
    private static final Duration CLAIM_PAUSE = Duration.ofSeconds(1);
    /** Other nodes may leave mail in the store without telling us. */
    private static final Duration CLAIM_IDLE = Duration.ofSeconds(5);
    private static final Duration NO_ROOM_PAUSE = Duration.ofMillis(100);
    /** How long a delivery that is put back may wait for the store. */
    private static final Duration PUT_BACK_PATIENCE = Duration.ofSeconds(10);
    private static final Duration AFTER_DEFECT = Duration.ofMinutes(5);
    private static final int CLAIM_MAX = 500;
    /** Of claims in one turn. */
    private static final int BATCHES_MAX = 20;
    private static final long CLAIM_BYTES_EACH = 64L * 1024;
    /** What waited while nothing was delivered is tried before it expires in the store. */
    private static final Duration UNTRIED_GRACE = Duration.ofMinutes(10);
    private static final int EXPIRE_MAX = 500;

    private final Spool spool;
    private final Streams streams;
    private final Memory memory;
    private final Dispatcher.Bounds bounds;
    private final Taker taker;
    /** When the store is asked for more, by class. Written by any thread, read by the tick. */
    private final Map<TrafficClass, Instant> nextClaim = new EnumMap<>(TrafficClass.class);
    /** Real time of the last claim: a clock that is set back must not stop claims. */
    private final Map<TrafficClass, Long> claimedAt = new EnumMap<>(TrafficClass.class);
    /** No more than memory holds. */
    private final Queue<PutBack> owed = new ConcurrentLinkedQueue<>();
    private Instant nextExpiry = Instant.MIN;
    private Instant startedAt = Instant.MIN;
    private long recoveredAt;

    /** @param ours whether our own caps are the reason */
    record Wait(Instant until, boolean ours) {
    }

    /** Where the mail of a pool goes: other pools have other sources, and so other lanes. */
    record Way(String pool, String domain) {
    }

    /** Who attempts. */
    interface Taker {
        /** False once nothing more is begun. */
        boolean running();

        /** Ways of which all lanes are held or full. */
        Set<Way> notWanted(TrafficClass carries, Instant now);

        /** When to ask again, if its lane is held or full. */
        Optional<Wait> notNow(Lane.Queued queued, Instant now);

        /** Its memory is reserved. */
        void take(Lane.Queued queued);
    }

    Supply(Spool spool, Streams streams, Memory memory, Dispatcher.Bounds bounds, Taker taker) {
        this.spool = spool;
        this.streams = streams;
        this.memory = memory;
        this.bounds = bounds;
        this.taker = taker;
        for (TrafficClass carries : TrafficClass.values()) {
            nextClaim.put(carries, Instant.MIN);
        }
    }

    /** Before the first tick. */
    void start(Instant now) {
        startedAt = now;
    }

    /** Something in the store falls due then. */
    void waits(TrafficClass carries, Instant due) {
        synchronized (nextClaim) {
            nextClaim.merge(carries, due, (a, b) -> a.isBefore(b) ? a : b);
        }
    }

    /** Out of memory and nobody's, untouched; the store hands it out again when it is due. */
    void putBack(Lane.Queued queued, Instant due) {
        putBack(List.of(queued), due);
    }

    /** The same for several. */
    void putBack(List<Lane.Queued> queued, Instant due) {
        putBack(queued, due, Duration.ZERO);
    }

    /** @param uncounted of the wait, not of the deliveries' life: our own caps are its reason */
    void putBack(List<Lane.Queued> queued, Instant due, Duration uncounted) {
        Map<Long, List<Lane.Queued>> byEpoch = new HashMap<>();
        queued.forEach(q -> byEpoch.computeIfAbsent(q.job().epoch(), e -> new ArrayList<>())
                .add(q));
        byEpoch.forEach((epoch, some) -> {
            PutBack one = new PutBack(some, epoch, due, uncounted);
            if (!done(one)) {
                owed.add(one);
            }
        });
    }

    /**
     * Kept in memory, and counted there, until the store has it: left alone it would be ours for as
     * long as we live, and nobody's work.
     */
    private record PutBack(List<Lane.Queued> queued, long epoch, Instant due,
            Duration uncounted) {
    }

    /** Bulk whose end is the schedule's: what its sender wants no later ends all the same. */
    private boolean outlives(Lane.Queued q) {
        Delivery d = q.job().delivery();
        return d.carries() == TrafficClass.BULK && !RetryPolicy.shortLived(d,
                streams.of(d.stream()), q.job().message().begins());
    }

    /** False when it has to be tried again. */
    private boolean done(PutBack one) {
        List<Delivery> deliveries = one.queued().stream().map(q -> one.uncounted().isZero()
                || !outlives(q) ? q.job().delivery()
                : Gates.longer(q.job().delivery(), one.uncounted())).toList();
        try {
            spool.release(deliveries, one.epoch(), one.due()).await(PUT_BACK_PATIENCE);
        } catch (StoreException e) {
            if (taker.running() && e.kind() != StoreException.Kind.BROKEN
                    && e.kind() != StoreException.Kind.REJECTED) {
                log.debug("{} deliveries are put back later: {}", deliveries.size(),
                        e.getMessage());
                return false;
            }
            log.error("{} deliveries, {} first, could not be put back and wait for the next start: "
                    + "{}", deliveries.size(), deliveries.getFirst().id(), e.getMessage());
        }
        for (Lane.Queued queued : one.queued()) {
            memory.release(1, queued.bytes());
            waits(queued.flow().carries(), one.due());
        }
        return true;
    }

    /** What the store could not take back, for as long as it takes it. */
    private void putBackOwed() {
        for (PutBack one = owed.peek(); one != null && done(one); one = owed.peek()) {
            owed.remove();
        }
    }

    /** First what is owed and what dead nodes held, then what is due. */
    void bring(Instant now) {
        putBackOwed();
        recover(now);
        for (TrafficClass carries : TrafficClass.values()) {
            claim(carries, now);
        }
    }

    /** Brings what is due and nobody's into memory, while there is room. */
    private void claim(TrafficClass carries, Instant now) {
        long nanos = System.nanoTime();
        boolean idle = nanos - claimedAt.getOrDefault(carries, nanos) > CLAIM_IDLE.toNanos();
        synchronized (nextClaim) {
            if (nextClaim.get(carries).isAfter(now) && !idle) {
                return;
            }
            nextClaim.put(carries, now.plus(CLAIM_IDLE));
        }
        claimedAt.put(carries, nanos);
        Set<Way> notWanted = new HashSet<>(taker.notWanted(carries, now));
        int count = Math.clamp(bounds.inMemoryMax() / Dispatcher.PART, 1, CLAIM_MAX);
        long bytes = Math.min(count * CLAIM_BYTES_EACH, bounds.bytesMax() / Dispatcher.PART);
        int got = count;
        for (int batch = 0; taker.running() && got > 0; batch++) {
            if (batch == BATCHES_MAX) {
                // others are waited for too: lanes that rest, the other class
                waits(carries, now);
                return;
            }
            if (!memory.reserve(carries, count, bytes)) {
                waits(carries, now.plus(NO_ROOM_PAUSE));
                return;
            }
            List<Spool.Job> jobs = List.of();
            try {
                jobs = spool.claim(carries, count, bytes, now, (stream, domain) ->
                        notWanted.contains(way(stream, domain)));
            } finally {
                memory.release(count - jobs.size(), bytes - Memory.cost(jobs));
            }
            got = jobs.size();
            notWanted.addAll(admit(jobs, now));
        }
        Instant soonest = now.plus(CLAIM_PAUSE);
        spool.nextDue(carries).ifPresent(n -> waits(carries, n.isBefore(soonest) ? soonest : n));
    }

    private Way way(long stream, String domain) {
        return new Way(Lane.Queued.pool(stream, streams), domain);
    }

    /**
     * Claimed deliveries; the lane of some may turn out to be held or full.
     *
     * @return ways on which none was taken: where one of a pool's sources is shut, others go on
     */
    private Set<Way> admit(List<Spool.Job> jobs, Instant now) {
        Map<Wait, List<Lane.Queued>> notNow = new HashMap<>();
        Set<Way> refused = new HashSet<>();
        Set<Way> taken = new HashSet<>();
        for (Spool.Job job : jobs) {
            Lane.Queued queued = Lane.Queued.of(job, streams, 1);
            notNow(queued, now).ifPresentOrElse(
                    wait -> {
                        refused.add(new Way(queued.pool(), job.delivery().domain()));
                        notNow.computeIfAbsent(wait, u -> new ArrayList<>()).add(queued);
                    },
                    () -> {
                        taken.add(new Way(queued.pool(), job.delivery().domain()));
                        taker.take(queued);
                    });
        }
        notNow.forEach((wait, some) -> putBack(some, wait.until(), wait.ours()
                ? Duration.between(now, wait.until()) : Duration.ZERO));
        refused.removeAll(taken);
        return refused;
    }

    private Optional<Wait> notNow(Lane.Queued queued, Instant now) {
        try {
            return taker.notNow(queued, now);
        } catch (RuntimeException e) {
            // the others of the claim are ours by now, and nobody else's work
            log.error("Delivery {} has no lane", queued.job().delivery().id(), e);
            return Optional.of(new Wait(now.plus(AFTER_DEFECT), false));
        }
    }

    /** Real time, not the clock's: a lease runs on the database's. */
    private void recover(Instant now) {
        if (System.nanoTime() - recoveredAt > RECOVERY_EVERY.toNanos() || recoveredAt == 0) {
            recoveredAt = System.nanoTime();
            int ambiguous = spool.recover(now, streams);
            if (ambiguous > 0) {
                log.warn("{} deliveries of a server that died may have been sent", ambiguous);
            }
        }
    }

    /** What was never tried ends only when its time was over by then. */
    Instant untried(Instant now) {
        return now.isBefore(startedAt.plus(UNTRIED_GRACE)) ? Instant.EPOCH
                : now.minus(UNTRIED_GRACE);
    }

    /** Ends what waits in the store and whose time is over; false when it is too early to look. */
    boolean expire(Instant now) {
        if (nextExpiry.isAfter(now)) {
            return false;
        }
        nextExpiry = now.plus(EXPIRY_EVERY);
        while (spool.expire(now, untried(now), EXPIRE_MAX) == EXPIRE_MAX && taker.running()) {
            log.debug("More deliveries expire");
        }
        return true;
    }
}
