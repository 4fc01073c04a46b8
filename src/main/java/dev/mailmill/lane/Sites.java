package dev.mailmill.lane;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which domains go to the same servers: those of a provider that the rules name, else those with
 * the same MX hosts. Remembered for an hour, since only the road depends on it and not where mail
 * is sent. Thread-safe.
 */
public final class Sites {
    private static final int DOMAINS_MAX = 200_000;
    private static final Duration KEPT = Duration.ofHours(1);
    /** What can't be found out is asked again soon. */
    private static final Duration UNKNOWN_KEPT = Duration.ofMinutes(1);
    private static final int NAME_MAX = 100;

    private record Known(Transport.Site site, Instant until, Receivers rules) {
    }

    private final Dns dns;
    private final Receivers.Current rules;
    private final InstantSource clock;
    private final Map<String, Known> domains = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > DOMAINS_MAX;
        }
    };

    Sites(Dns dns, Receivers.Current rules, InstantSource clock) {
        this.dns = dns;
        this.rules = rules;
        this.clock = clock;
    }

    /** Without the network; empty when it has to be found out. */
    public Optional<Transport.Site> known(String domain) {
        Known known;
        synchronized (domains) {
            known = domains.get(domain);
        }
        return known == null || known.until().isBefore(clock.instant())
                || known.rules() != rules.get() ? Optional.empty() : Optional.of(known.site());
    }

    /**
     * As it was when it was last found out, however long ago: what lies in memory lies in the lane
     * that it was given then.
     */
    Optional<Transport.Site> last(String domain) {
        synchronized (domains) {
            return Optional.ofNullable(domains.get(domain)).map(Known::site);
        }
    }

    /** Asks DNS; never throws. A domain that can't be found out is a site of its own. */
    public Transport.Site find(String domain) {
        Receivers now = rules.get();
        Answer<Mx> answer = domain.startsWith("[") ? new Answer.NoData<>() : dns.mx(domain);
        Transport.Site site = site(domain, answer.records(), now);
        Duration kept = answer instanceof Answer.Unknown<Mx> ? UNKNOWN_KEPT : KEPT;
        synchronized (domains) {
            domains.put(domain, new Known(site, clock.instant().plus(kept), now));
        }
        return site;
    }

    private static Transport.Site site(String domain, List<Mx> all, Receivers rules) {
        List<String> hosts = all.stream().map(Mx::host).filter(h -> !h.isEmpty()).sorted()
                .distinct().toList();
        Provider provider = rules.of(hosts, domain);
        boolean whole = provider.rollUp() && !provider.name().equals(Receivers.OTHER);
        String servers = hosts.isEmpty() ? domain : name(all);
        return new Transport.Site(whole ? provider.name() : servers, provider.name(), 0, servers);
    }

    /** The preferred hosts; when they are too long, a hash tells the rest apart. */
    private static String name(List<Mx> all) {
        int best = all.stream().mapToInt(Mx::preference).min().orElse(0);
        String name = String.join(",", all.stream().filter(m -> m.preference() == best)
                .map(Mx::host).sorted().distinct().toList());
        return name.length() <= NAME_MAX ? name : name.substring(0, NAME_MAX) + "#"
                + Integer.toHexString(name.hashCode());
    }
}
