package dev.mailmill.feedback;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * How one receiver saw the mail of a domain over a day or so (RFC 9990, RFC 7489 appendix C).
 *
 * @param organization who reports, as it calls itself; may be empty
 * @param email        of who reports
 * @param id           given by who reports; may be empty
 */
public record DmarcReport(String version, String organization, String email, String id,
        Instant begin, Instant end, Policy policy, List<Row> rows) implements Feedback {
    public DmarcReport {
        rows = List.copyOf(rows);
    }

    /** What the domain had published; keywords in lower case, empty where they were left out. */
    public record Policy(String domain, String adkim, String aspf, String p, String sp,
            String np, String testing) {
    }

    /**
     * Mails that went alike.
     *
     * @param source     the address that they came from, in canonical form
     * @param dkim       passed and aligned with From
     * @param spf        the same
     * @param headerFrom the domain in From
     */
    public record Row(String source, long count, String disposition, boolean dkim, boolean spf,
            List<String> reasons, String headerFrom, String envelopeFrom, String envelopeTo,
            List<Result> dkimResults, List<Result> spfResults) {
        public Row {
            reasons = List.copyOf(reasons);
            dkimResults = List.copyOf(dkimResults);
            spfResults = List.copyOf(spfResults);
        }

        /** DMARC wants one of the two (RFC 9989). */
        public boolean passes() {
            return dkim || spf;
        }
    }

    /** @param which the selector of a signature, the scope of SPF */
    public record Result(String domain, String which, String result) {
    }

    /** Who reports, as reports are told apart: organisations spell themselves as they like. */
    public String reporter() {
        return organization.isEmpty() ? email.substring(email.lastIndexOf('@') + 1)
                .toLowerCase(Locale.ROOT) : organization.toLowerCase(Locale.ROOT);
    }

    public long mails() {
        return rows.stream().mapToLong(Row::count).sum();
    }
}
