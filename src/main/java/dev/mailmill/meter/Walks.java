package dev.mailmill.meter;

import dev.mailmill.dns.Dns;
import dev.mailmill.verify.TreeWalk;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where domains' organisations begin, as DNS said last: for who can't wait for it. What is not
 * known is asked beside, of a bounded number at once. Thread-safe.
 */
final class Walks {
    private static final Logger LOG = LoggerFactory.getLogger(Walks.class);
    private static final int KEPT_MAX = 2_000;
    /** Each is up to 8 questions with a deadline of their own. */
    private static final int AT_ONCE = 16;
    private static final Duration FRESH = Duration.ofHours(1);
    /** What DNS could not say it may say soon. */
    private static final Duration TROUBLE = Duration.ofMinutes(1);

    private record Kept(TreeWalk walk, Instant at) {
    }

    private final Dns dns;
    private final InstantSource clock;
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > KEPT_MAX;
        }
    };
    private final Set<String> asked = new HashSet<>();

    Walks(Dns dns, InstantSource clock) {
        this.dns = dns;
        this.clock = clock;
    }

    /** Asks, and waits. */
    TreeWalk now(String domain) {
        TreeWalk walk = TreeWalk.of(domain, dns);
        synchronized (this) {
            kept.put(domain, new Kept(walk, clock.instant()));
        }
        return walk;
    }

    /** As it was said last, which is asked anew beside when it is old; empty before an answer. */
    synchronized Optional<TreeWalk> last(String domain) {
        Kept known = kept.get(domain);
        if ((known == null || old(known)) && asked.size() < AT_ONCE && asked.add(domain)) {
            Thread.ofVirtual().name("meter-walk").start(() -> ask(domain));
        }
        return Optional.ofNullable(known).map(Kept::walk);
    }

    private boolean old(Kept k) {
        return k.at().plus(k.walk().trouble().isEmpty() ? FRESH : TROUBLE)
                .isBefore(clock.instant());
    }

    private void ask(String domain) {
        try {
            now(domain);
        } catch (RuntimeException e) {
            LOG.warn("where the organisation of {} begins can't be told now: {}", domain,
                    e.getMessage());
        } finally {
            synchronized (this) {
                asked.remove(domain);
            }
        }
    }
}
