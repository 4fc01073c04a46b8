package dev.mailmill.verify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mime.DkimLab;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What strangers send to cost us time, memory or an exception: each check ends, soon, with an
 * answer that accepts nothing.
 */
class HostileTest {
    /** Far above what it takes, on a busy machine too; what is not linear takes minutes. */
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MEGABYTE = 1024 * 1024;
    /** Made before any time is taken. */
    private static final String KEY = DkimLab.record("r1");
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");

    private static Verifier.Report verify(FakeDns dns, String header, String body) {
        try {
            return new Verifier(dns, "mx.example.com", () -> Instant.EPOCH).verify(
                    Optional.of(new Verifier.Client(ADDRESS, "a.example.com", "x@example.com")),
                    header.getBytes(ISO_8859_1),
                    new ByteArrayInputStream(body.getBytes(ISO_8859_1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void nothingPasses(String header) {
        Verifier.Report report = assertTimeoutPreemptively(SOON, () -> verify(keys(), header,
                "x".repeat(10_000)));
        assertTrue(report.dkim().stream().noneMatch(Dkim.Result::pass));
        assertNotEquals(Arc.State.PASS, report.arc().state());
        assertNotEquals(Dmarc.Verdict.PASS, report.dmarc().verdict());
        AuthResults.field("mx.example.com", report);
    }

    private static FakeDns keys() {
        return new FakeDns().txt("r1._domainkey.example.com", KEY)
                .txt("_dmarc.example.com", "v=DMARC1; p=reject");
    }

    private static String signature(String more) {
        return "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=r1; c=relaxed/relaxed;"
                + " h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA" + more
                + "\r\n";
    }

    @Test
    void aMegabyteOfHeaderIsReadInOneGo() {
        String from = "From: a@example.com\r\n";
        nothingPasses(from + "a:\r\n".repeat(MEGABYTE / 5));
        nothingPasses(from + "a: " + "\r\n ".repeat(MEGABYTE / 4) + "\r\n");
        nothingPasses(from + signature("; x=" + "1".repeat(MEGABYTE / 2)));
        nothingPasses(from + signature(";".repeat(MEGABYTE / 2)));
        nothingPasses(from + signature("; z" + "=a".repeat(MEGABYTE / 4)));
        nothingPasses(from + signature("").replace("h=from", "h=from" + ":from".repeat(200_000)));
        nothingPasses(from + "Authentication-Results: " + "(".repeat(MEGABYTE / 2) + "\r\n");
        nothingPasses("From: " + "(".repeat(MEGABYTE / 2) + "\r\n");
        nothingPasses("From: " + "a@b.c,".repeat(100_000) + "\r\n");
        nothingPasses("\r".repeat(MEGABYTE));
        nothingPasses("x".repeat(2 * MEGABYTE));
    }

    @Test
    void ofTenThousandSignaturesTenAreChecked() {
        FakeDns dns = keys();
        Verifier.Report report = assertTimeoutPreemptively(SOON, () -> verify(dns,
                "From: a@example.com\r\n" + "DKIM-Signature: v=1; d=a.b\r\n".repeat(10_000), ""));
        assertEquals(10, report.dkim().size());
        assertEquals(9_990, report.unchecked());
    }

    @Test
    void aCheckEndsWhereItsTimeOrItsQuestionsDo() {
        FakeDns dns = new FakeDns().txt("example.com", "text");
        assertTrue(new Patience(dns, -1, 9).txt("example.com") instanceof Answer.Unknown);
        Patience two = new Patience(dns, 60, 2);
        assertTrue(two.txt("example.com") instanceof Answer.Found);
        assertTrue(two.a("example.com") instanceof Answer.NoData);
        assertTrue(two.txt("example.com") instanceof Answer.Unknown);
        assertEquals(2, dns.asked().size());
    }

    @Test
    void tooManySetsAreNoChain() {
        StringBuilder header = new StringBuilder("From: a@example.com\r\n");
        for (int i = 1; i <= 60; i++) {
            header.append("ARC-Seal: i=").append(i).append("\r\nARC-Message-Signature: i=")
                    .append(i).append("\r\nARC-Authentication-Results: i=").append(i)
                    .append("; x\r\n");
        }
        nothingPasses(header.toString());
    }

    @Test
    void keysMadeToCostOrConfuseAreNoKeys() {
        // the fuzzer's: 32 octets that are no point of the curve
        String noPoint = "k=ed25519; p=fJ6L7zKLYknFSrE5t9AN54Y9pmlbRwzscy2TcBpnK08=";
        for (String record : List.of(noPoint, "v=DKIM1; p=" + "A".repeat(64_000),
                "p=MIGfMA0G", "p====",
                "p=" + "MIIB".repeat(3_000), "v=DKIM1; k=rsa; p=\u0000\u00ff", ";".repeat(60_000),
                "k=ed25519; p=AAAA", "k=ed25519; p=" + "A".repeat(44), "p=MIj/////fwIB",
                "p=MIH/AgH/")) {
            for (boolean rsa : new boolean[] {true, false}) {
                SelectorKey key = assertTimeoutPreemptively(SOON, () ->
                        SelectorKey.read(record, rsa));
                if (key instanceof SelectorKey.Good good) {
                    assertTrue(!good.verifies(new byte[8], new byte[64]), record);
                }
            }
        }
    }

    @Test
    void spfRecordsMadeToCostEnd() {
        String local = "a-".repeat(100);
        for (String record : List.of("v=spf1 " + "a ".repeat(30_000),
                "v=spf1 include:example.com -all", "v=spf1 redirect=example.com",
                "v=spf1 exists:" + "%{l}".repeat(10_000) + ".example.com -all",
                "v=spf1 exists:%{l1000000000r-}.example.com -all", "v=spf1 exists:%{s" + "-"
                + ".".repeat(60_000), "v=spf1 " + "ip4:192.0.2.9 ".repeat(4_000) + "-all",
                "v=spf1 mx ptr a:%{p}.%{p}.%{p}.example.com -all",
                "v=spf1 -all exp=%{l}.%{l}.%{l}.%{l}.example.com")) {
            FakeDns dns = new FakeDns().txt("example.com", record);
            for (int i = 0; i < 100; i++) {
                dns.ptr("192.0.2.1", "h" + i + ".example.com");
            }
            Spf.Outcome outcome = assertTimeoutPreemptively(SOON, () ->
                    new Spf(dns, "mx.example.com", () -> Instant.EPOCH)
                            .check(ADDRESS, "a.example.com", local + "@example.com"));
            assertNotEquals(SpfRecord.Result.PASS, outcome.result(), record.substring(0, 20));
            assertTrue(dns.asked().size() <= 40, dns.asked().size() + " questions");
        }
    }
}
