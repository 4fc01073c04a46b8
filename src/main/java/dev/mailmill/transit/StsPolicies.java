package dev.mailmill.transit;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.http.Egress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Domains' MTA-STS policies (RFC 8461 §3, §5): found once, then believed until they end, whatever
 * DNS says meanwhile; fetched again when the announced id changes, when mail has failed by them,
 * and in time before they end.
 */
final class StsPolicies {
    private static final int DOMAINS_MAX = 50_000;
    private static final int LOCKS = 64;
    /** What failed is not tried again sooner (§3.3). */
    private static final Duration QUIET = Duration.ofMinutes(5);
    private static final Duration RENEW_AGAIN = Duration.ofHours(1);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /**
     * @param policy  that holds; empty for none
     * @param trouble why there is none, where one was announced
     */
    record Found(Optional<StsPolicy> policy, Optional<Failure> trouble) {
        static final Found NONE = new Found(Optional.empty(), Optional.empty());
    }

    /** What is known of a domain. Immutable. */
    private record Known(StsPolicy policy, Failure trouble, Instant quietUntil, boolean doubted) {
        static final Known NOTHING = new Known(null, null, Instant.MIN, false);

        Found at(Instant now) {
            return policy != null && now.isBefore(policy.until())
                    ? new Found(Optional.of(policy).filter(p -> p.mode() != StsPolicy.Mode.NONE),
                            Optional.empty())
                    : trouble == null ? Found.NONE
                            : new Found(Optional.empty(), Optional.of(trouble));
        }

        Known quiet(Instant until, Failure why) {
            return new Known(policy, why, until, doubted);
        }
    }

    private final Dns dns;
    private final Egress egress;
    private final StsStore store;
    private final InstantSource clock;
    private final int port;
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Known> known = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > DOMAINS_MAX;
        }
    };

    /** @param port of the servers that have the policies; 443 but in tests */
    StsPolicies(Dns dns, Egress egress, StsStore store, InstantSource clock, int port) {
        this.dns = dns;
        this.egress = egress;
        this.store = store;
        this.clock = clock;
        this.port = port;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
        store.all(clock.instant(), DOMAINS_MAX).forEach((domain, policy) ->
                known.put(domain, new Known(policy, null, Instant.MIN, false)));
    }

    /** From memory, but for what DNS and its server have to be asked for now and then. */
    Found of(String domain) {
        if (!Dns.hostName(domain)) {
            return Found.NONE;
        }
        Instant now = clock.instant();
        Known before = known(domain);
        if (now.isBefore(before.quietUntil())) {
            return before.at(now);
        }
        Answer<String> texts = dns.txt("_mta-sts." + domain);
        if (texts instanceof Answer.Unknown<String>) {
            // one server that chokes on this question must not slow each attempt
            put(domain, before.quiet(now.plus(QUIET), before.trouble()));
            return before.at(now);
        }
        Optional<String> id = StsPolicy.id(texts.records());
        if (id.isEmpty()) {
            return before.at(now);
        }
        if (good(before, id.get(), now)) {
            if (renewable(before.policy(), now)) {
                put(domain, before.quiet(now.plus(RENEW_AGAIN), null));
                Thread.startVirtualThread(() -> fetch(domain, id.get()));
            }
            return before.at(now);
        }
        ReentrantLock one = locks[Math.floorMod(domain.hashCode(), LOCKS)];
        one.lock();
        try {
            Known meanwhile = known(domain);
            boolean done = now.isBefore(meanwhile.quietUntil())
                    || good(meanwhile, id.get(), now);
            return (done ? meanwhile : fetch(domain, id.get())).at(now);
        } finally {
            one.unlock();
        }
    }

    private static boolean good(Known known, String id, Instant now) {
        return known.policy() != null && !known.doubted() && known.policy().id().equals(id)
                && now.isBefore(known.policy().until());
    }

    /** More than half of its life is over. */
    private static boolean renewable(StsPolicy policy, Instant now) {
        return Duration.between(policy.fetched(), now)
                .compareTo(Duration.between(now, policy.until())) > 0;
    }

    /** Mail failed by the policy: it may have been replaced (§5.1). */
    void doubt(String domain) {
        Known now = known(domain);
        if (now.policy() != null && !now.doubted()) {
            put(domain, new Known(now.policy(), now.trouble(), now.quietUntil(), true));
        }
    }

    private Known fetch(String domain, String id) {
        URI uri = URI.create("https://mta-sts." + domain + (port == 443 ? "" : ":" + port)
                + "/.well-known/mta-sts.txt");
        Egress.Answer answer = egress.get(uri, new Egress.Limits(Egress.Target.STRANGE,
                StsPolicy.octetsMax, DEADLINE));
        Instant now = clock.instant();
        Known before = known(domain);
        Optional<StsPolicy> policy = read(answer, id, now);
        Known after;
        if (policy.isPresent()) {
            store.keep(domain, policy.get());
            // what was just looked at again is not doubted again at once
            after = new Known(policy.get(), null,
                    before.doubted() ? now.plus(QUIET) : Instant.MIN, false);
        } else {
            after = before.quiet(now.plus(QUIET), failure(answer));
        }
        put(domain, after);
        return after;
    }

    private static Optional<StsPolicy> read(Egress.Answer answer, String id, Instant now) {
        // a redirect is no policy (§3.3)
        return answer instanceof Egress.Answer.Said said && said.status() == 200
                && plain(said.field("Content-Type"))
                ? StsPolicy.read(said.text(), id, now) : Optional.empty();
    }

    private static boolean plain(String type) {
        return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("text/plain");
    }

    private static Failure failure(Egress.Answer answer) {
        return switch (answer) {
            case Egress.Answer.Said said -> said.status() == 200 ? Failure.STS_POLICY_INVALID
                    : Failure.STS_POLICY_FETCH_ERROR;
            case Egress.Answer.Failed failed -> failed.trouble() == Egress.Trouble.TLS
                    ? Failure.STS_WEBPKI_INVALID : Failure.STS_POLICY_FETCH_ERROR;
        };
    }

    private Known known(String domain) {
        lock.lock();
        try {
            return known.getOrDefault(domain, Known.NOTHING);
        } finally {
            lock.unlock();
        }
    }

    private void put(String domain, Known now) {
        lock.lock();
        try {
            known.put(domain, now);
        } finally {
            lock.unlock();
        }
    }
}
