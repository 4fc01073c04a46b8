package dev.mailmill.alert;

import dev.mailmill.alert.Alert.Phase;
import dev.mailmill.alert.AlertStore.Moved;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.StoreException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges every half minute, on the one node that holds the lease, and has routes told; each node
 * judges its own machine. What is known lies in the store: after a restart it goes on where it was.
 */
public final class Alerts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Alerts.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    /** A machine that has not looked for so long is not there any more. */
    private static final Duration ALIVE = Duration.ofMinutes(5);
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration TIDY = Duration.ofHours(1);
    private static final Duration TICK = Duration.ofMillis(250);

    /** What is open about one thing. */
    private record Key(long tenant, Rule rule, String about) {
        private static Key of(Alert a) {
            return new Key(a.tenant(), a.rule(), a.about());
        }

        private static Key of(Reading r) {
            return new Key(r.tenant(), r.rule(), r.about());
        }
    }

    private final AlertStore store;
    private final List<Probe> probes;
    private final Machine machine;
    private final Teller teller;
    private final InstantSource clock;
    private final String holder;
    private final Map<Rule, AtomicInteger> firing = new EnumMap<>(Rule.class);
    private final Routine looking = Routine.every("alerts", "alerts have to wait", TICK, TICK,
            this::look);
    private final Routine telling = Routine.every("alert-routes", "alerts can't be told now", TICK,
            TICK, this::tell);
    private volatile boolean mine;
    private volatile Instant next = Instant.EPOCH;
    /** The judging thread's own. */
    private Instant tidied = Instant.MIN;

    Alerts(AlertStore store, List<Probe> probes, Machine machine, Teller teller,
            InstantSource clock, SecureRandom random, MeterRegistry meters) {
        this.store = store;
        this.probes = List.copyOf(probes);
        this.machine = machine;
        this.teller = teller;
        this.clock = clock;
        byte[] octets = new byte[8];
        random.nextBytes(octets);
        this.holder = HexFormat.of().formatHex(octets);
        for (Rule r : Rule.ALL) {
            AtomicInteger n = new AtomicInteger();
            firing.put(r, n);
            Gauge.builder("mailmill.alerts.firing", n, AtomicInteger::get).tag("rule", r.word())
                    .description("alerts that fire, of all accounts").register(meters);
        }
    }

    /** From now on, until it is closed. */
    void follow() {
        looking.start();
        telling.start();
    }

    private void tell() throws InterruptedException {
        if (mine) {
            teller.tell();
        }
    }

    private void look() {
        Instant now = Instant.ofEpochMilli(clock.instant().toEpochMilli());
        // a clock that was set back does not silence it for as long
        if (now.isBefore(next) && now.isAfter(next.minus(EVERY))) {
            return;
        }
        next = now.plus(EVERY);
        mine = store.lease(holder, now, LEASE);
        store.seen(machine.node(), now);
        judge(now);
        if (mine) {
            count();
            if (tidied.isBefore(now.minus(TIDY))) {
                tidied = now;
                store.tidy(now);
            }
        } else {
            firing.values().forEach(n -> n.set(0));
        }
    }

    private void judge(Instant now) {
        Map<Key, Alert> open = store.open().stream().collect(Collectors.toMap(Key::of, a -> a));
        Map<Long, Map<Rule, Line>> lines = lines(store.lines());
        Set<Key> muted = store.mutes(now).stream().map(m -> new Key(m.tenant(), m.rule(),
                m.about())).collect(Collectors.toSet());
        List<Probe> looked = new ArrayList<>(mine ? probes : List.of());
        looked.add(machine);
        List<String> others = mine ? store.living(now, ALIVE) : List.of();
        for (Probe p : looked) {
            Map<Key, Reading> read = new HashMap<>();
            try {
                p.read(now).forEach(r -> read.put(Key.of(r), r));
            } catch (RuntimeException e) {
                // not known is neither well nor wrong
                LOG.warn("{} can't be looked at: {}", p.getClass().getSimpleName(),
                        e.getMessage());
                continue;
            }
            open.keySet().stream().filter(k -> p.rules().contains(k.rule()))
                    .filter(k -> !p.everywhere() || Machine.of(machine.node(), k.about())
                            // nobody else says any more that it is over
                            || mine && others.stream().noneMatch(n -> Machine.of(n, k.about())))
                    .forEach(k -> read.putIfAbsent(k, null));
            read.forEach((key, reading) -> {
                Optional<Alert> before = Optional.ofNullable(open.get(key));
                Course.Step step = Course.next(before, Optional.ofNullable(reading),
                        line(lines, key.tenant(), key.rule()), muted.contains(key)
                                || muted.contains(new Key(key.tenant(), key.rule(), "")), now);
                if (!step.alert().equals(before) || step.tell().isPresent()) {
                    tell(step, before);
                    store.step(before, step, now);
                }
            });
        }
    }

    private static void tell(Course.Step step, Optional<Alert> before) {
        step.alert().filter(a -> before.isEmpty() || before.get().phase() != a.phase())
                .filter(a -> a.phase() != Phase.PENDING)
                .ifPresent(a -> LOG.warn("alert {} {} of account {} is {}", a.rule().word(),
                        a.about(), a.tenant(), a.phase().word()));
    }

    private void count() {
        Map<Rule, Integer> now = new EnumMap<>(Rule.class);
        store.open().stream().filter(a -> a.phase() == Phase.FIRING)
                .forEach(a -> now.merge(a.rule(), 1, Integer::sum));
        firing.forEach((rule, n) -> n.set(now.getOrDefault(rule, 0)));
    }

    static Map<Long, Map<Rule, Line>> lines(List<Moved> moved) {
        Map<Long, Map<Rule, Line>> all = new HashMap<>();
        moved.forEach(m -> all.computeIfAbsent(m.tenant(), _ -> new EnumMap<>(Rule.class))
                .put(m.rule(), m.line()));
        return all;
    }

    static Line line(Map<Long, Map<Rule, Line>> moved, long tenant, Rule rule) {
        return moved.getOrDefault(tenant, Map.of()).getOrDefault(rule,
                Defaults.of(rule).line());
    }

    /** The next look is soon: a line was moved. */
    void again() {
        next = Instant.EPOCH;
    }

    @Override
    public void close() {
        looking.close();
        telling.close();
        try {
            if (mine) {
                store.release(holder);
            }
        } catch (StoreException e) {
            LOG.debug("the lease ends by itself: {}", e.getMessage());
        }
    }
}
