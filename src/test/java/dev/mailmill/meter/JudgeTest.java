package dev.mailmill.meter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes.Count;
import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.DnsRow.Purpose;
import dev.mailmill.domain.Finding;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.meter.Evidence.Flow;
import dev.mailmill.meter.Evidence.House;
import dev.mailmill.meter.Evidence.Loop;
import dev.mailmill.meter.Evidence.Member;
import dev.mailmill.meter.Evidence.Reported;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each requirement in each of its colours. */
class JudgeTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");
    private static final String NAME = "example.com";

    /** An organisation where all is well, to be spoilt in one place. */
    private static final class Case {
        private final List<Finding> findings = new ArrayList<>();
        private final List<Flow> week = new ArrayList<>();
        private final List<Health.Finding> names = new ArrayList<>();
        private Map<MailboxProvider, Loop> loops = Map.of();
        private long day;
        private Optional<Instant> bulk = Optional.empty();
        private boolean freemail;
        private boolean signs = true;
        private Reported reported = Reported.NOTHING;
        private House house = new House(true, true, false);

        Case() {
            for (Purpose p : List.of(Purpose.RETURN_PATH_SPF, Purpose.RETURN_PATH_MX,
                    Purpose.DKIM, Purpose.DMARC, Purpose.REPLIES)) {
                findings.add(finding(p, Finding.State.RIGHT));
            }
            names(Health.State.GOOD);
        }

        Case row(Purpose purpose, Finding.State state) {
            findings.removeIf(f -> f.row().purpose() == purpose);
            findings.add(finding(purpose, state));
            return this;
        }

        private static Finding finding(Purpose purpose, Finding.State state) {
            return new Finding(new DnsRow("TXT", purpose.word() + "." + NAME, "value", purpose),
                    state, state == Finding.State.MISSING ? List.of() : List.of("there"),
                    "what is wrong");
        }

        Case nobodyAsked() {
            findings.clear();
            return this;
        }

        Case names(Health.State state) {
            return names(state, "words");
        }

        Case names(Health.State state, String words) {
            names.clear();
            names.add(new Health.Finding("", "192.0.2.1", "names", state, words, NOW));
            return this;
        }

        Case nobodyLooks() {
            names.clear();
            return this;
        }

        Case sent(TrafficClass carries, MailboxProvider to, long delivered, long complained) {
            return flow(carries, to, delivered, delivered, 0, 0, complained, 0);
        }

        Case flow(TrafficClass carries, MailboxProvider to, long delivered, long sealed,
                long clear, long hard, long complained, long unsubscribed) {
            week.add(new Flow(carries, new Count(1, 1, NAME, to, delivered + hard,
                    delivered + hard, delivered, sealed, clear, hard, complained,
                    unsubscribed)));
            return this;
        }

        Case bulk(long mails) {
            return sent(TrafficClass.BULK, MailboxProvider.OTHER, mails, 0);
        }

        Case loop(MailboxProvider provider, String... open) {
            loops = Map.of(provider, new Loop(List.of(open)));
            return this;
        }

        Case day(long mails) {
            day = mails;
            return this;
        }

        Case bulkSince(Instant since) {
            bulk = Optional.of(since);
            return this;
        }

        Case with(House other) {
            house = other;
            return this;
        }

        List<Requirement> judged() {
            return Judge.judge(new Evidence(NAME, List.of(new Member(NAME, freemail, signs,
                    findings)), week, List.of(new Volume(MailboxProvider.GMAIL, day, day, bulk)),
                    names, loops, reported, house));
        }
    }

    record Row(String id, MailboxProvider provider, Colour colour, Case given) {
        Row(String id, Colour colour, Case given) {
            this(id, null, colour, given);
        }

        @Override
        public String toString() {
            return id + (provider == null ? "" : " " + provider) + " " + colour;
        }
    }

    static List<Row> rows() {
        MailboxProvider yahoo = MailboxProvider.YAHOO;
        MailboxProvider gmail = MailboxProvider.GMAIL;
        TrafficClass one = TrafficClass.TRANSACTIONAL;
        List<Row> rows = new ArrayList<>();
        for (var asked : Map.of("R1", Purpose.RETURN_PATH_SPF, "R15", Purpose.REPLIES)
                .entrySet()) {
            rows.add(new Row(asked.getKey(), Colour.GREEN, new Case()));
            rows.add(new Row(asked.getKey(), Colour.AMBER, new Case().row(asked.getValue(),
                    Finding.State.WARNING)));
            rows.add(new Row(asked.getKey(), Colour.RED, new Case().row(asked.getValue(),
                    Finding.State.MISSING)));
            rows.add(new Row(asked.getKey(), Colour.UNKNOWN, new Case().row(asked.getValue(),
                    Finding.State.UNKNOWN)));
            rows.add(new Row(asked.getKey(), Colour.UNKNOWN, new Case().nobodyAsked()));
        }
        Case notYet = new Case();
        notYet.signs = false;
        Case free = new Case();
        free.freemail = true;
        Case failing = new Case();
        failing.reported = new Reported(100, 90);
        Case passing = new Case();
        passing.reported = new Reported(100, 96);
        rows.addAll(List.of(
                new Row("R2", Colour.GREEN, new Case()), new Row("R2", Colour.RED, notYet),
                new Row("R2", Colour.RED, new Case().row(Purpose.DKIM, Finding.State.WRONG)),
                new Row("R2", Colour.UNKNOWN, new Case().nobodyAsked()),
                new Row("R3", Colour.GREEN, new Case()),
                new Row("R3", Colour.AMBER, new Case().row(Purpose.DMARC, Finding.State.MISSING)),
                new Row("R3", Colour.RED, new Case().row(Purpose.DMARC, Finding.State.MISSING)
                        .day(3_000)),
                new Row("R3", Colour.RED, new Case().row(Purpose.DMARC, Finding.State.MISSING)
                        .bulkSince(NOW)),
                new Row("R3", Colour.UNKNOWN, new Case().nobodyAsked()),
                new Row("R4", Colour.GREEN, new Case()), new Row("R4", Colour.GREEN, passing),
                new Row("R4", Colour.AMBER, failing), new Row("R4", Colour.AMBER, notYet),
                new Row("R4", Colour.RED, new Case().row(Purpose.DKIM, Finding.State.MISSING)
                        .row(Purpose.RETURN_PATH_SPF, Finding.State.WRONG)),
                new Row("R4", Colour.UNKNOWN, new Case().nobodyAsked()),
                new Row("R5", Colour.GREEN, new Case()),
                new Row("R5", Colour.AMBER, new Case().names(Health.State.WARN)),
                new Row("R5", Colour.RED, new Case().names(Health.State.BAD)),
                new Row("R5", Colour.UNKNOWN, new Case().names(Health.State.UNKNOWN)),
                new Row("R5", Colour.UNKNOWN, new Case().nobodyLooks()),
                new Row("R6", Colour.UNKNOWN, new Case()),
                new Row("R6", Colour.GREEN, new Case().sent(one, gmail, 3, 0)),
                new Row("R6", Colour.AMBER, new Case().flow(one, MailboxProvider.OTHER, 3, 2, 1,
                        0, 0, 0)),
                new Row("R6", Colour.RED, new Case().flow(one, gmail, 3, 2, 1, 0, 0, 0)),
                new Row("R6", Colour.UNKNOWN, new Case().flow(one, gmail, 3, 0, 0, 0, 0, 0)),
                new Row("R7", Colour.GREEN, new Case()), new Row("R8", Colour.GREEN, new Case()),
                new Row("R8", Colour.RED, free)));
        for (String id : List.of("R9", "R10", "R11")) {
            rows.add(new Row(id, Colour.GREEN, new Case().sent(one, gmail, 3, 0)));
        }
        House deaf = new House(true, false, false);
        House links = new House(true, true, true);
        rows.addAll(List.of(
                new Row("R9", Colour.AMBER, new Case().bulk(10)),
                new Row("R9", Colour.RED, new Case().bulk(10).day(3_000)),
                new Row("R9", Colour.GREEN, new Case().bulk(10).day(3_000).with(links)),
                new Row("R10", Colour.UNKNOWN, new Case().bulk(10)),
                new Row("R11", Colour.GREEN, new Case().bulk(10)),
                new Row("R11", Colour.AMBER, new Case().bulk(10).with(deaf)),
                new Row("R11", Colour.RED, new Case().bulk(10).with(deaf).bulkSince(NOW)),
                new Row("R11", Colour.AMBER, new Case().bulk(10).row(Purpose.RETURN_PATH_MX,
                        Finding.State.MISSING)),
                new Row("R12", gmail, Colour.UNKNOWN, new Case().sent(one, gmail, 9_000, 0)),
                new Row("R12", yahoo, Colour.UNKNOWN, new Case().sent(one, yahoo, 9_000, 900)),
                new Row("R12", yahoo, Colour.UNKNOWN, new Case().sent(one, yahoo, 9_000, 900)
                        .loop(yahoo, NAME)),
                new Row("R12", yahoo, Colour.UNKNOWN, new Case().loop(yahoo)),
                new Row("R12", yahoo, Colour.GREEN, new Case().loop(yahoo).sent(one, yahoo, 10,
                        0)),
                new Row("R12", yahoo, Colour.AMBER, new Case().loop(yahoo).sent(one, yahoo, 999,
                        999)),
                new Row("R12", yahoo, Colour.GREEN, new Case().loop(yahoo).sent(one, yahoo,
                        10_000, 7)),
                new Row("R12", yahoo, Colour.AMBER, new Case().loop(yahoo).sent(one, yahoo,
                        10_000, 8)),
                new Row("R12", yahoo, Colour.AMBER, new Case().loop(yahoo).sent(one, yahoo,
                        10_000, 29)),
                new Row("R12", yahoo, Colour.RED, new Case().loop(yahoo).sent(one, yahoo,
                        10_000, 30)),
                new Row("R12", yahoo, Colour.AMBER, new Case().loop(yahoo).sent(one, yahoo,
                        1_000, 4)),
                new Row("R12", MailboxProvider.MICROSOFT, Colour.RED, new Case()
                        .loop(MailboxProvider.MICROSOFT)
                        .sent(one, MailboxProvider.MICROSOFT, 1_000, 5)),
                new Row("R13", Colour.UNKNOWN, new Case()),
                new Row("R13", Colour.GREEN, new Case().bulk(3)),
                new Row("R13", Colour.AMBER, new Case().bulk(3).sent(one, gmail, 1, 0)),
                new Row("R14", Colour.GREEN, new Case()),
                new Row("R15", Colour.GREEN, new Case().flow(one, gmail, 100, 0, 0, 99, 0, 0)),
                new Row("R15", Colour.GREEN, new Case().flow(one, gmail, 985, 0, 0, 15, 0, 0)),
                new Row("R15", Colour.AMBER, new Case().flow(one, gmail, 980, 0, 0, 20, 0, 0)),
                new Row("R15", Colour.RED, new Case().flow(one, gmail, 950, 0, 0, 50, 0, 0)),
                new Row("R16", Colour.GREEN, new Case().day(2_999)),
                new Row("R16", Colour.AMBER, new Case().day(3_000)),
                new Row("R16", Colour.AMBER, new Case().day(0).bulkSince(NOW))));
        return rows;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void eachColour(Row row) {
        Requirement found = row.given().judged().stream().filter(r -> r.id().equals(row.id())
                && r.provider().equals(Optional.ofNullable(row.provider()))).findFirst()
                .orElseThrow();
        assertEquals(row.colour(), found.colour(), found.toString());
        assertTrue(found.evidence().endsWith("."), found.evidence());
        boolean open = found.colour() == Colour.AMBER || found.colour() == Colour.RED;
        assertTrue(open ? found.fix().endsWith(".") : true, "the fix of " + found);
    }

    @Test
    void allSixteenAreThereInTheirOrder() {
        List<String> ids = new Case().judged().stream().map(Requirement::id).distinct().toList();
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= 16; i++) {
            all.add("R" + i);
        }
        assertEquals(all, ids);
    }

    @Test
    void whatIsWrongWithANameAndItsCureAreSaidOnceEach() {
        Requirement r = new Case().names(Health.State.BAD, "it has no name: ask for a PTR row")
                .judged().stream().filter(x -> x.id().equals("R5")).findFirst().orElseThrow();
        assertEquals("192.0.2.1: it has no name.", r.evidence());
        assertEquals("192.0.2.1: ask for a PTR row.", r.fix());
    }

    @Test
    void aMissingRowIsGivenAsItIsToBePublished() {
        Requirement spf = new Case().row(Purpose.RETURN_PATH_SPF, Finding.State.MISSING).judged()
                .getFirst();
        assertTrue(spf.fix().contains("return-path-spf.example.com. IN TXT \"value\""),
                spf.fix());
    }
}
