package dev.mailmill.tracking;

import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.SendingDomain;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Under which host a sender's links stand: its own, once its row was seen in DNS, else this
 * server's. Only by https, since one click out of a list has to be (RFC 8058 §3.1), and a link in
 * clear tells everybody on the way who reads what. Thread-safe.
 */
public final class LinkHosts {
    private static final Duration FRESH = Duration.ofMinutes(1);
    private static final int KNOWN_MAX = 10_000;

    private final Domains domains;
    private final Optional<URI> base;
    private final InstantSource clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(Instant until, Optional<String> prefix) {
    }

    /** @param publicUrl as the world sees this server; only with https there are links */
    public LinkHosts(Domains domains, URI publicUrl, InstantSource clock) {
        this.domains = domains;
        this.base = Optional.of(publicUrl).filter(u -> "https".equalsIgnoreCase(u.getScheme())
                && u.getHost() != null);
        this.clock = clock;
    }

    /** Whether links can lead here. */
    public boolean there() {
        return base.isPresent();
    }

    /**
     * What a link in mail that this domain signs begins with, such as {@code
     * https://track.example.org}; empty where none would work.
     */
    public Optional<String> prefix(String domain) {
        if (base.isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Known before = known.get(domain);
        if (before != null && before.until().isAfter(now)) {
            return before.prefix();
        }
        String host = domains.over(domain).filter(this::stands).map(SendingDomain::linkHost)
                .orElse(base.get().getHost());
        // the proxy that speaks TLS for us does so at one port for all names
        int port = base.get().getPort();
        Optional<String> prefix = Optional.of("https://" + host + (port < 0 ? "" : ":" + port));
        if (known.size() >= KNOWN_MAX) {
            known.clear();
        }
        known.put(domain, new Known(now.plus(FRESH), prefix));
        return prefix;
    }

    private boolean stands(SendingDomain domain) {
        return domains.seen(domain).stream()
                .filter(s -> s.row().purpose() == DnsRow.Purpose.TRACKING)
                .anyMatch(s -> s.finding().filter(Finding::stands).isPresent());
    }

    /** Whether a host is there for links and nothing else: no page, no API, no session. */
    boolean only(String host) {
        return whose(host).isPresent();
    }

    /**
     * Whether an account's links lead on from there: not at another account's own host, whose name
     * would vouch for where they lead.
     *
     * @param host as the request has it, with or without a port
     */
    boolean lead(long tenant, String host) {
        int colon = host.lastIndexOf(':');
        return whose(colon < 0 ? host : host.substring(0, colon))
                .filter(owner -> owner != tenant).isEmpty();
    }

    /** The account that has this host for its links; empty for all other hosts. */
    private Optional<Long> whose(String host) {
        String given = host.toLowerCase(Locale.ROOT);
        // the same name, as it stands in DNS
        String name = given.endsWith(".") ? given.substring(0, given.length() - 1) : given;
        int dot = name.indexOf('.');
        boolean ours = base.map(URI::getHost).filter(name::equalsIgnoreCase).isPresent();
        return ours || dot <= 0 ? Optional.empty() : domains.over(name.substring(dot + 1))
                .filter(d -> d.linkHost().equals(name)).map(SendingDomain::tenant);
    }
}
