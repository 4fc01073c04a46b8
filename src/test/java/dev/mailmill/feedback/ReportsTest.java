package dev.mailmill.feedback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.MasterKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.domain.CryptoProvider;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Network;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.feedback.Loops.Programme;
import dev.mailmill.feedback.Loops.State;
import dev.mailmill.feedback.Reports.Kept;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports come in, some twice, some about others; tables and loops tell what was in them. */
class ReportsTest {
    private static final LocalDate SINCE = LocalDate.parse("2026-10-01");
    private static final String OURS = "192.0.2.10";

    @TempDir
    Path folder;
    private Instant now = Instant.parse("2026-11-03T10:00:00Z");
    private Domains domains;
    private Loops loops;
    private Reports reports;

    @Test
    void onSqlite() {
        try (Store store = Store.open(StoreSettings.sqlite(folder), InstantSource.system(),
                new SimpleMeterRegistry())) {
            life(store.database());
        }
    }

    @Test
    void onPostgres() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Store store = Store.open(StoreSettings.postgres(folder,
                        "postgresql://postgres:postgres@127.0.0.1:" + server.getPort()
                                + "/postgres"), InstantSource.system(),
                        new SimpleMeterRegistry())) {
            life(store.database());
        } catch (IOException e) {
            Assumptions.abort("PostgreSQL does not start here: " + e);
        }
    }

    private static Network nobodyAsked() {
        FakeDns dns = new FakeDns();
        return new Network(new Authority(dns, new AddressPolicy(true, Set.of())), dns, List::of,
                dev.mailmill.domain.Reported.NOTHING);
    }

    private void life(Database database) {
        InstantSource clock = () -> now;
        SecureRandom random = new SecureRandom();
        Secrets secrets = Secrets.open(database, new MasterKey.Source(Optional.empty(), folder),
                clock, random);
        try (ChangeWatch watch = new ChangeWatch(database)) {
            new Accounts(database, secrets, watch, clock, random, Map.of()).firstStart();
            domains = new Domains(database, secrets, watch, CryptoProvider.best(),
                    "mill.example.net", nobodyAsked(), clock, random);
            domains.add(1, "example.org", false, true);
            loops = new Loops(database, domains, () -> List.of(OURS), clock);
            reports = new Reports(database, domains, loops, OURS::equals, clock);
            aReportCountsOnce();
            othersDomainsAreNotTouched();
            aPolicyMayBeStricterOnlyAfterQuietDays();
            tlsSessionsAddUp();
            loopsAreHeard();
            oldDaysLeaveWithTheNextReport();
        }
    }

    private SendingDomain domain() {
        return domains.find(1, "example.org").orElseThrow();
    }

    private Kept keep(String report) {
        return reports.keep(Feedback.read(report.getBytes(UTF_8)));
    }

    private List<Reports.Source> sources() {
        return reports.sources(domain(), SINCE, Optional.empty(), 100);
    }

    private void aReportCountsOnce() {
        String report = Reported.xml("example.org", "r1",
                Reported.row(OURS, 7, "pass", "fail", "example.org"),
                Reported.row(OURS, 3, "pass", "pass", "news.example.org"),
                Reported.row("198.51.100.9", 2, "fail", "fail", "example.org"));
        assertEquals(new Kept.Stored(List.of("example.org")), keep(report));
        List<Reports.Source> once = sources();
        assertEquals(new Kept.Again(), keep(report));
        assertEquals(once, sources());

        LocalDate day = LocalDate.parse("2026-11-02");
        assertEquals(List.of(
                new Reports.Source(OURS, "reporter inc", true, 10, 10, 10, 3, 0, 0, day, day),
                new Reports.Source("198.51.100.9", "reporter inc", false, 2, 0, 0, 0, 0, 0, day,
                        day)), once);
        assertEquals(once.subList(1, 2), reports.sources(domain(), SINCE,
                Optional.of(once.getFirst()), 10), "the page after");

        // another report about the same day adds to it
        assertInstanceOf(Kept.Stored.class, keep(report.replace(">r1<", ">r2<")));
        assertEquals(20, sources().getFirst().mails());
        assertEquals(List.of(), reports.sources(domain(), day.plusDays(1), Optional.empty(), 9));
    }

    private void othersDomainsAreNotTouched() {
        List<Reports.Source> before = sources();
        Kept strange = keep(Reported.xml("elsewhere.test", "r3",
                Reported.row(OURS, 7, "fail", "fail", "elsewhere.test")));
        assertTrue(assertInstanceOf(Kept.Refused.class, strange).reason()
                .contains("elsewhere.test"));
        // a report about one's own domain says nothing about others'
        Kept forged = keep(Reported.xml("elsewhere.test", "r4",
                Reported.row("203.0.113.1", 999, "fail", "fail", "example.org")));
        assertInstanceOf(Kept.Refused.class, forged);
        Kept early = keep(Reported.xml("example.org", "r5",
                Reported.row(OURS, 1, "fail", "fail", "example.org"))
                .replace("1793663999", "1893663999"));
        assertTrue(assertInstanceOf(Kept.Refused.class, early).reason().contains("not come"));
        assertEquals(before, sources());
    }

    private void aPolicyMayBeStricterOnlyAfterQuietDays() {
        Reports.Seen seen = reports.seen(domain(), SINCE);
        assertEquals(List.of(new Reports.Sender("198.51.100.9", 4)), seen.unknown());
        assertEquals(1, seen.days());
        assertFalse(seen.quiet(1));

        // a month of our own mail, which may fail, and of others who pass
        for (int i = 1; i <= 30; i++) {
            long begin = 1793577600L + i * 86_400L;
            now = Instant.ofEpochSecond(begin + 90_000);
            assertInstanceOf(Kept.Stored.class, keep(Reported.xml("example.org", "m" + i,
                    Reported.row(OURS, 1, "fail", "fail", "example.org"),
                    Reported.row("203.0.113.7", 1, "fail", "pass", "example.org"))
                    .replace("1793577600", Long.toString(begin))
                    .replace("1793663999", Long.toString(begin + 86_399))));
        }
        Reports.Seen later = reports.seen(domain(), LocalDate.parse("2026-11-03"));
        assertEquals(30, later.days());
        assertEquals(List.of(), later.unknown());
        assertTrue(later.quiet(30));
        assertFalse(later.quiet(31));
    }

    private void tlsSessionsAddUp() {
        String report = """
                {"organization-name":"Sender","report-id":"t1",
                 "date-range":{"start-datetime":"2026-11-01T00:00:00Z",
                  "end-datetime":"2026-11-01T23:59:59Z"},
                 "policies":[{"policy":{"policy-type":"sts",
                   "policy-domain":"bounces.example.org"},
                  "summary":{"total-successful-session-count":10,
                   "total-failure-session-count":3},
                  "failure-details":[{"result-type":"certificate-expired",
                   "receiving-mx-hostname":"mx.example.org","failed-session-count":2}]},
                  {"policy":{"policy-type":"sts","policy-domain":"elsewhere.test"},
                  "summary":{"total-successful-session-count":99}}]}""";
        assertEquals(new Kept.Stored(List.of("example.org")), keep(report));
        assertEquals(new Kept.Again(), keep(report));
        LocalDate day = LocalDate.parse("2026-11-01");
        assertEquals(List.of(
                new Reports.Tls(day, "sender", "bounces.example.org", "sts", "", "", 10),
                new Reports.Tls(day, "sender", "bounces.example.org", "sts",
                        "certificate-expired", "mx.example.org", 2),
                new Reports.Tls(day, "sender", "bounces.example.org", "sts", "unspecified", "",
                        1)), reports.tls(domain(), SINCE, 0, 10));
        assertInstanceOf(Kept.Refused.class, keep(report.replace("bounces.example.org",
                "else.test")));
    }

    private void oldDaysLeaveWithTheNextReport() {
        now = Instant.parse("2028-06-02T10:00:00Z");
        long begin = Instant.parse("2028-06-01T00:00:00Z").getEpochSecond();
        String fresh = Reported.xml("example.org", "y1",
                Reported.row(OURS, 5, "pass", "pass", "example.org"))
                .replace("1793577600", Long.toString(begin))
                .replace("1793663999", Long.toString(begin + 86_399));
        assertInstanceOf(Kept.Stored.class, keep(fresh));
        assertEquals(5, sources().getFirst().mails(), "what is over 400 days old is gone");
        assertEquals(LocalDate.parse("2028-06-01"), sources().getFirst().first());
        assertEquals(List.of(), reports.tls(domain(), SINCE, 0, 10));
        // one that comes again after so long counts no more than it did
        keep(Reported.xml("example.org", "r1",
                Reported.row(OURS, 7, "pass", "fail", "example.org")));
        assertEquals(5, sources().getFirst().mails());
        assertEquals(new Kept.Again(), keep(fresh));
    }

    private void loopsAreHeard() {
        assertEquals(State.UNREGISTERED, loop(Programme.YAHOO).state());
        assertEquals(State.WAITING, loops.mark(1, Programme.YAHOO, "example.org", true)
                .orElseThrow().state());
        assertEquals(Optional.empty(), loops.mark(1, Programme.YAHOO, "else.test", true));
        assertEquals(Optional.empty(), loops.mark(2, Programme.MICROSOFT, OURS, true));

        assertEquals(new Kept.Nothing(), keep("""
                From: Yahoo <feedback@arf.mail.yahoo.com>
                Content-Type: multipart/report; report-type=feedback-report; boundary=b

                --b
                Content-Type: message/feedback-report

                Feedback-Type: abuse
                User-Agent: Yahoo!-Mail-Feedback/2.0

                --b
                Content-Type: message/rfc822

                DKIM-Signature: v=1; d=news.example.org; s=x; b=y
                From: a@news.example.org

                --b--
                """.replace("\n", "\r\n")));
        assertEquals(State.RECEIVING, loop(Programme.YAHOO).state());
        assertEquals(Optional.of(now), loop(Programme.YAHOO).heard());
        now = now.plus(Duration.ofDays(31));
        assertEquals(State.WAITING, loop(Programme.YAHOO).state(), "nothing came for a month");

        // of Google only its DMARC reports come, which show no registration
        assertInstanceOf(Kept.Stored.class, keep(Reported.xml("example.org", "g1",
                Reported.row(OURS, 1, "pass", "pass", "example.org"))
                .replace("Reporter Inc", "google.com")));
        assertEquals(State.UNREGISTERED, loop(Programme.GMAIL).state());
        assertEquals(State.RECEIVING, loops.mark(1, Programme.GMAIL, "example.org", true)
                .orElseThrow().state());

        loops.mark(1, Programme.MICROSOFT, OURS, true);
        assertFalse(loop(Programme.MICROSOFT).lookAgain());
        now = now.plus(Duration.ofDays(181));
        assertTrue(loop(Programme.MICROSOFT).lookAgain(), "access ends by itself");
    }

    private Loops.Entry loop(Programme programme) {
        return loops.of(1).stream().filter(e -> e.programme() == programme).findFirst()
                .orElseThrow();
    }
}
