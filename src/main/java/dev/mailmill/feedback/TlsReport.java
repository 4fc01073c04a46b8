package dev.mailmill.feedback;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** How TLS went between one sender and the servers of a domain on a day (RFC 8460 §4.4). */
public record TlsReport(String organization, String contact, String id, Instant begin,
        Instant end, List<Policy> policies) implements Feedback {
    public TlsReport {
        policies = List.copyOf(policies);
    }

    /**
     * @param type   {@code sts}, {@code tlsa}, {@code no-policy-found}, or what else was said
     * @param domain whose servers; may be empty
     */
    public record Policy(String type, String domain, List<String> lines, List<String> hosts,
            long succeeded, long failed, List<Failure> failures) {
        public Policy {
            lines = List.copyOf(lines);
            hosts = List.copyOf(hosts);
            failures = List.copyOf(failures);
        }
    }

    /**
     * Sessions that failed alike.
     *
     * @param result as {@code certificate-expired} (§4.3)
     * @param mx     the server; may be empty
     * @param code   what the sender says beside it
     */
    public record Failure(String result, String mx, String address, String sender, long sessions,
            String code) {
    }

    /** Who reports, as reports are told apart. */
    public String reporter() {
        return organization.toLowerCase(Locale.ROOT);
    }
}
