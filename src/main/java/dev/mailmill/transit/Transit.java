package dev.mailmill.transit;

import dev.mailmill.dns.Dns;
import dev.mailmill.http.Egress;
import dev.mailmill.sql.Database;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What TLS mail has to have on its way to a domain: what the domain publishes (DANE, MTA-STS) and
 * what the sender asks for (REQUIRETLS, TLS-Required). Thread-safe.
 */
public final class Transit implements AutoCloseable {
    /**
     * @param smtpPort of mail servers: TLSA records are of a port; 25 but in tests
     * @param stsPort  of the servers that have MTA-STS policies; 443 but in tests
     */
    public record Settings(int smtpPort, int stsPort) {
    }

    private static final Logger log = LoggerFactory.getLogger(Transit.class);
    private static final long ROUND_SECONDS = 60;
    private static final long SOON_SECONDS = 2;

    private final Settings settings;
    private final Dns dns;
    private final StsPolicies policies;
    private final Authorities authorities;
    private final Tally tally;
    private final InstantSource clock;
    private final StsStore store;
    private final Reports reports;
    private final ScheduledExecutorService rounds = Executors.newScheduledThreadPool(2,
            Thread.ofPlatform().daemon().name("transit-rounds").factory());

    /**
     * @param authorities who is believed about certificates for MTA-STS
     * @param reporting   who tells domains how it went
     */
    public Transit(Settings settings, Dns dns, Egress egress, Database database,
            X509TrustManager authorities, Reporting reporting, InstantSource clock) {
        this.settings = settings;
        this.dns = dns;
        this.clock = clock;
        this.store = new StsStore(database);
        this.policies = new StsPolicies(dns, egress, store, clock, settings.stsPort());
        this.authorities = new Authorities(authorities);
        this.tally = new Tally(database, clock);
        this.reports = new Reports(database, dns, egress, reporting, clock);
        rounds.scheduleWithFixedDelay(this::round, ROUND_SECONDS, ROUND_SECONDS,
                TimeUnit.SECONDS);
        rounds.scheduleWithFixedDelay(this::report, SOON_SECONDS, ROUND_SECONDS,
                TimeUnit.SECONDS);
    }

    void round() {
        try {
            tally.flush();
            store.forgetEnded(clock.instant());
        } catch (RuntimeException e) {
            log.warn("TLS policies and counts are not stored now: {}", e.getMessage());
        }
    }

    /** A piece of what is due; waits for strangers' servers, so on a thread of its own. */
    void report() {
        try {
            reports.send();
        } catch (RuntimeException e) {
            log.warn("TLS reports are not sent now: {}", e.getMessage());
        }
    }

    /** The JDK's own authorities. */
    public static X509TrustManager publicAuthorities() {
        return Authorities.standard();
    }

    /** For one attempt; asks DNS where it has to. */
    public Way way(String domain, Wish wish) {
        return new Way(this, domain, wish, policies.of(domain), dns.mxSecured(domain));
    }

    void count(String domain, String policy, String detail, String failure, String mx,
            String address) {
        tally.count(domain, policy, detail, failure, mx, address);
    }

    /** Keeps what was counted. */
    @Override
    public void close() {
        rounds.shutdownNow();
        round();
    }

    Settings settings() {
        return settings;
    }

    Dns dns() {
        return dns;
    }

    StsPolicies policies() {
        return policies;
    }

    Authorities authorities() {
        return authorities;
    }
}
