package dev.mailmill.feedback;

import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Keeps aggregate reports, once each and only about tenants' domains, and answers from them. */
public final class Reports {
    /** Of one report, added up: they are written as one unit. */
    static final int ROWS_MAX = 20_000;
    private static final int UNKNOWN_MAX = 1_000;
    private static final int NAME_MAX = 100;
    private static final int ID_MAX = 250;
    /** Clocks differ, and a day ends in the east before it does here. */
    private static final Duration AHEAD_MAX = Duration.ofDays(2);
    private static final long DAY = 86_400;

    private final Database database;
    private final Domains domains;
    private final Loops loops;
    private final Predicate<String> ours;
    private final InstantSource clock;
    private final ReportStore store;

    /** @param ours whether an address (in canonical form) is one from which we send */
    public Reports(Database database, Domains domains, Loops loops, Predicate<String> ours,
            InstantSource clock) {
        this.database = database;
        this.domains = domains;
        this.loops = loops;
        this.ours = ours;
        this.clock = clock;
        this.store = new ReportStore(database);
    }

    /** What became of a report. */
    public sealed interface Kept {
        /** @param domains to which it had something to say */
        record Stored(List<String> domains) implements Kept {
            public Stored {
                domains = List.copyOf(domains);
            }
        }

        /** It had been kept before. */
        record Again() implements Kept {
        }

        record Refused(String reason) implements Kept {
        }

        /** There is nothing in it that tables are for. */
        record Nothing() implements Kept {
        }
    }

    /** Of a complaint only its programme is noted: what it leads to is its receiver's matter. */
    public Kept keep(Feedback feedback) {
        return switch (feedback) {
            case Complaint complaint -> {
                loops.heard(complaint);
                yield new Kept.Nothing();
            }
            case DmarcReport report -> keep(report);
            case TlsReport report -> keep(report);
            case Feedback.None _ -> new Kept.Nothing();
            case Feedback.Refused(String reason) -> new Kept.Refused(reason);
        };
    }

    private Kept keep(DmarcReport report) {
        Optional<String> early = early(report.end());
        if (early.isPresent()) {
            return new Kept.Refused(early.get());
        }
        String policy = report.policy().domain();
        long day = Math.floorDiv(report.begin().getEpochSecond(), DAY);
        Map<ReportStore.Mails, Long> mails = new LinkedHashMap<>();
        Map<Long, SendingDomain> about = new TreeMap<>();
        for (DmarcReport.Row row : report.rows()) {
            String from = ascii(row.headerFrom());
            // who reports about example.com has nothing to say about others' names
            Optional<SendingDomain> domain = within(from, ascii(policy)) ? domains.over(from)
                    : Optional.empty();
            if (domain.isPresent()) {
                about.put(domain.get().id(), domain.get());
                mails.merge(new ReportStore.Mails(domain.get().id(), day, row.source(),
                        cut(report.reporter(), NAME_MAX), from,
                        best(row.dkimResults()), best(row.spfResults()), row.dkim(), row.spf(),
                        row.disposition()), row.count(), Long::sum);
            }
        }
        if (about.isEmpty()) {
            return new Kept.Refused("The DMARC report is about " + Words.keyword(policy)
                    + ", and no domain of an account is that or below it.");
        }
        if (mails.size() > ROWS_MAX) {
            return new Kept.Refused("The DMARC report has more than " + ROWS_MAX
                    + " different rows.");
        }
        ReportStore.Id id = new ReportStore.Id(cut(policy, ID_MAX),
                cut(report.reporter(), NAME_MAX), cut(report.id(), ID_MAX), report.begin(),
                report.end());
        boolean fresh = database.write(handle -> {
            boolean first = store.first(handle, id, clock.instant());
            if (first) {
                store.add(handle, mails);
                about.keySet().forEach(d -> store.forget(handle, d, clock.instant()));
                about.values().forEach(d -> loops.heard(handle, report, d));
            }
            return first;
        });
        return fresh ? new Kept.Stored(about.values().stream().map(SendingDomain::name).toList())
                : new Kept.Again();
    }

    private Kept keep(TlsReport report) {
        Optional<String> early = early(report.end());
        if (early.isPresent()) {
            return new Kept.Refused(early.get());
        }
        long day = Math.floorDiv(report.begin().getEpochSecond(), DAY);
        String reporter = cut(report.reporter(), NAME_MAX);
        Map<ReportStore.Sessions, Long> sessions = new LinkedHashMap<>();
        TreeSet<String> about = new TreeSet<>();
        TreeSet<String> unknown = new TreeSet<>();
        for (TlsReport.Policy policy : report.policies()) {
            String name = ascii(policy.domain());
            Optional<SendingDomain> domain = domains.over(name);
            if (domain.isEmpty()) {
                unknown.add(policy.domain());
                continue;
            }
            about.add(domain.get().name());
            long told = 0;
            for (TlsReport.Failure f : policy.failures()) {
                sessions.merge(new ReportStore.Sessions(domain.get().id(), day, reporter,
                        name, policy.type(), f.result().isEmpty() ? "unspecified"
                        : f.result(), cut(f.mx(), ID_MAX)), f.sessions(), Long::sum);
                told += f.sessions();
            }
            // RFC 8460 §4.4: details are optional, the sum is not
            merge(sessions, new ReportStore.Sessions(domain.get().id(), day, reporter,
                    name, policy.type(), "unspecified", ""), policy.failed() - told);
            merge(sessions, new ReportStore.Sessions(domain.get().id(), day, reporter,
                    name, policy.type(), "", ""), policy.succeeded());
        }
        if (about.isEmpty()) {
            return new Kept.Refused(unknown.stream().allMatch(String::isEmpty)
                    ? "The TLS report names no domain."
                    : "The TLS report is about " + Words.clean(String.join(", ", unknown))
                            + ", and no account has such a domain.");
        }
        ReportStore.Id id = new ReportStore.Id("", reporter, cut(report.id(), ID_MAX),
                report.begin(), report.end());
        boolean fresh = database.write(handle -> {
            boolean first = store.firstTls(handle, id, clock.instant());
            if (first) {
                store.addTls(handle, sessions);
                sessions.keySet().stream().map(ReportStore.Sessions::domain).distinct()
                        .forEach(d -> store.forget(handle, d, clock.instant()));
            }
            return first;
        });
        return fresh ? new Kept.Stored(List.copyOf(about)) : new Kept.Again();
    }

    private static void merge(Map<ReportStore.Sessions, Long> sessions,
            ReportStore.Sessions which, long count) {
        if (count > 0) {
            sessions.merge(which, count, Long::sum);
        }
    }

    private Optional<String> early(Instant end) {
        return end.isAfter(clock.instant().plus(AHEAD_MAX)) ? Optional.of(
                "The report is about a time that has not come yet (" + end + ").")
                : Optional.empty();
    }

    private static boolean within(String name, String domain) {
        return !domain.isEmpty() && (name.equals(domain) || name.endsWith("." + domain));
    }

    /** As domains are compared; empty for what is none. */
    private static String ascii(String name) {
        try {
            return DomainName.ascii(name);
        } catch (Malformed e) {
            return "";
        }
    }

    /** Of several signatures the one that passed. */
    private static String best(List<DmarcReport.Result> results) {
        return results.stream().map(DmarcReport.Result::result).filter("pass"::equals).findFirst()
                .orElse(results.isEmpty() ? "none" : results.getFirst().result());
    }

    private static String cut(String text, int max) {
        return text.length() <= max ? text : text.substring(0, max);
    }

    /**
     * One source of a domain's mail as one receiver saw it.
     *
     * @param ours   whether it is an address of ours
     * @param passed of them DMARC, by DKIM or SPF
     */
    public record Source(String source, String reporter, boolean ours, long mails, long passed,
            long dkim, long spf, long quarantined, long rejected, LocalDate first,
            LocalDate last) {
        public long failed() {
            return mails - passed;
        }
    }

    /** By source and reporter. @param after what was last on the page before; empty for none */
    public List<Source> sources(SendingDomain domain, LocalDate since, Optional<Source> after,
            int limit) {
        return store.sources(domain.id(), since.toEpochDay(), after.map(Source::source)
                .orElse(""), after.map(Source::reporter).orElse(""), limit, ours);
    }

    /** What receivers saw of a domain on one day. @param passed DMARC, by DKIM or SPF */
    public record Day(LocalDate day, long mails, long passed, long quarantined, long rejected) {
    }

    /** The latest first; a day that no report is about is left out. */
    public List<Day> days(SendingDomain domain, LocalDate since) {
        return store.days(domain.id(), since.toEpochDay());
    }

    /** Sessions of a day with a domain's servers that went alike. @param result empty: well */
    public record Tls(LocalDate day, String reporter, String name, String policy, String result,
            String mx, long sessions) {
    }

    /** The latest days first. @param offset how many come before */
    public List<Tls> tls(SendingDomain domain, LocalDate since, int offset, int limit) {
        return store.tls(domain.id(), since.toEpochDay(), offset, limit);
    }

    /**
     * What receivers saw of a domain since a day: whether a stricter policy would hurt.
     *
     * @param first   the first day that a report is about
     * @param days    how many days reports are about
     * @param unknown sources that are not ours and fail DMARC: a stricter policy stops their mail
     */
    public record Seen(Optional<LocalDate> first, Optional<LocalDate> last, int days,
            List<Sender> unknown) {
        public Seen {
            unknown = List.copyOf(unknown);
        }

        /** Whether so many days have passed since the first report without such a source. */
        public boolean quiet(int forDays) {
            return unknown.isEmpty() && first.isPresent() && last.isPresent()
                    && !last.get().minusDays(forDays - 1L).isBefore(first.get());
        }
    }

    /** @param failed mails that failed DMARC */
    public record Sender(String source, long failed) {
    }

    /** For who wants to advise a policy; most mails first, not ours, at most 1,000. */
    public Seen seen(SendingDomain domain, LocalDate since) {
        List<Sender> unknown = new ArrayList<>();
        for (Sender s : store.failing(domain.id(), since.toEpochDay(), 2 * UNKNOWN_MAX)) {
            if (!ours.test(s.source()) && unknown.size() < UNKNOWN_MAX) {
                unknown.add(s);
            }
        }
        return store.seen(domain.id(), since.toEpochDay(), unknown);
    }
}
