package dev.mailmill.transit;

import dev.mailmill.dns.Dns;
import dev.mailmill.http.Egress;
import dev.mailmill.mail.Routine;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
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
    private static final Duration ROUND = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofSeconds(2);

    private final Settings settings;
    private final Dns dns;
    private final StsPolicies policies;
    private final Authorities authorities;
    private final Tally tally;
    private final InstantSource clock;
    private final StsStore store;
    private final Reports reports;
    private final Routine counting = Routine.every("transit-counts",
            "TLS policies and counts are not stored now", ROUND, ROUND, this::round);
    private final Routine telling = Routine.every("transit-reports",
            "TLS reports are not sent now", SOON, ROUND, this::report);

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
        counting.start();
        telling.start();
    }

    void round() {
        tally.flush();
        store.forgetEnded(clock.instant());
    }

    /** A piece of what is due; waits for strangers' servers, so on a thread of its own. */
    void report() {
        reports.send();
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
        telling.close();
        counting.close();
        try {
            round();
        } catch (RuntimeException e) {
            log.warn("TLS counts of the last minute are lost: {}", e.getMessage());
        }
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
