package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What waits for one road, a queue for each class, and who works on it. How much the road bears is
 * the road's own business ({@link Traffic}); here is only the order: transactional first, and in
 * each class the flows by turns. Guarded by its own monitor, which is never held during I/O.
 */
final class Lane {
    /** A worker waits so long for its place in the rate; for more it leaves. */
    static final Duration GRACE = Duration.ofMillis(50);
    /** In which lanes wait for sockets: urgent and not, proven and not. */
    static final int LINES = 4;
    /** Enough to keep the store from handing out what would only be given back. */
    private static final int DOMAINS_MAX = 1000;

    private final Traffic.Road road;
    private final FairQueue transactional = new FairQueue();
    private final FairQueue bulk = new FairQueue();
    /** By the pool whose mail it is. */
    private final Map<String, Set<String>> domains = new HashMap<>(2);
    private int domainsKnown;
    private int active;
    private int bulkActive;
    /** Workers that have not taken anything yet. */
    private int undecided;
    /** Nothing of the class goes before; found out by a worker in vain. */
    private Instant transactionalFrom = Instant.MIN;
    private Instant bulkFrom = Instant.MIN;
    private final boolean[] starving = new boolean[LINES];
    private Instant wake = Instant.MAX;

    Lane(Traffic.Road road) {
        this.road = road;
    }

    /** A delivery in memory and what it costs there. */
    record Queued(Spool.Job job, Traffic.Flow flow, String pool, int weight, long bytes) {
        static Queued of(Spool.Job job, Streams streams, int sharedBy) {
            Delivery d = job.delivery();
            List<String> authors = job.message().letter().authors();
            String author = authors.isEmpty() ? "" : authors.getFirst();
            return new Queued(job, new Traffic.Flow(d.tenant(), d.stream(),
                    author.substring(author.lastIndexOf('@') + 1), d.carries()),
                    pool(d.stream(), streams), weight(d, streams),
                    Memory.cost(job.message(), sharedBy));
        }

        /** A stream that is not known yet, or not any more, must not stop its mail here. */
        private static int weight(Delivery d, Streams streams) {
            try {
                return streams.of(d.stream()).weight();
            } catch (RuntimeException e) {
                return 1;
            }
        }

        /** The same. */
        static String pool(long stream, Streams streams) {
            try {
                return streams.of(stream).pool();
            } catch (RuntimeException e) {
                return Stream.POOL;
            }
        }
    }

    /** Taken, with the moment at which it may begin. */
    record Taken(Queued queued, Instant from) {
    }

    Traffic.Road road() {
        return road;
    }

    synchronized void add(Queued queued) {
        Delivery d = queued.job().delivery();
        queue(d.carries()).add(queued);
        if (d.carries() == TrafficClass.BULK) {
            bulkFrom = Instant.MIN;
        } else {
            transactionalFrom = Instant.MIN;
        }
        if (domainsKnown < DOMAINS_MAX && domains.computeIfAbsent(queued.pool(),
                p -> new HashSet<>(4)).add(d.domain())) {
            domainsKnown++;
        }
    }

    private FairQueue queue(TrafficClass carries) {
        return carries == TrafficClass.BULK ? bulk : transactional;
    }

    /** Whether one more worker may come; if so it counts from now on. */
    synchronized boolean enter(Instant now) {
        boolean room = active < road.attemptsMax();
        boolean first = !transactional.isEmpty() && !transactionalFrom.isAfter(now);
        boolean second = !bulk.isEmpty() && !bulkFrom.isAfter(now)
                && bulkActive + undecided < road.bulkMax();
        int waiting = (first ? transactional.size() : 0) + (second ? bulk.size() : 0);
        if (!room || waiting <= undecided) {
            return false;
        }
        active++;
        undecided++;
        return true;
    }

    /** Whether what waits is urgent. */
    synchronized boolean urgent() {
        return !transactional.isEmpty();
    }

    /** Its line for a socket, from 0; in each all may have the same sockets. */
    int line() {
        return (urgent() ? 0 : 2) + (road.proven() ? 0 : 1);
    }

    /** The next in turn for a worker that has nothing in hand; null when nothing may go. */
    synchronized Taken next(Instant now) {
        if (active > road.attemptsMax()) {
            return null;
        }
        Taken taken = next(transactional, now);
        if (taken == null && bulkActive < road.bulkMax()) {
            taken = next(bulk, now);
            bulkActive += taken == null ? 0 : 1;
        }
        undecided -= taken == null ? 0 : 1;
        return taken;
    }

    private Taken next(FairQueue queue, Instant now) {
        Instant from = queue == bulk ? bulkFrom : transactionalFrom;
        if (queue.isEmpty() || from.isAfter(now)) {
            return null;
        }
        Instant[] soonest = {Instant.MAX};
        Predicate<Traffic.Flow> free = flow -> {
            Optional<Traffic.Hold> hold = road.hold(flow, now);
            hold.ifPresent(h -> soonest[0] =
                    h.until().isBefore(soonest[0]) ? h.until() : soonest[0]);
            return hold.isEmpty();
        };
        Traffic.Flow flow = queue.turn(free);
        if (flow == null) {
            notBefore(queue, soonest[0]);
            return null;
        }
        // only what will be sent takes a place in the rate
        Instant at = road.pace(now, GRACE);
        if (at.isAfter(now.plus(GRACE))) {
            // who comes that early may take it, or the places until then would be nobody's
            notBefore(queue, at.minus(GRACE));
            return null;
        }
        road.began(flow);
        return new Taken(queue.take(flow), at);
    }

    private void notBefore(FairQueue queue, Instant at) {
        if (queue == bulk) {
            bulkFrom = at;
        } else {
            transactionalFrom = at;
        }
    }

    /** The worker has nothing in hand any more. */
    synchronized void done(Queued queued) {
        road.ended(queued.flow());
        bulkActive -= queued.flow().carries() == TrafficClass.BULK ? 1 : 0;
        undecided++;
    }

    /** As {@link #next}; where there is none the worker is counted out in the same moment. */
    synchronized Taken nextOrLeave(Instant now) {
        Taken taken = next(now);
        if (taken == null) {
            leave();
        }
        return taken;
    }

    /** A worker with nothing in hand goes. */
    synchronized void leave() {
        active--;
        undecided--;
    }

    /** When a worker is worth sending again; MAX when only news can tell. */
    synchronized Instant wakeAt() {
        Instant first = transactional.isEmpty() ? Instant.MAX : transactionalFrom;
        Instant second = bulk.isEmpty() ? Instant.MAX : bulkFrom;
        return first.isBefore(second) ? first : second;
    }

    /** Whether a wake at that time has to be asked for: none is that comes as early. */
    synchronized boolean wakes(Instant at) {
        boolean sooner = at.isBefore(wake);
        wake = sooner ? at : wake;
        return sooner;
    }

    /** False when a sooner one came in its place. */
    synchronized boolean woken(Instant at) {
        boolean due = at.equals(wake);
        wake = due ? Instant.MAX : wake;
        return due;
    }

    /** Something about the road has changed: look again. */
    synchronized void look() {
        transactionalFrom = Instant.MIN;
        bulkFrom = Instant.MIN;
    }

    /**
     * What becomes urgent stands in another line too; it leaves the old one when its turn comes.
     *
     * @return whether it did not stand in the line before
     */
    synchronized boolean starve(int line) {
        boolean first = !starving[line];
        starving[line] = true;
        return first;
    }

    synchronized void fed(int line) {
        starving[line] = false;
    }

    synchronized int size(TrafficClass carries) {
        return queue(carries).size();
    }

    synchronized int size() {
        return transactional.size() + bulk.size();
    }

    synchronized int active() {
        return active;
    }

    synchronized int before(Traffic.Flow flow) {
        return queue(flow.carries()).before(flow);
    }

    /** When the first in line of any flow was accepted. */
    synchronized Optional<Instant> oldest(TrafficClass carries) {
        return queue(carries).heads().stream().map(q -> q.job().message().accepted())
                .min(Instant::compareTo);
    }

    /** By pool, where what waited here was going. */
    synchronized Map<String, Set<String>> domains() {
        Map<String, Set<String>> all = new HashMap<>(domains);
        all.replaceAll((_, some) -> Set.copyOf(some));
        return all;
    }

    /** Nothing waits and nobody works. */
    synchronized boolean idle() {
        return transactional.isEmpty() && bulk.isEmpty() && active == 0;
    }

    /** What keeps a class back: of its flows the hold that ends first; empty while one may go. */
    synchronized Optional<Traffic.Hold> hold(TrafficClass carries, Instant now) {
        Optional<Traffic.Hold> soonest = Optional.empty();
        for (Traffic.Flow flow : queue(carries).flows()) {
            Optional<Traffic.Hold> hold = road.hold(flow, now);
            if (hold.isEmpty()) {
                return hold;
            }
            if (soonest.isEmpty() || hold.get().until().isBefore(soonest.get().until())) {
                soonest = hold;
            }
        }
        return soonest;
    }

    /** Takes out those whose time is over. */
    synchronized List<Queued> expired(Predicate<Queued> over) {
        List<Queued> all = new ArrayList<>(transactional.remove(over, Integer.MAX_VALUE));
        all.addAll(bulk.remove(over, Integer.MAX_VALUE));
        return all;
    }

    /** Takes out what matches, bulk first. */
    synchronized List<Queued> remove(Predicate<Queued> which, int atMost) {
        List<Queued> all = new ArrayList<>(bulk.remove(which, atMost));
        all.addAll(transactional.remove(which, atMost - all.size()));
        return all;
    }
}
