package dev.mailmill.feedback;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The SQL of reports, the same text on both engines. */
final class ReportStore {
    private final Database database;

    ReportStore(Database database) {
        this.database = database;
    }

    /** What tells a report from others. */
    record Id(String domain, String reporter, String id, Instant begin, Instant end) {
    }

    /** Mails that are counted together. */
    record Mails(long domain, long day, String source, String reporter, String headerFrom,
            String dkim, String spf, boolean dkimPasses, boolean spfPasses,
            String disposition) {
    }

    /** TLS sessions that are counted together. */
    record Sessions(long domain, long day, String reporter, String name, String policy,
            String result, String mx) {
    }

    /** As long as facts; each report that comes takes what is older of its domain with it. */
    static final int KEPT_DAYS = 400;

    boolean first(Handle handle, Id id, Instant now) {
        handle.execute("DELETE FROM dmarc_report WHERE domain = ? AND received < ?", id.domain(),
                oldest(now).toEpochMilli());
        return handle.execute("""
                INSERT INTO dmarc_report (domain, reporter, id, begun, ended, received)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""", id.domain(), id.reporter(),
                id.id(), id.begin().getEpochSecond(), id.end().getEpochSecond(),
                now.toEpochMilli()) == 1;
    }

    boolean firstTls(Handle handle, Id id, Instant now) {
        handle.execute("DELETE FROM tlsrpt_report WHERE reporter = ? AND received < ?",
                id.reporter(), oldest(now).toEpochMilli());
        return handle.execute("""
                INSERT INTO tlsrpt_report (reporter, id, begun, ended, received)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""", id.reporter(), id.id(),
                id.begin().getEpochSecond(), id.end().getEpochSecond(), now.toEpochMilli()) == 1;
    }

    private static Instant oldest(Instant now) {
        return now.minus(Duration.ofDays(KEPT_DAYS));
    }

    /** What is told of a domain's days before. */
    void forget(Handle handle, long domain, Instant now) {
        long day = LocalDate.ofInstant(oldest(now), ZoneOffset.UTC).toEpochDay();
        handle.execute("DELETE FROM dmarc_source WHERE domain = ? AND day < ?", domain, day);
        handle.execute("DELETE FROM tlsrpt_session WHERE domain = ? AND day < ?", domain, day);
    }

    void add(Handle handle, Map<Mails, Long> mails) {
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO dmarc_source (domain, day, source, reporter, header_from, dkim, spf,
                                          dkim_passes, spf_passes, disposition, mails)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (domain, day, source, reporter, header_from, dkim, spf, dkim_passes,
                             spf_passes, disposition)
                DO UPDATE SET mails = dmarc_source.mails + excluded.mails""");
        mails.forEach((m, count) -> batch.add(m.domain(), m.day(), m.source(), m.reporter(),
                m.headerFrom(), m.dkim(), m.spf(), m.dkimPasses() ? 1 : 0,
                m.spfPasses() ? 1 : 0, m.disposition(), count));
        batch.execute();
    }

    void addTls(Handle handle, Map<Sessions, Long> sessions) {
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO tlsrpt_session (domain, day, reporter, name, policy, result, mx,
                                            sessions)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (domain, day, reporter, name, policy, result, mx)
                DO UPDATE SET sessions = tlsrpt_session.sessions + excluded.sessions""");
        sessions.forEach((s, count) -> batch.add(s.domain(), s.day(), s.reporter(), s.name(),
                s.policy(), s.result(), s.mx(), count));
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    List<Reports.Source> sources(long domain, long since, String source, String reporter,
            int limit, Predicate<String> ours) {
        return database.read(handle -> handle.createQuery("""
                SELECT source, reporter, SUM(mails) AS mails,
                       SUM(CASE WHEN dkim_passes = 1 OR spf_passes = 1 THEN mails ELSE 0 END)
                           AS passed,
                       SUM(dkim_passes * mails) AS dkim, SUM(spf_passes * mails) AS spf,
                       SUM(CASE WHEN disposition = 'quarantine' THEN mails ELSE 0 END)
                           AS quarantined,
                       SUM(CASE WHEN disposition = 'reject' THEN mails ELSE 0 END) AS rejected,
                       MIN(day) AS first, MAX(day) AS last
                FROM dmarc_source
                WHERE domain = :domain AND day >= :since
                  AND (source > :source OR source = :source AND reporter > :reporter)
                GROUP BY source, reporter
                ORDER BY source, reporter
                LIMIT :limit""")
                .bind("domain", domain).bind("since", since).bind("source", source)
                .bind("reporter", reporter).bind("limit", limit)
                .map((row, _) -> new Reports.Source(row.getString("source"),
                        row.getString("reporter"), ours.test(row.getString("source")),
                        row.getLong("mails"), row.getLong("passed"), row.getLong("dkim"),
                        row.getLong("spf"), row.getLong("quarantined"), row.getLong("rejected"),
                        LocalDate.ofEpochDay(row.getLong("first")),
                        LocalDate.ofEpochDay(row.getLong("last"))))
                .list());
    }

    List<Reports.Day> days(long domain, long since) {
        return database.read(handle -> handle.createQuery("""
                SELECT day, SUM(mails) AS mails,
                       SUM(CASE WHEN dkim_passes = 1 OR spf_passes = 1 THEN mails ELSE 0 END)
                           AS passed,
                       SUM(CASE WHEN disposition = 'quarantine' THEN mails ELSE 0 END)
                           AS quarantined,
                       SUM(CASE WHEN disposition = 'reject' THEN mails ELSE 0 END) AS rejected
                FROM dmarc_source
                WHERE domain = :domain AND day >= :since
                GROUP BY day
                ORDER BY day DESC""")
                .bind("domain", domain).bind("since", since)
                .map((row, _) -> new Reports.Day(LocalDate.ofEpochDay(row.getLong("day")),
                        row.getLong("mails"), row.getLong("passed"),
                        row.getLong("quarantined"), row.getLong("rejected")))
                .list());
    }

    List<Reports.Tls> tls(long domain, long since, int offset, int limit) {
        return database.read(handle -> handle.createQuery("""
                SELECT day, reporter, name, policy, result, mx, sessions
                FROM tlsrpt_session
                WHERE domain = :domain AND day >= :since
                ORDER BY day DESC, reporter, name, policy, result, mx
                LIMIT :limit OFFSET :offset""")
                .bind("domain", domain).bind("since", since).bind("limit", limit)
                .bind("offset", offset)
                .map((row, _) -> new Reports.Tls(LocalDate.ofEpochDay(row.getLong("day")),
                        row.getString("reporter"), row.getString("name"),
                        row.getString("policy"), row.getString("result"), row.getString("mx"),
                        row.getLong("sessions")))
                .list());
    }

    List<Reports.Sender> failing(long domain, long since, int limit) {
        return database.read(handle -> handle.createQuery("""
                SELECT source, SUM(mails) AS mails
                FROM dmarc_source
                WHERE domain = :domain AND day >= :since AND dkim_passes = 0 AND spf_passes = 0
                GROUP BY source
                ORDER BY mails DESC, source
                LIMIT :limit""")
                .bind("domain", domain).bind("since", since).bind("limit", limit)
                .map((row, _) -> new Reports.Sender(row.getString("source"),
                        row.getLong("mails")))
                .list());
    }

    Reports.Seen seen(long domain, long since, List<Reports.Sender> unknown) {
        return database.read(handle -> handle.createQuery("""
                SELECT MIN(day) AS first, MAX(day) AS last, COUNT(DISTINCT day) AS days
                FROM dmarc_source
                WHERE domain = :domain AND day >= :since""")
                .bind("domain", domain).bind("since", since)
                .map((row, _) -> {
                    int days = row.getInt("days");
                    return new Reports.Seen(days == 0 ? Optional.empty()
                            : Optional.of(LocalDate.ofEpochDay(row.getLong("first"))),
                            days == 0 ? Optional.empty()
                            : Optional.of(LocalDate.ofEpochDay(row.getLong("last"))),
                            days, unknown);
                }).one());
    }
}
