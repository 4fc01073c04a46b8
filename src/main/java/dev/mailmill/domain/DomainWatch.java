package dev.mailmill.domain;

import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.mail.Routine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at each domain hourly, and makes its next DKIM keys after a year. */
public final class DomainWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DomainWatch.class);
    private static final Duration FIRST = Duration.ofSeconds(20);
    private static final Duration TURN = Duration.ofMinutes(1);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration KEY_LIFE = Duration.ofDays(365);
    /** In one turn, so many of them at once. */
    private static final int DOMAINS_MAX = 400;
    private static final int ABREAST = 4;

    private final Domains domains;
    private final InstantSource clock;
    private final Routine routine = Routine.every("domain-watch",
            "domains can't be looked at now", FIRST, TURN, this::turn);

    private DomainWatch(Domains domains, InstantSource clock) {
        this.domains = domains;
        this.clock = clock;
    }

    /** Begins, until it is closed. */
    public static DomainWatch follow(Domains domains, InstantSource clock) {
        DomainWatch watch = new DomainWatch(domains, clock);
        watch.routine.start();
        return watch;
    }

    private void turn() {
        try (ExecutorService abreast = Executors.newFixedThreadPool(ABREAST,
                Thread.ofVirtual().factory())) {
            domains.unseenSince(clock.instant().minus(EVERY), DOMAINS_MAX)
                    .forEach(d -> abreast.execute(() -> look(d)));
        }
    }

    private void look(SendingDomain domain) {
        if (routine.closing()) {
            return;
        }
        try {
            renew(domains, domain, clock.instant());
            domains.check(domain.tenant(), domain.name());
        } catch (RuntimeException e) {
            LOG.warn("{} can't be looked at now: {}", domain.name(), e.getMessage());
        }
    }

    /** Makes the next keys of a domain whose keys have signed for a year. */
    static void renew(Domains domains, SendingDomain domain, Instant now) {
        List<Key> old = domain.keys().stream().filter(Key::active)
                .filter(k -> k.since().plus(KEY_LIFE).isBefore(now)).toList();
        boolean waiting = domain.keys().stream().anyMatch(Key::fresh);
        if (domain.owned() && !old.isEmpty() && !waiting && domains.rotate(domain.tenant(),
                domain.name()).orElse(null) instanceof Domains.Rotating.Begun) {
            LOG.warn("{}: its DKIM key {} has signed for a year; publish the row of the next one,"
                    + " which then takes over by itself: ./mailmill domain check {}",
                    domain.name(), old.getFirst().selector(), domain.name());
        }
    }

    @Override
    public void close() {
        routine.close();
    }
}
