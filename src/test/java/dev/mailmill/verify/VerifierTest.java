package dev.mailmill.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mime.BodyHash;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.DkimLab;
import dev.mailmill.mime.DkimSigner;
import dev.mailmill.mime.Head;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is proven of a message that came in, from its octets and what DNS says. */
class VerifierTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
    private static final String HEADER = "From: Ada <ada@example.com>\r\nTo: bob@example.net\r\n"
            + "Subject: Hello\r\n";
    private static final String BODY = "Good day.\r\n";

    private final FakeDns dns = new FakeDns()
            .txt("r1._domainkey.example.com", DkimLab.record("r1"))
            .txt("e1._domainkey.example.com", DkimLab.record("e1"))
            .txt("example.com", "v=spf1 ip4:192.0.2.1 -all")
            .a("example.com", "192.0.2.1")
            .txt("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine");

    private static String signed(String header, String body, DkimKey... keys) throws Exception {
        return new String(DkimSigner.sign(Head.read(header.getBytes(UTF_8)), hash(body),
                List.of(keys), NOW), UTF_8) + header;
    }

    private static String hash(String body) {
        byte[] b = body.getBytes(UTF_8);
        return new BodyHash().update(b, 0, b.length).finish();
    }

    private Verifier.Report verify(String header, String body, Verifier.Client... client)
            throws Exception {
        return new Verifier(dns, "mx.example.net", () -> NOW).verify(
                client.length == 0 ? Optional.empty() : Optional.of(client[0]),
                header.getBytes(UTF_8), new ByteArrayInputStream(body.getBytes(UTF_8)));
    }

    private static Verifier.Client client(String address, String mailFrom) {
        return new Verifier.Client(InetAddress.ofLiteral(address), "mail.example.com", mailFrom);
    }

    private Dkim.Result only(String header, String body) throws Exception {
        Verifier.Report report = verify(header, body);
        assertEquals(1, report.dkim().size());
        return report.dkim().getFirst();
    }

    @Test
    void whatWeSignWithBothKindsOfKeyHolds() throws Exception {
        String header = signed(HEADER, BODY, DkimLab.rsa("example.com"),
                DkimLab.ed("example.com"));
        Verifier.Report report = verify(header, BODY, client("192.0.2.1", "ada@example.com"));
        assertEquals(List.of(2048, 256), report.dkim().stream().map(Dkim.Result::bits).toList());
        assertTrue(report.dkim().stream().allMatch(Dkim.Result::pass));
        assertEquals(SpfRecord.Result.PASS, report.spf().orElseThrow().result());
        assertEquals("ip4:192.0.2.1", report.spf().orElseThrow().mechanism());
        assertEquals(Dmarc.Verdict.PASS, report.dmarc().verdict());
        String field = AuthResults.field("mx.example.net", report);
        assertTrue(field.contains("smtp.mailfrom=example.com"), field);
        assertTrue(field.contains("dkim=pass\r\n  header.d=example.com\r\n  header.s=e1"), field);
        Head.read((field + header).getBytes(UTF_8));
    }

    @Test
    void aChangedBodyHeaderOrSecondFromDoesNotHold() throws Exception {
        String header = signed(HEADER, BODY, DkimLab.rsa("example.com"));
        assertTrue(only(header, BODY + "P.S.\r\n").reason().contains("the body was changed"));
        assertEquals(Dkim.Verdict.FAIL,
                only(header.replace("Subject: Hello", "Subject: Help"), BODY).verdict());
        assertEquals(Dkim.Verdict.FAIL,
                only("From: eve@example.org\r\n" + header, BODY).verdict());
        assertEquals(Dmarc.Verdict.PERMERROR,
                verify("From: eve@example.org\r\n" + header, BODY).dmarc().verdict());
    }

    @Test
    void whatNothingProvesIsHandledAsItsOwnerWishes() throws Exception {
        Dmarc.Result own = verify(HEADER, BODY, client("192.0.2.9", "ada@example.com")).dmarc();
        assertEquals(Dmarc.Verdict.FAIL, own.verdict());
        assertEquals(DmarcRecord.Policy.REJECT, own.disposition());
        dns.a("news.example.com", "192.0.2.1");
        assertEquals(DmarcRecord.Policy.QUARANTINE, verify(
                HEADER.replace("@example.com", "@news.example.com"), BODY).dmarc().disposition());
        dns.txt("_dmarc.example.com", "v=DMARC1; p=reject; sp=none; np=reject; t=y");
        assertEquals(DmarcRecord.Policy.QUARANTINE, verify(
                HEADER.replace("@example.com", "@nowhere.example.com"), BODY).dmarc()
                .disposition());
        assertEquals(DmarcRecord.Policy.QUARANTINE, verify(HEADER, BODY).dmarc().disposition());
    }

    @Test
    void anotherOrganisationsPassProvesNothing() throws Exception {
        dns.txt("example.org", "v=spf1 +all")
                .txt("_dmarc.com", "v=DMARC1; p=none; psd=y");
        Dmarc.Result result = verify(HEADER, BODY, client("192.0.2.9", "eve@example.org")).dmarc();
        assertEquals(Dmarc.Verdict.FAIL, result.verdict());
        assertEquals(List.of(), dns.asked().stream()
                .filter(q -> q.contains("_dmarc.example.org")).toList());
    }

    @Test
    void theAuthorIsTheOneDomainInFrom() throws Exception {
        for (String from : List.of("ada@example.com", "\"a@b.c\" <ada@example.com>",
                "[news] a@b.c <ada@EXAMPLE.com>", "Ada <ada@example.com>, bob@example.com")) {
            assertEquals("example.com", verify("From: " + from + "\r\n", BODY).dmarc().author(),
                    from);
        }
        for (String from : List.of("ada@example.com, eve@example.org", "ada", "<>", "",
                "a <ada@example.com> b@c <eve@example.org>", "ada@[192.0.2.1]")) {
            assertEquals(Dmarc.Verdict.PERMERROR,
                    verify("From: " + from + "\r\n", BODY).dmarc().verdict(), from);
        }
    }

    @Test
    void aDomainBelowIsAlignedRelaxedAndNotStrict() throws Exception {
        dns.txt("bounces.example.com", "v=spf1 ip4:192.0.2.1 -all");
        var from = client("192.0.2.1", "b@bounces.example.com");
        assertTrue(verify(HEADER, BODY, from).dmarc().spfAligned());
        dns.txt("_dmarc.example.com", "v=DMARC1; p=reject; aspf=s");
        assertFalse(verify(HEADER, BODY, from).dmarc().spfAligned());
    }

    @Test
    void whatCannotBeAskedNowIsNoFailUnlessItIsAStrangers() throws Exception {
        String header = signed(HEADER, BODY, DkimLab.rsa("example.com"));
        dns.unknown("TXT", "r1._domainkey.example.com");
        Verifier.Report report = verify(header, BODY);
        assertEquals(Dkim.Verdict.TEMPERROR, report.dkim().getFirst().verdict());
        assertEquals(Dmarc.Verdict.TEMPERROR, report.dmarc().verdict());
        // A forger may sign with a domain whose servers he keeps silent: that helps him nothing.
        dns.unknown("TXT", "r1._domainkey.example.org");
        Verifier.Report forged = verify(signed(HEADER, BODY, DkimLab.rsa("example.org")), BODY);
        assertEquals(DmarcRecord.Policy.REJECT, forged.dmarc().disposition());
    }

    @Test
    void weakSignaturesAreRefusedOnPurpose() throws Exception {
        String good = signed(HEADER, BODY, DkimLab.rsa("example.com"));
        assertEquals(Dkim.Verdict.POLICY,
                only(good.replace("a=rsa-sha256", "a=rsa-sha1"), BODY).verdict());
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(768);
        var pair = generator.generateKeyPair();
        dns.txt("short._domainkey.example.com", "p=" + Base64.getEncoder()
                .encodeToString(pair.getPublic().getEncoded()));
        Dkim.Result result = only(signed(HEADER, BODY, new DkimKey("example.com", "short",
                pair.getPrivate(), Optional.empty())), BODY);
        assertEquals(Dkim.Verdict.POLICY, result.verdict());
        assertEquals(768, result.bits());
    }

    @Test
    void theKeyRecordSaysWhatItIsFor() throws Exception {
        String header = signed(HEADER, BODY, DkimLab.rsa("example.com"));
        String name = "r1._domainkey.example.com";
        String key = DkimLab.record("r1");
        for (String tag : List.of("h=sha1;", "s=chat;", "v=DKIM2;", "k=ed25519;", "t;", "p=;")) {
            dns.txt(name, tag + key.replace("v=DKIM1; k=rsa;", ""));
            assertEquals(Dkim.Verdict.PERMERROR, only(header, BODY).verdict(), tag);
        }
        dns.txt(name, "v=DKIM1; p=");
        assertEquals("the key is revoked", only(header, BODY).reason());
        dns.txt(name, key + "; t=y:s");
        assertTrue(only(header, BODY).testing());
        assertEquals(Dmarc.Verdict.FAIL, verify(header, BODY).dmarc().verdict());
        dns.txt(name, "v=DKIM1; p=garbage", key);
        assertTrue(only(header, BODY).pass());
    }

    @Test
    void anIncomingFieldWithOurIdIsFoundHoweverItIsWritten() throws Exception {
        byte[] header = ("no field\r\nReturn-Path: <ceo@mx.example.net>\r\n"
                + "Authentication-Results: mx.example.net; spf=pass\r\n"
                + "Authentication-Results : mx.example.net; spf=pass\r\n"
                + "Authentication-Results: MX.Example.NET. 1; spf=pass\r\n"
                + "Authentication-Results: (ours (no)) \"mx.example.net\";\r\n spf=pass\r\n"
                + "Authentication-Results:\r\n mx.example.net/1; spf=pass\r\n"
                + "Authentication-Results: ; spf=pass\r\n"
                + "Authentication-Results: mx.example.org; spf=pass\r\n"
                + "X-Other: mx.example.net; spf=pass\r\n").getBytes(UTF_8);
        assertEquals("no field\r\nAuthentication-Results: mx.example.org; spf=pass\r\n"
                + "X-Other: mx.example.net; spf=pass\r\n", new String(
                        AuthResults.cleaned(header, "mx.example.net"), UTF_8));
    }

    @Test
    void aStrangersWordsCannotEndTheFieldOrBeginAnother() throws Exception {
        dns.txt("evil.example", "v=spf1 bad\"term;x=y\r\nBcc:eve -all");
        Verifier.Report report = verify("DKIM-Signature: v=1; a=x\"\u00fc; d=e;s=s\\\r\n" + HEADER,
                BODY, client("192.0.2.1", "\"a b\"@evil.example"));
        Head head = Head.read(AuthResults.field("mx.example.net", report).getBytes(UTF_8));
        assertEquals(1, head.fields().size());
        assertFalse(head.eightBit());
    }

    @Test
    void lengthLimitsAreHonouredAndTold() throws Exception {
        Fields fields = Fields.read((HEADER + "DKIM-Signature: v=1; a=rsa-sha256; d=e.com; s=s;"
                + " h=from; l=4; bh=" + hash("x") + "; b=AAAA\r\n").getBytes(UTF_8));
        SignatureField s = Dkim.signatures(fields).getFirst();
        assertTrue(s.sound(), s.fault());
        BodyDigest digest = new BodyDigest(false, 4);
        digest.update("Good day.\r\n".getBytes(UTF_8), 0, 11);
        assertEquals(Base64.getEncoder().encodeToString(BodyDigest.sha256()
                .digest("Good".getBytes(UTF_8))), Base64.getEncoder()
                .encodeToString(digest.finish()));
        assertEquals(7, digest.beyond());
    }

    @Test
    void theSameBodyInPiecesIsTheSame() {
        byte[] body = "a \t b\r\n\r\n c\r\rd\n\r\n \r\n\r\n\r\n".getBytes(UTF_8);
        for (boolean relaxed : new boolean[] {true, false}) {
            BodyDigest whole = new BodyDigest(relaxed, -1);
            whole.update(body, 0, body.length);
            BodyDigest pieces = new BodyDigest(relaxed, -1);
            for (int i = 0; i < body.length; i++) {
                pieces.update(body, i, 1);
            }
            assertEquals(Base64.getEncoder().encodeToString(whole.finish()),
                    Base64.getEncoder().encodeToString(pieces.finish()));
            if (relaxed) {
                assertEquals(new BodyHash().update(body, 0, body.length).finish(),
                        Base64.getEncoder().encodeToString(pieces.finish()));
            }
        }
    }

    @Test
    void whatWeSealHoldsAndASecondSealUponIt() throws Exception {
        String header = signed(HEADER, BODY, DkimLab.rsa("example.com"));
        dns.txt("r1._domainkey.forward.example", DkimLab.record("r1"))
                .txt("e1._domainkey.list.example", DkimLab.record("e1"));
        String once = sealed(header, BODY, DkimLab.rsa("forward.example"));
        Arc.Result first = verify(once, BODY).arc();
        assertEquals(Arc.State.PASS, first.state(), first.reason());
        assertTrue(first.results().startsWith("mx.example.net;"), first.results());
        String changed = once.replace("Subject: Hello", "Subject: [list] Hello");
        String twice = sealed(once, BODY, DkimLab.ed("list.example"));
        Arc.Result second = verify(twice, BODY).arc();
        assertEquals(Arc.State.PASS, second.state(), second.reason());
        assertEquals(2, second.instance());
        assertEquals("list.example", second.sealer());
        Arc.Result broken = verify(changed, BODY).arc();
        assertEquals(Arc.State.FAIL, broken.state());
        // Passed on broken it is sealed once, as broken, and no further.
        String marked = sealed(changed, BODY, DkimLab.ed("list.example"));
        assertTrue(marked.contains("cv=fail"));
        Arc.Result end = verify(marked, BODY).arc();
        assertEquals(Arc.State.FAIL, end.state());
        assertFalse(end.sealable());
    }

    private String sealed(String header, String body, DkimKey key) throws Exception {
        Verifier.Report report = verify(header, body);
        return new String(Arc.seal(header.getBytes(UTF_8), hash(body), report.arc(),
                AuthResults.value("mx.example.net", report), key, NOW).orElseThrow(), UTF_8)
                + header;
    }
}
