package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Starts;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The queue at a glance, taken at most once a second for all who look. What waits for a later try
 * lies in the store and is counted by flows, up to a bound, every few seconds. Thread-safe.
 */
final class Glance {
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration FLOWS_FRESH = Duration.ofSeconds(5);
    private static final int FLOWS_MAX = 100;

    private final Dispatcher dispatcher;
    private final Sweeper sweeper;
    private final Spool spool;
    private final Accounts accounts;
    private final UnaryOperator<String> providers;
    private final InstantSource clock;
    private volatile Seen seen = new Seen(Instant.MIN, List.of(), List.of(), 0, 0);
    private volatile Flows flows = new Flows(Instant.MIN, List.of());

    /** @param providers whose mailboxes a domain's are */
    Glance(Dispatcher dispatcher, Sweeper sweeper, Spool spool, Accounts accounts,
            UnaryOperator<String> providers, InstantSource clock) {
        this.dispatcher = dispatcher;
        this.sweeper = sweeper;
        this.spool = spool;
        this.accounts = accounts;
        this.providers = providers;
        this.clock = clock;
    }

    /**
     * @param places   lanes in which something waits or runs
     * @param open     deliveries that have not ended, everybody's
     * @param inMemory of them those that are due, in this node
     */
    record Seen(Instant at, List<Dispatcher.Place> places, List<Starts.Wait> starts, long open,
            int inMemory) {
        long running() {
            return places.stream().collect(java.util.stream.Collectors.toMap(
                    p -> p.site().name() + " " + p.source(), Dispatcher.Place::running,
                    Math::max)).values().stream().mapToLong(n -> n).sum();
        }

        long waiting() {
            return places.stream().mapToLong(Dispatcher.Place::waiting).sum();
        }

        /** For a later try, a time that was asked for, or a person's word. */
        long later() {
            return Math.max(0, open - inMemory);
        }
    }

    private record Flows(Instant at, List<Sweeps.Waiting> all) {
    }

    Seen now() {
        Instant now = clock.instant();
        Seen last = seen;
        if (!old(last.at(), now, FRESH)) {
            return last;
        }
        Seen next = new Seen(now, dispatcher.places(), dispatcher.starts(), spool.open(),
                dispatcher.inMemory());
        seen = next;
        return next;
    }

    private static boolean old(Instant at, Instant now, Duration fresh) {
        return at.equals(Instant.MIN) || Duration.between(at, now).abs().compareTo(fresh) >= 0;
    }

    /** What waits in the store for its time, of one account. */
    List<Sweeps.Waiting> flows(long tenant) {
        Instant now = clock.instant();
        Flows last = flows;
        if (old(last.at(), now, FLOWS_FRESH)) {
            last = new Flows(now, sweeper.waiting(FLOWS_MAX));
            flows = last;
        }
        return last.all().stream().filter(w -> w.tenant() == tenant).toList();
    }

    /** By whose mailboxes they are for. */
    long flows(long tenant, String provider) {
        return flows(tenant).stream().filter(w -> providers.apply(w.domain()).equals(provider))
                .mapToLong(Sweeps.Waiting::count).sum();
    }

    /** Of the slowest of an account's transactional streams. */
    Optional<Duration> first(long tenant) {
        return now().starts().stream().filter(s -> {
            var stream = accounts.of(s.stream());
            return stream.tenant() == tenant && stream.carries() == TrafficClass.TRANSACTIONAL;
        }).map(Starts.Wait::ninetyNine).max(Comparator.naturalOrder());
    }
}
