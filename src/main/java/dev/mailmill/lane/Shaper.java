package dev.mailmill.lane;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All roads, held to the rules as they are now. */
final class Shaper implements Traffic {
    private static final Logger log = LoggerFactory.getLogger(Shaper.class);
    /** Roads that nobody took for so long, and that have nothing to remember, are forgotten. */
    private static final Duration KEPT = Duration.ofMinutes(15);
    private static final int TIDY_EVERY = 10_000;
    private static final int MOVED_MAX = 200_000;
    private static final Source NO_SOURCE = new Source("(no source)", Source.POOL, 1,
            Optional.empty(), Optional.empty(), "", "", true, true, Instant.EPOCH);
    private static final Hold NONE_LEFT = new Hold(Hold.Constraint.SOURCE,
            "no source of the stream's pool takes"
            + " mail; ./mailmill source list shows them", Instant.MAX, Reply.local("", ""),
            Hold.Reach.ROAD);

    private static final Caps FREE = new Caps(20, 100, Optional.empty(), Optional.empty());
    private static final Provider OWN = new Provider("", List.of(), List.of(), true, FREE, FREE,
            List.of(), "");

    private final Receivers.Current rules;
    private final Optional<Pauses> pauses;
    private final Function<Delivery, List<Source>> sources;
    private final Function<String, List<Source>> pools;
    private final Function<String, Optional<Source>> named;
    private final Optional<Warmth> warmth;
    private final RetryPolicy policy;
    /** Deliveries that did not take the first of their sources: a retry takes the same. */
    private final Map<Long, String> moved = Collections.synchronizedMap(
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
                    return size() > MOVED_MAX;
                }
            });
    private final InstantSource clock;
    private final Map<String, ShapedRoad> roads = new ConcurrentHashMap<>();
    private volatile Receivers seen;
    private final AtomicInteger made = new AtomicInteger();

    /**
     * @param sources of a delivery, in its order; empty: its pool has none that takes mail
     * @param pools   the sources of one that take mail
     * @param named   one as it is now
     * @param warmth  empty: nothing is warmed up
     */
    Shaper(Receivers.Current rules, Optional<Pauses> pauses,
            Function<Delivery, List<Source>> sources, Function<String, List<Source>> pools,
            Function<String, Optional<Source>> named, Optional<Warmth> warmth,
            RetryPolicy policy, InstantSource clock) {
        this.sources = sources;
        this.pools = pools;
        this.named = named;
        this.warmth = warmth;
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
        Instant at = clock.instant();
        if (site.provider().isEmpty()) {
            return road(site, Source.OWN, at);
        }
        List<Source> order = sources.apply(delivery);
        if (order.size() < 2) {
            return road(site, order.isEmpty() ? NO_SOURCE : order.getFirst(), at);
        }
        return chosen(site, delivery, message, order, at);
    }

    /**
     * The first in the delivery's own order, which a retry keeps; but what has never been tried may
     * take the next while the first is warming up and full, and transactional mail the next while
     * replies name the first one's address. Nothing moves after a verdict on content, domain or
     * complaints: those stop bulk and never a road.
     */
    private Traffic.Road chosen(Transport.Site site, Delivery delivery, Message message,
            List<Source> order, Instant at) {
        String kept = moved.get(delivery.id());
        for (Source s : order) {
            if (s.name().equals(kept)) {
                return road(site, s, at);
            }
        }
        boolean bulk = delivery.carries() == TrafficClass.BULK;
        Provider provider = rules.get().named(site.provider());
        for (Source s : order) {
            ShapedRoad road = road(site, s, at);
            boolean full = bulk && delivery.attempts() == 0 && warmth.isPresent() && !s.warm()
                    && named(provider)
                    && warmth.get().hold(key(s, provider)).isPresent();
            boolean fault = !bulk && road.addressAtFault(at);
            if (!full && !fault) {
                if (s != order.getFirst()) {
                    moved.put(delivery.id(), s.name());
                }
                return road;
            }
        }
        return road(site, order.getFirst(), at);
    }

    @Override
    public List<String> roads(Transport.Site site, String pool) {
        List<Source> all = site.provider().isEmpty() ? List.of(Source.OWN) : pools.apply(pool);
        return all.isEmpty() ? List.of(key(site, NO_SOURCE))
                : all.stream().map(s -> key(site, s)).toList();
    }

    private static String key(Transport.Site site, Source source) {
        return source.name().isEmpty() ? site.name() : site.name() + " from " + source.name();
    }

    private ShapedRoad road(Transport.Site site, Source source, Instant at) {
        String key = key(site, source);
        ShapedRoad road = roads.get(key);
        if (road == null) {
            road = roads.computeIfAbsent(key, k -> new ShapedRoad(k, site, source, this, at));
            tidy();
        }
        road.use(at);
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
    Provider provider(Transport.Site site, String road) {
        return site.provider().isEmpty() ? OWN : rules.get().named(site.provider(), road);
    }

    /** Keys of the roads that hold to rules on trial. */
    List<String> trying() {
        Receivers now = rules.get();
        return roads.values().stream().filter(r -> !r.site().provider().isEmpty())
                .map(ShapedRoad::key).filter(now::tries).sorted().toList();
    }

    int roads() {
        return (int) roads.values().stream().filter(r -> !r.site().provider().isEmpty()).count();
    }

    Instant now() {
        return clock.instant();
    }

    Duration pause(int faults) {
        return policy.lanePause(faults);
    }

    private static Warmth.Key key(Source source, Provider provider) {
        return new Warmth.Key("source", source.name(), provider.name());
    }

    private static Warmth.Key key(Flow flow, Provider provider) {
        return new Warmth.Key(Warmth.DOMAIN, flow.author(), provider.name());
    }

    /** Only a receiver that the rules name keeps a memory of senders that is worth a ladder. */
    private static boolean named(Provider provider) {
        return !provider.name().isEmpty() && !provider.name().equals(Receivers.OTHER);
    }

    /** A source as it is now; one that is gone takes no more mail. */
    Source now(Source source) {
        return source == Source.OWN || source == NO_SOURCE ? source
                : named.apply(source.name()).orElse(new Source(source.name(), source.pool(), 1,
                        source.ip4(), source.ip6(), source.ehlo(), source.proxy(), source.warm(),
                        true, source.created()));
    }

    boolean warm(Source source, Provider provider) {
        return source.warm() || warmth.isEmpty() || !named(provider)
                || warmth.get().known(key(source, provider));
    }

    Optional<Hold> paused(Transport.Site site, String source, Flow flow, Instant now) {
        return pauses.flatMap(p -> p.hold(site, source, flow, now));
    }

    /** Ends what was learned of roads: a person says that they may go on. */
    void reopen(Predicate<Transport.Site> which) {
        roads.values().stream().filter(r -> which.test(r.site())).forEach(ShapedRoad::reopen);
    }

    Optional<Hold> warming(Source source, Provider provider, Flow flow) {
        if (source.paused()) {
            return Optional.of(NONE_LEFT);
        }
        if (warmth.isEmpty() || !named(provider)) {
            return Optional.empty();
        }
        Optional<Hold> hold = source.warm() ? Optional.empty()
                : warmth.get().hold(key(source, provider));
        return hold.isPresent() ? hold : warmth.get().hold(key(flow, provider));
    }

    /** What is on its way counts before it has arrived. */
    void counts(Source source, Provider provider, Flow flow, int change) {
        if (warmth.isPresent() && named(provider)) {
            warmth.get().onTheWay(key(source, provider), change);
            warmth.get().onTheWay(key(flow, provider), change);
        }
    }

    void learn(Source source, Provider provider, Flow flow, Outcome outcome) {
        if (warmth.isEmpty() || !named(provider)) {
            return;
        }
        Reply reply = switch (outcome) {
            case Outcome.Delivered(Reply r) -> r;
            case Outcome.Bounced(Reply r) -> r;
            case Outcome.Deferred(Reply r, _) -> r;
            case Outcome.Relayed _, Outcome.Ambiguous _, Outcome.Captured _, Outcome.Failed _,
                    Outcome.Held _ -> Reply.local("", "");
        };
        boolean answered = reply.code() > 0;
        for (Warmth.Key key : List.of(key(source, provider), key(flow, provider))) {
            if (outcome instanceof Outcome.Delivered) {
                warmth.get().sent(key);
            }
            if (answered) {
                warmth.get().told(key, outcome instanceof Outcome.Deferred,
                        outcome instanceof Outcome.Bounced && reply.enhanced().startsWith("5.7."));
            }
        }
    }

    void stopped(ShapedRoad road, Hold hold, Duration lasts) {
        log.info("{}: {} for {} s: {}", road.key(), hold.reason(), lasts.toSeconds(),
                hold.reply());
    }
}
