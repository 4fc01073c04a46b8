package dev.mailmill.lane;

import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Traffic.Hold.Constraint;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One site from one source: begins with one attempt, grows with each success up to what the rules
 * allow, halves when the site is at fault and grows back slowly, stops what replies say to stop.
 * Guarded by its own monitor, never held during I/O.
 */
final class ShapedRoad implements Traffic.Road {
    private static final Duration CLEAN = Duration.ofMinutes(10);
    /** How long after a pause the faults before it still lengthen the next one. */
    private static final Duration FAULTS_KEPT = Duration.ofHours(2);
    private static final int TENANTS_MAX = 1_000;
    private static final Reply NOTHING = Reply.local("", "");

    private final String key;
    private final Transport.Site site;
    private final Source source;
    private final Shaper shaper;
    private final Breaker breaker = new Breaker();
    private final Pacer pacer = new Pacer();
    private final Pacer connects = new Pacer();
    private final Minute minute = new Minute();
    private final Map<String, ArrayDeque<Instant>> fired = new HashMap<>(2);
    private final Map<Long, Stop> tenants = new HashMap<>(2);
    private volatile Provider provider;
    private int allowed = 1;
    /** What the site has shown to bear; the rules' number until it was at fault. */
    private int ceiling = Integer.MAX_VALUE;
    private Instant changed = Instant.MIN;
    private int faults;
    private boolean proven;
    private Stop shut = Stop.NONE;
    private Stop bulkStop = Stop.NONE;
    private Stop slow = Stop.NONE;
    private Reply last = NOTHING;
    private Reply fault = NOTHING;
    private volatile Instant used;

    ShapedRoad(String key, Transport.Site site, Source source, Shaper shaper, Instant now) {
        this.key = key;
        this.site = site;
        this.source = source;
        this.shaper = shaper;
        this.provider = shaper.provider(site, key);
        this.used = now;
    }

    /** Something that does not go, until. */
    private record Stop(Traffic.Hold hold, Until until) {
        static final Stop NONE = new Stop(null, Until.PAST);

        Optional<Traffic.Hold> now(Instant now) {
            return until.holds(now) ? Optional.of(hold) : Optional.empty();
        }

        /** What is stopped for longer already is not let go sooner by a second reason. */
        boolean endsBefore(Instant end, Instant now) {
            return !until.holds(now) || until.at().isBefore(end);
        }
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public Transport.Site site() {
        return site;
    }

    @Override
    public String source() {
        return source.name();
    }

    Instant used() {
        return used;
    }

    void use(Instant now) {
        used = now;
    }

    /** The rules have changed. */
    synchronized void renew() {
        provider = shaper.provider(site, key);
    }

    private Caps caps() {
        return shaper.warm(shaper.now(source), provider) ? provider.warm() : provider.fresh();
    }

    private int most() {
        return site.attemptsMax() > 0 ? site.attemptsMax() : caps().connections();
    }

    private int ceiling(Instant now) {
        int most = most();
        if (ceiling < most && changed.isBefore(now)) {
            long more = Duration.between(changed, now).dividedBy(CLEAN);
            if (more > 0) {
                ceiling = (int) Math.min(most, ceiling + more);
                changed = changed.plus(CLEAN.multipliedBy(more));
            }
        }
        int borne = Math.min(ceiling, most);
        return slow.until().holds(now) ? Math.max(1, borne / 2) : borne;
    }

    @Override
    public synchronized int attemptsMax() {
        int most = ceiling(shaper.now());
        return Math.min(most, allowed + 1);
    }

    @Override
    public synchronized int bulkMax() {
        int most = ceiling(shaper.now());
        int kept = most < 2 ? 0 : Math.max(1, most / 5);
        return Math.min(most - kept, allowed);
    }

    @Override
    public int messagesMax() {
        return site.attemptsMax() > 0 ? 0 : caps().messages();
    }

    @Override
    public synchronized boolean proven() {
        return proven;
    }

    @Override
    public synchronized Optional<Traffic.Hold> hold(Traffic.Flow flow, Instant now) {
        Optional<Traffic.Hold> hold = shaper.paused(site, source.name(), flow, now);
        if (hold.isEmpty()) {
            hold = shut.now(now);
        }
        if (hold.isEmpty() && flow.carries() == TrafficClass.BULK) {
            hold = bulkStop.now(now);
        }
        if (hold.isEmpty() && !tenants.isEmpty()) {
            hold = tenants.getOrDefault(flow.tenant(), Stop.NONE).now(now);
        }
        Source live = shaper.now(source);
        if (hold.isEmpty() && (flow.carries() == TrafficClass.BULK || live.paused())) {
            hold = shaper.warming(live, provider, flow);
        }
        return hold;
    }

    @Override
    public synchronized Instant pace(Instant now, Duration grace) {
        Optional<Rate> rate = site.attemptsMax() > 0 ? Optional.empty() : caps().rate();
        return rate.isEmpty() ? now : pacer.take(gap(rate.get(), now), now, grace);
    }

    @Override
    public synchronized Instant connect(Instant now, Duration grace) {
        Optional<Rate> rate = site.attemptsMax() > 0 ? Optional.empty() : caps().connects();
        return rate.isEmpty() ? now : connects.take(gap(rate.get(), now), now, grace);
    }

    @Override
    public void began(Traffic.Flow flow) {
        shaper.counts(source, provider, flow, 1);
    }

    @Override
    public void ended(Traffic.Flow flow) {
        shaper.counts(source, provider, flow, -1);
    }

    private Duration gap(Rate rate, Instant now) {
        return slow.until().holds(now) ? rate.gap().multipliedBy(2) : rate.gap();
    }

    @Override
    public synchronized Traffic.Effect told(Traffic.Flow flow, Outcome outcome, Instant now) {
        minute.count(outcome, now);
        shaper.learn(source, provider, flow, outcome);
        return switch (outcome) {
            case Outcome.Delivered(Reply r) -> good(r, now);
            case Outcome.Relayed(Reply r) -> good(r, now);
            case Outcome.Bounced(Reply r) -> refused(flow, r, now);
            case Outcome.Deferred(Reply r, Outcome.Fault whose) -> deferred(flow, r, whose, now);
            case Outcome.Ambiguous(Reply r) -> {
                last = r;
                yield Traffic.Effect.NONE;
            }
            case Outcome.Captured _, Outcome.Failed _, Outcome.Held _ -> {
                allowed = Math.min(allowed + 1, most());
                yield Traffic.Effect.NONE;
            }
        };
    }

    private Traffic.Effect good(Reply reply, Instant now) {
        last = reply;
        spoke(now);
        return Traffic.Effect.NONE;
    }

    /** Somebody is there and answers. */
    private void spoke(Instant now) {
        faults = 0;
        proven = true;
        breaker.told(false, now);
        allowed = Math.min(allowed + 1, Math.max(1, most()));
    }

    private Traffic.Effect refused(Traffic.Flow flow, Reply reply, Instant now) {
        last = reply;
        boolean policy = reply.enhanced().startsWith("5.7.");
        if (policy) {
            proven = true;
            if (breaker.told(true, now)) {
                stopBulk(new Traffic.Hold(Constraint.BREAKER,
                        "of the last attempts so many were refused as against policy that bulk"
                                + " stops", Instant.MAX, reply, Traffic.Hold.Reach.CLASS),
                        Breaker.STOP, now);
            }
        } else {
            spoke(now);
        }
        react(flow, reply, now);
        return Traffic.Effect.NONE;
    }

    private Traffic.Effect deferred(Traffic.Flow flow, Reply reply, Outcome.Fault whose,
            Instant now) {
        last = reply;
        breaker.told(false, now);
        boolean suspended = react(flow, reply, now);
        if (suspended) {
            fault = reply;
            return new Traffic.Effect(true, Duration.between(now, shut.until().at()));
        }
        if (whose == Outcome.Fault.RECIPIENT) {
            proven |= reply.code() > 0;
            return Traffic.Effect.NONE;
        }
        fault = reply;
        if (shut.until().holds(now)) {
            // attempts that ran side by side are one fault
            return new Traffic.Effect(true, shaper.pause(Math.max(1, faults)));
        }
        boolean old = changed.plus(FAULTS_KEPT).isBefore(now);
        faults = old ? 1 : faults + 1;
        Duration pause = shaper.pause(faults);
        suspend(new Traffic.Hold(Constraint.LANE, "the server is at fault or asks to wait",
                Instant.MAX, reply, Traffic.Hold.Reach.ROAD), pause, now);
        return new Traffic.Effect(true, pause);
    }

    private void suspend(Traffic.Hold hold, Duration lasts, Instant now) {
        shut = stop(hold, lasts, now);
        ceiling = Math.max(1, Math.min(ceiling(now), most()) / 2);
        changed = now.plus(lasts);
        allowed = 1;
        proven = false;
        shaper.stopped(this, shut.hold(), lasts);
    }

    private void stopBulk(Traffic.Hold hold, Duration lasts, Instant now) {
        if (bulkStop.endsBefore(now.plus(lasts), now)) {
            bulkStop = stop(hold, lasts, now);
            shaper.stopped(this, bulkStop.hold(), lasts);
        }
    }

    private static Stop stop(Traffic.Hold h, Duration lasts, Instant now) {
        Instant end = now.plus(lasts).truncatedTo(ChronoUnit.MILLIS);
        return new Stop(new Traffic.Hold(h.constraint(), h.reason(), end, h.reply(), h.reach()),
                Until.in(lasts, now));
    }

    /** @return whether the road is shut by it */
    private boolean react(Traffic.Flow flow, Reply reply, Instant now) {
        if (reply.code() == 0 || provider.reactions().isEmpty()) {
            return false;
        }
        String text = reply.toString();
        for (Reaction r : provider.reactions()) {
            if (Text.found(r.match(), text)) {
                return oftenEnough(r, now) && act(r, flow, reply, now);
            }
        }
        return false;
    }

    private boolean oftenEnough(Reaction r, Instant now) {
        if (r.times() <= 1) {
            return true;
        }
        ArrayDeque<Instant> times = fired.computeIfAbsent(r.name(), n -> new ArrayDeque<>());
        times.addLast(now);
        while (times.size() > r.times() || times.peekFirst().plus(r.within()).isBefore(now)) {
            times.pollFirst();
        }
        boolean enough = times.size() >= r.times();
        if (enough) {
            times.clear();
        }
        return enough;
    }

    private boolean act(Reaction r, Traffic.Flow flow, Reply reply, Instant now) {
        String why = "rule " + provider.name() + "/" + r.name();
        switch (r.action()) {
            case SLOW -> {
                if (slow.endsBefore(now.plus(r.lasts()), now)) {
                    slow = stop(new Traffic.Hold(Constraint.RULE, why, Instant.MAX, reply,
                            Traffic.Hold.Reach.ROAD), r.lasts(), now);
                    shaper.stopped(this, slow.hold(), r.lasts());
                }
            }
            case SUSPEND_LANE -> {
                // attempts that ran side by side are one fault; another reason may last longer
                boolean same = shut.now(now).filter(h -> h.reason().equals(why)).isPresent();
                if (!same && shut.endsBefore(now.plus(r.lasts()), now)) {
                    suspend(new Traffic.Hold(Constraint.RULE, why, Instant.MAX, reply,
                            Traffic.Hold.Reach.ROAD), r.lasts(), now);
                }
                return true;
            }
            case SUSPEND_TENANT -> {
                tenants.values().removeIf(s -> !s.until().holds(now));
                if (tenants.size() < TENANTS_MAX && tenants.getOrDefault(flow.tenant(), Stop.NONE)
                        .endsBefore(now.plus(r.lasts()), now)) {
                    tenants.put(flow.tenant(), stop(new Traffic.Hold(Constraint.RULE, why,
                            Instant.MAX, reply, Traffic.Hold.Reach.FLOW), r.lasts(), now));
                    shaper.stopped(this, tenants.get(flow.tenant()).hold(), r.lasts());
                }
            }
            case STOP_BULK -> stopBulk(new Traffic.Hold(Constraint.RULE, why, Instant.MAX, reply,
                    Traffic.Hold.Reach.CLASS), r.lasts(), now);
        }
        return false;
    }

    /** Whether replies named our address as the reason: another may go in its place. */
    synchronized boolean addressAtFault(Instant now) {
        return shut.now(now).filter(h -> h.constraint() == Constraint.RULE).isPresent();
    }

    /** A person says that it may go on. */
    synchronized void reopen() {
        shut = Stop.NONE;
        bulkStop = Stop.NONE;
        slow = Stop.NONE;
        tenants.clear();
    }

    @Override
    public synchronized Traffic.Picture picture(Instant now) {
        Caps caps = caps();
        int most = ceiling(now);
        String slowed = slow.until().holds(now) ? ", halved by " + slow.hold().reason() : "";
        return new Traffic.Picture(Math.min(most, allowed), most,
                site.attemptsMax() > 0 ? "" : caps.rate().map(r -> r + slowed).orElse(""),
                minute.delivered(now), minute.deferred(now), minute.refused(now), last, fault);
    }

    /** Whether forgetting it changes nothing. */
    synchronized boolean forgettable(Instant now) {
        tenants.values().removeIf(s -> !s.until().holds(now));
        return !shut.until().holds(now) && !bulkStop.until().holds(now)
                && !slow.until().holds(now) && tenants.isEmpty()
                && (faults == 0 || changed.plus(FAULTS_KEPT).isBefore(now));
    }
}
