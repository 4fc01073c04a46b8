package dev.mailmill.lane;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All roads, held to the rules as they are now. */
final class Shaper implements Traffic {
    private static final Logger log = LoggerFactory.getLogger(Shaper.class);
    /** Roads that nobody took for so long, and that have nothing to remember, are forgotten. */
    private static final Duration KEPT = Duration.ofMinutes(15);
    private static final int TIDY_EVERY = 10_000;

    private static final Caps FREE = new Caps(20, 100, Optional.empty(), Optional.empty());
    private static final Provider OWN = new Provider("", List.of(), List.of(), true, FREE, FREE,
            List.of(), "");

    private final Receivers.Current rules;
    private final Optional<Pauses> pauses;
    private final RetryPolicy policy;
    private final InstantSource clock;
    private final Map<String, ShapedRoad> roads = new ConcurrentHashMap<>();
    private volatile Receivers seen;
    private final AtomicInteger made = new AtomicInteger();

    Shaper(Receivers.Current rules, Optional<Pauses> pauses, RetryPolicy policy,
            InstantSource clock) {
        this.pauses = pauses;
        this.rules = rules;
        this.policy = policy;
        this.clock = clock;
        this.seen = rules.get();
    }

    @Override
    public Traffic.Road road(Transport.Site site, Delivery delivery, Message message) {
        Receivers now = rules.get();
        if (now != seen) {
            seen = now;
            roads.values().forEach(ShapedRoad::renew);
        }
        Egress source = Egress.OWN;
        String key = source.name().isEmpty() ? site.name() : site.name() + " from " + source.name();
        ShapedRoad road = roads.get(key);
        if (road == null) {
            road = roads.computeIfAbsent(key, k -> new ShapedRoad(k, site, source, this,
                    clock.instant()));
            tidy();
        }
        road.use(clock.instant());
        return road;
    }

    private void tidy() {
        if (made.incrementAndGet() % TIDY_EVERY == 0) {
            Instant before = clock.instant().minus(KEPT);
            Instant now = clock.instant();
            roads.values().removeIf(r -> r.used().isBefore(before) && r.forgettable(now));
        }
    }

    /** What the operator named is held to nobody's rules. */
    Provider provider(Transport.Site site) {
        return site.provider().isEmpty() ? OWN : rules.get().named(site.provider());
    }

    Instant now() {
        return clock.instant();
    }

    Duration pause(int faults) {
        return policy.lanePause(faults);
    }

    boolean warm(String source, String provider) {
        return true;
    }

    Optional<Hold> paused(Transport.Site site, String source, Flow flow, Instant now) {
        return pauses.flatMap(p -> p.hold(site, source, flow, now));
    }

    /** Ends what was learned of roads: a person says that they may go on. */
    void reopen(Predicate<Transport.Site> which) {
        roads.values().stream().filter(r -> which.test(r.site())).forEach(ShapedRoad::reopen);
    }

    Optional<Hold> warming(String source, Provider provider, Flow flow, Instant now) {
        return Optional.empty();
    }

    void learn(String source, Provider provider, Flow flow, Outcome outcome, Instant now) {
        // nothing yet
    }

    void stopped(ShapedRoad road, Hold hold, Duration lasts) {
        log.info("{}: {} for {} s: {}", road.key(), hold.reason(), lasts.toSeconds(),
                hold.reply());
    }
}
