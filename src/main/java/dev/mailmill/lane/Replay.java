package dev.mailmill.lane;

import dev.mailmill.mail.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Recorded attempts against a set of rules: which reactions their replies would have set off, what
 * would have waited for them, and how long for the rates. Replies stay as they were recorded: what
 * a receiver would have said to slower mail nobody knows, so a deferral within a pause counts as
 * avoided, and the rest as it was. Attempts come in the order of their time; not thread-safe.
 */
final class Replay {
    /** Waits of which the percentiles are taken, by provider; more are left out evenly. */
    private static final int WAITS_MAX = 10_000;

    /**
     * One attempt as it was.
     *
     * @param host  that answered; empty where none did
     * @param reply what it said
     */
    record Attempt(Instant at, long tenant, boolean bulk, String domain, String host,
            Result result, Reply reply) {
        /** How it ended. */
        enum Result {
            DELIVERED, DEFERRED, REFUSED
        }
    }

    /**
     * What a provider's attempts would have met.
     *
     * @param fired    times a reaction set off, by its name
     * @param paused   minutes in which something was stopped
     * @param waited   attempts that a pause or a rate would have put off
     * @param avoided  deferrals among those that a pause would have put off
     * @param peak     most attempts in one minute
     * @param halfWait minutes that half of the waiting would have waited at most
     * @param longWait the same for 95 of 100
     */
    record Result(int attempts, int deferred, int refused, Map<String, Integer> fired,
            long paused, int waited, int avoided, int peak, double halfWait, double longWait) {
    }

    private final Rules rules;
    private final Map<String, Place> places = new TreeMap<>();

    Replay(Rules rules) {
        this.rules = rules;
    }

    /** One provider; a server of nobody's is under {@link Receivers#OTHER}, all together. */
    private static final class Place {
        private final Map<String, Integer> fired = new TreeMap<>();
        private final Map<String, ArrayDeque<Instant>> times = new HashMap<>();
        private final Map<Long, Instant> tenants = new HashMap<>();
        private final Pacer pacer = new Pacer();
        private Instant shut = Instant.MIN;
        private Instant bulk = Instant.MIN;
        private Instant slow = Instant.MIN;
        private Instant pausedTo = Instant.MIN;
        private Duration paused = Duration.ZERO;
        private final double[] waits = new double[WAITS_MAX];
        private int attempts;
        private int deferred;
        private int refused;
        private int waited;
        private int avoided;
        private long minute = Long.MIN_VALUE;
        private int inMinute;
        private int peak;
    }

    void add(Attempt a) {
        Provider provider = a.host().isEmpty() ? rules.of(List.of(), a.domain())
                : rules.of(List.of(a.host()), a.domain());
        Place p = places.computeIfAbsent(provider.name(), n -> new Place());
        p.attempts++;
        p.deferred += a.result() == Attempt.Result.DEFERRED ? 1 : 0;
        p.refused += a.result() == Attempt.Result.REFUSED ? 1 : 0;
        long minute = a.at().getEpochSecond() / 60;
        p.inMinute = minute == p.minute ? p.inMinute + 1 : 1;
        p.minute = minute;
        p.peak = Math.max(p.peak, p.inMinute);
        Instant until = later(p.shut, later(a.bulk() ? p.bulk : Instant.MIN,
                p.tenants.getOrDefault(a.tenant(), Instant.MIN)));
        if (until.isAfter(a.at())) {
            wait(p, Duration.between(a.at(), until));
            p.avoided += a.result() == Attempt.Result.DEFERRED ? 1 : 0;
            return;
        }
        pace(provider, p, a.at());
        if (a.reply().code() > 0 && a.result() != Attempt.Result.DELIVERED) {
            react(provider, p, a);
        }
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static void wait(Place p, Duration time) {
        int at = p.waited++;
        // the first fill the room, later ones take each other's place in turn
        p.waits[at < WAITS_MAX ? at : (int) (at * 7919L % WAITS_MAX)] = time.toMillis() / 60_000.0;
    }

    private static void pace(Provider provider, Place p, Instant at) {
        provider.warm().rate().ifPresent(rate -> {
            Duration gap = p.slow.isAfter(at) ? rate.gap().multipliedBy(2) : rate.gap();
            Instant turn = p.pacer.take(gap, at, Duration.ofDays(3650));
            if (turn.isAfter(at)) {
                wait(p, Duration.between(at, turn));
            }
        });
    }

    private static void react(Provider provider, Place p, Attempt a) {
        for (Reaction r : provider.reactions()) {
            if (!Text.found(r.match(), a.reply().toString())) {
                continue;
            }
            ArrayDeque<Instant> times =
                    p.times.computeIfAbsent(r.name(), n -> new ArrayDeque<>());
            times.addLast(a.at());
            while (times.size() > r.times() || times.size() > 1
                    && times.peekFirst().plus(r.within()).isBefore(a.at())) {
                times.pollFirst();
            }
            if (times.size() >= r.times()) {
                times.clear();
                fire(r, p, a);
            }
            return;
        }
    }

    private static void fire(Reaction r, Place p, Attempt a) {
        p.fired.merge(r.name(), 1, Integer::sum);
        Instant until = a.at().plus(r.lasts());
        switch (r.action()) {
            case SLOW -> p.slow = later(p.slow, until);
            case SUSPEND_LANE -> p.shut = later(p.shut, until);
            case SUSPEND_TENANT -> p.tenants.merge(a.tenant(), until, Replay::later);
            case STOP_BULK -> p.bulk = later(p.bulk, until);
        }
        if (r.action() != Reaction.Action.SLOW) {
            Instant from = later(p.pausedTo, a.at());
            if (until.isAfter(from)) {
                p.paused = p.paused.plus(Duration.between(from, until));
                p.pausedTo = until;
            }
        }
    }

    /** By provider. */
    Map<String, Result> results() {
        Map<String, Result> all = new TreeMap<>();
        places.forEach((name, p) -> {
            double[] waits = Arrays.copyOf(p.waits, Math.min(p.waited, WAITS_MAX));
            Arrays.sort(waits);
            all.put(name, new Result(p.attempts, p.deferred, p.refused, Map.copyOf(p.fired),
                    p.paused.toMinutes(), p.waited, p.avoided, p.peak, at(waits, 0.5),
                    at(waits, 0.95)));
        });
        return all;
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? 0
                : sorted[Math.max(0, (int) Math.ceil(sorted.length * share) - 1)];
    }
}
