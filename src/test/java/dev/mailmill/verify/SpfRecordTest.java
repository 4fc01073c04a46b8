package dev.mailmill.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.verify.SpfRecord.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An SPF record is read by RFC 7208's grammar, and each fault is told to its author. */
class SpfRecordTest {
    private static SpfRecord read(String text) {
        return SpfRecord.read(text).orElseThrow();
    }

    private static List<Kind> kinds(String text) {
        return read(text).faults().stream().map(SpfRecord.Fault::kind).toList();
    }

    @Test
    void mechanismsAndModifiersAreRead() {
        SpfRecord record = read("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a/28//64"
                + " -mx:mail.example.com ?include:%{d2}.example.net ~all exp=why.%{d}");
        assertEquals(List.of(), record.faults());
        assertEquals(List.of("ip4", "ip6", "a", "mx", "include", "all"), record.mechanisms()
                .stream().map(m -> m.test().word()).toList());
        assertEquals(28, record.mechanisms().get(2).bits4());
        assertEquals(64, record.mechanisms().get(2).bits6());
        assertEquals(SpfRecord.Result.FAIL, record.mechanisms().get(3).result());
        assertEquals(3, record.lookups());
        assertTrue(record.sound());
    }

    @Test
    void whatReceiversGiveUpOnIsNamed() {
        assertEquals(List.of(Kind.UNKNOWN_MECHANISM), kinds("v=spf1 ipv4:192.0.2.1 -all"));
        assertTrue(read("v=spf1 ipv4:192.0.2.1 -all").faults().getFirst().words()
                .contains("write ip4:"));
        assertEquals(List.of(Kind.BAD_ADDRESS), kinds("v=spf1 ip4:192.0.2 -all"));
        assertEquals(List.of(Kind.BAD_ADDRESS), kinds("v=spf1 ip4:mail.example.com -all"));
        assertEquals(List.of(Kind.BAD_LENGTH), kinds("v=spf1 ip4:192.0.2.0/33 -all"));
        assertEquals(List.of(Kind.BAD_LENGTH), kinds("v=spf1 a/024 -all"));
        assertEquals(List.of(Kind.BAD_DOMAIN), kinds("v=spf1 include: -all"));
        assertEquals(List.of(Kind.BAD_DOMAIN), kinds("v=spf1 include:example.com/24 -all"));
        assertEquals(List.of(Kind.BAD_DOMAIN), kinds("v=spf1 a:example.com:8080 -all"));
        assertEquals(List.of(Kind.BAD_DOMAIN), kinds("v=spf1 exists:%{x}.example.com -all"));
        assertEquals(List.of(Kind.BAD_DOMAIN), kinds("v=spf1 -all:example.com"));
        assertEquals(List.of(Kind.BAD_CHARACTER), kinds("v=spf1 a\tmx -all"));
        assertEquals(List.of(Kind.REPEATED_MODIFIER),
                kinds("v=spf1 redirect=a.example redirect=b.example"));
        assertFalse(read("v=spf1 redirect=a.example redirect=b.example").sound());
    }

    @Test
    void whatIsUnwiseIsNamedAndStillSound() {
        for (var each : java.util.Map.of(Kind.ANYBODY, "v=spf1 +all", Kind.PTR, "v=spf1 ptr -all",
                Kind.OPEN_END, "v=spf1 mx", Kind.AFTER_ALL, "v=spf1 -all mx",
                Kind.LOOKUPS, "v=spf1 " + "a ".repeat(11) + "-all").entrySet()) {
            assertEquals(List.of(each.getKey()), kinds(each.getValue()));
            assertTrue(read(each.getValue()).sound());
        }
    }

    @Test
    void severalRecordsAreAnErrorAndNearlyOneIsNamed() {
        var two = SpfRecord.among(List.of("v=spf1 -all", "v=spf1 mx -all", "other"));
        assertTrue(two.several());
        assertTrue(two.record().isEmpty());
        for (String text : List.of("v=spf1; mx -all", "v=spf 1 -all", "\"v=spf1 -all\"",
                "v=spf10 -all", "spf1 -all")) {
            assertEquals(Kind.NOT_SPF, SpfRecord.among(List.of(text)).faults().getFirst().kind(),
                    text);
        }
        assertEquals(List.of(), SpfRecord.among(List.of("v=DMARC1")).faults());
    }

    @Test
    void aHugeRecordIsReadInBounds() {
        assertFalse(read("v=spf1 " + "q ".repeat(30_000)).sound());
        assertTrue(read("v=spf1 " + "ptr ".repeat(1_000) + "bad:").faults().stream()
                .anyMatch(f -> f.kind() == Kind.UNKNOWN_MECHANISM));
    }

    @Test
    void anAuditCountsWhatIncludesCostAndNamesWhatIsWrongInThem() {
        FakeDns dns = new FakeDns()
                .txt("example.com", "v=spf1 include:a.example include:b.example -all")
                .txt("a.example", "v=spf1 a mx a:x.example include:c.example ~all")
                .txt("c.example", "v=spf1 mx a ptr exists:%{i}.example include:%{d}.example ~all")
                .txt("b.example", "v=spf1 ip5:192.0.2.1 include:gone.example ~all");
        SpfAudit audit = SpfAudit.of("Example.com", dns);
        assertEquals(2 + 4 + 5 + 1, audit.lookups());
        assertEquals(List.of("a.example", "b.example", "c.example", "gone.example"),
                audit.includes());
        assertEquals(List.of(Kind.UNKNOWN_MECHANISM, Kind.NAMES_NOTHING, Kind.LOOKUPS),
                audit.faults().stream().map(SpfRecord.Fault::kind).toList());
        assertTrue(audit.faults().getFirst().words().startsWith("in the record of b.example"));
        assertEquals("", audit.trouble());
    }

    @Test
    void anAuditEndsWhereIncludesGoRoundAndSaysWhenNobodyKnows() {
        FakeDns dns = new FakeDns().txt("example.com", "v=spf1 include:example.com -all")
                .txt("example.org", "v=spf1 include:silent.example -all")
                .unknown("TXT", "silent.example");
        assertEquals(List.of(Kind.REPEATED_INCLUDE), SpfAudit.of("example.com", dns).faults()
                .stream().map(SpfRecord.Fault::kind).toList());
        SpfAudit silent = SpfAudit.of("example.org", dns);
        assertTrue(silent.trouble().contains("silent.example"));
        assertEquals(List.of(), silent.faults());
    }
}
