package dev.mailmill.transit;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.http.Egress;
import dev.mailmill.sql.Database;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells each domain that asks (RFC 8460 §3) how its TLS went on the days that are over: a piece at
 * a time, each domain once a day, of several nodes by the first.
 */
final class Reports {
    private static final Logger log = LoggerFactory.getLogger(Reports.class);
    /** Domains in one piece. */
    private static final int PIECE = 100;
    private static final int ROWS_MAX = 500;
    /** Places that one domain may name. */
    private static final int PLACES_MAX = 3;
    private static final int KEEP_DAYS = 7;
    /** Other nodes store their counts every minute. */
    private static final Duration SETTLE = Duration.ofMinutes(10);
    private static final Egress.Limits LIMITS = new Egress.Limits(Egress.Target.STRANGE,
            16 * 1024, Duration.ofSeconds(20));
    /** No quoting, no comments: what stands in DNS is a stranger's. */
    private static final String ADDRESS = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]+";

    private final Database database;
    private final Dns dns;
    private final Egress egress;
    private final Reporting reporting;
    private final InstantSource clock;

    Reports(Database database, Dns dns, Egress egress, Reporting reporting,
            InstantSource clock) {
        this.database = database;
        this.dns = dns;
        this.egress = egress;
        this.reporting = reporting;
        this.clock = clock;
    }

    private record Due(long day, String domain) {
    }

    /** One piece of what is due. */
    void send() {
        long today = Math.floorDiv(clock.millis() - SETTLE.toMillis(), Tally.dayMillis);
        forget(today - KEEP_DAYS);
        if (reporting.from().isEmpty()) {
            return;
        }
        List<Due> due = database.read(h -> h.createQuery("SELECT DISTINCT day, domain"
                        + " FROM tls_session WHERE day < :today ORDER BY day, domain LIMIT :n")
                .bind("today", today).bind("n", PIECE)
                .map((r, _) -> new Due(r.getLong(1), r.getString(2))).list());
        for (Due one : due) {
            if (claim(one)) {
                tell(one);
            }
            database.write(h -> h.createUpdate("DELETE FROM tls_session WHERE day = :day"
                    + " AND domain = :domain").bind("day", one.day())
                    .bind("domain", one.domain()).execute());
        }
    }

    private void forget(long before) {
        database.write(h -> h.createUpdate("DELETE FROM tls_session WHERE day < :day")
                .bind("day", before).execute()
                + h.createUpdate("DELETE FROM tls_report WHERE day < :day")
                .bind("day", before).execute());
    }

    private boolean claim(Due due) {
        return database.write(h -> h.createUpdate("INSERT INTO tls_report (day, domain)"
                + " VALUES (:day, :domain) ON CONFLICT DO NOTHING").bind("day", due.day())
                .bind("domain", due.domain()).execute()) == 1;
    }

    private void tell(Due due) {
        if (!Dns.hostName(due.domain())) {
            return;
        }
        Answer<String> answer = dns.txt("_smtp._tls." + due.domain());
        List<URI> places = places(answer.records());
        if (places.isEmpty()) {
            return;
        }
        Report report = new Report(due.day(), due.domain(), reporting, rows(due));
        for (URI place : places) {
            String trouble = "mailto".equalsIgnoreCase(place.getScheme()) ? mail(report, place)
                    : post(report, place);
            if (!trouble.isEmpty()) {
                log.warn("The TLS report for {} could not be sent to {}: {}", due.domain(),
                        place, trouble);
            }
        }
    }

    private List<Report.Row> rows(Due due) {
        return database.read(h -> h.createQuery("SELECT policy, failure, mx, address, detail,"
                        + " sessions FROM tls_session WHERE day = :day AND domain = :domain"
                        + " ORDER BY policy, failure, mx, address LIMIT :n")
                .bind("day", due.day()).bind("domain", due.domain()).bind("n", ROWS_MAX)
                .map((r, _) -> new Report.Row(r.getString(1), r.getString(2), r.getString(3),
                        r.getString(4), r.getString(5), r.getLong(6))).list());
    }

    private String mail(Report report, URI place) {
        String to = URLDecoder.decode(place.getRawSchemeSpecificPart().split("\\?", 2)[0]
                .replace("+", "%2B"), StandardCharsets.UTF_8);
        String domain = to.substring(to.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
        if (!to.matches(ADDRESS) || !Dns.hostName(domain)) {
            return "it is no address that we write to";
        }
        return reporting.post().send(reporting.from(), to, domain, report.head(to),
                report.body());
    }

    private String post(Report report, URI place) {
        return switch (egress.post(place, Map.of("Content-Type", "application/tlsrpt+gzip"),
                report.gzipped(), LIMITS)) {
            case Egress.Answer.Said said -> said.status() / 100 == 2 ? ""
                    : "it answers " + said.status();
            case Egress.Answer.Failed failed -> failed.why();
        };
    }

    /** None unless there is exactly one record (§3). */
    static List<URI> places(List<String> texts) {
        List<String> ours = texts.stream().filter(t -> t.matches("(?s)v=TLSRPTv1\\s*;.*"))
                .toList();
        List<URI> places = new ArrayList<>();
        if (ours.size() != 1) {
            return places;
        }
        for (String part : ours.getFirst().split(";")) {
            String field = part.strip();
            if (!field.startsWith("rua=")) {
                continue;
            }
            for (String each : field.substring(4).split(",")) {
                try {
                    URI place = new URI(each.strip());
                    boolean known = "mailto".equalsIgnoreCase(place.getScheme())
                            || "https".equalsIgnoreCase(place.getScheme());
                    if (known && places.size() < PLACES_MAX) {
                        places.add(place);
                    }
                } catch (java.net.URISyntaxException e) {
                    // the next may be better
                }
            }
        }
        return places;
    }
}
