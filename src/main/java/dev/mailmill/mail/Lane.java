package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What waits for one place, and how many may go there at once. Begins with few attempts side by
 * side and grows with each success, so that a dead place is found out by two and not by twenty. A
 * fault shuts it for a while; then one attempt goes ahead to see. Guarded by its own monitor, which
 * is never held during I/O.
 */
final class Lane {
    private static final int FIRST_ATTEMPTS = 2;
    /** How long after a pause the faults before it still lengthen the next one. */
    private static final Duration FAULTS_KEPT = Duration.ofHours(2);
    /** Enough to keep the store from handing out what would only be given back. */
    private static final int DOMAINS_MAX = 1000;

    private final String key;
    private final int attemptsMax;
    private final ArrayDeque<Queued> transactional = new ArrayDeque<>();
    private final ArrayDeque<Queued> bulk = new ArrayDeque<>();
    private final Set<String> domains = new HashSet<>();
    private int active;
    private int allowed = FIRST_ATTEMPTS;
    private int faults;
    private Instant shutUntil = Instant.MIN;
    /** The same in real time, so that a clock that is set back does not shut it for longer. */
    private long shutNanos;
    private long shutAt;
    private boolean starving;
    private Reply lastFault = Reply.local("", "");

    Lane(String key, int attemptsMax) {
        this.key = key;
        this.attemptsMax = attemptsMax;
    }

    /** A delivery in memory and what it costs there. */
    record Queued(Spool.Job job, long bytes) {
    }

    String key() {
        return key;
    }

    synchronized void add(Queued queued) {
        Delivery d = queued.job().delivery();
        (d.carries() == TrafficClass.BULK ? bulk : transactional).add(queued);
        if (domains.size() < DOMAINS_MAX) {
            domains.add(d.domain());
        }
    }

    /** Whether one more attempt may run; if so it counts from now on. */
    synchronized boolean enter(Instant now) {
        if (empty() || active >= allowed || isShut(now)) {
            return false;
        }
        active++;
        return true;
    }

    /** The next in turn, transactional first; null when there is none or the lane is shut. */
    synchronized Queued next(Instant now) {
        if (isShut(now) || active > allowed) {
            return null;
        }
        Queued queued = transactional.poll();
        return queued != null ? queued : bulk.poll();
    }

    /** As {@link #next}; where there is none the worker is counted out in the same moment. */
    synchronized Queued nextOrLeave(Instant now) {
        Queued queued = next(now);
        if (queued == null) {
            active--;
        }
        return queued;
    }

    synchronized void leave() {
        active--;
    }

    synchronized void succeeded() {
        faults = 0;
        if (allowed < attemptsMax) {
            allowed++;
        }
    }

    /** @return how many faults in a row, counting attempts that ran side by side as one */
    synchronized int faulted(Instant now) {
        if (!isShut(now)) {
            faults++;
        }
        return faults;
    }

    synchronized void shut(Instant now, Duration pause, Reply why) {
        if (!isShut(now)) {
            shutUntil = now.plus(pause);
            shutNanos = pause.toNanos();
            shutAt = System.nanoTime();
            lastFault = why;
            allowed = 1;
        }
    }

    synchronized boolean isShut(Instant now) {
        return shutUntil.isAfter(now) && System.nanoTime() - shutAt < shutNanos;
    }

    synchronized Instant shutUntil() {
        return shutUntil;
    }

    /** @return whether it did not wait for a socket before */
    synchronized boolean starve() {
        boolean first = !starving;
        starving = true;
        return first;
    }

    synchronized void fed() {
        starving = false;
    }

    synchronized Reply lastFault() {
        return lastFault;
    }

    synchronized Dispatcher.Place place(Instant now) {
        return new Dispatcher.Place(key, isShut(now) ? Optional.of(shutUntil) : Optional.empty(),
                lastFault, size(), active);
    }

    synchronized int size() {
        return transactional.size() + bulk.size();
    }

    synchronized void domainsInto(Set<String> all) {
        all.addAll(domains);
    }

    /** Nothing waits, nobody works, nothing needs to be remembered. */
    synchronized boolean idle(Instant now) {
        boolean forgotten = faults == 0 || shutUntil.plus(FAULTS_KEPT).isBefore(now);
        return empty() && active == 0 && forgotten && !isShut(now);
    }

    /** Takes out those whose time is over. */
    synchronized List<Queued> expired(Instant now) {
        List<Queued> over = new ArrayList<>();
        for (ArrayDeque<Queued> queue : List.of(transactional, bulk)) {
            queue.removeIf(q -> !q.job().delivery().expires().isAfter(now) && over.add(q));
        }
        return over;
    }

    private boolean empty() {
        return transactional.isEmpty() && bulk.isEmpty();
    }
}
