package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.TestStore;
import dev.mailmill.domain.DnsRow.Purpose;
import dev.mailmill.domain.Domains.Adding;
import dev.mailmill.domain.Domains.Checked;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.mime.DkimKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant adds a domain, publishes its rows, and may then send and sign. */
class DomainsTest {
    @TempDir
    Path folder;
    private Ground ground;
    private SigningKeys signing;

    @BeforeEach
    void start() {
        ground = Ground.on(folder);
        signing = new SigningKeys(ground.domains, CryptoProvider.best(), false);
    }

    @AfterEach
    void stop() {
        ground.close();
    }

    @Test
    void addingShowsTheRowsToPublish() {
        SendingDomain domain = ground.added(1, "Example.ORG.");

        assertEquals("example.org", domain.name());
        assertEquals(Standing.PENDING, domain.standing());
        List<DnsRow> rows = ground.domains.rows(domain);
        DnsRow dkim = row(rows, Purpose.DKIM);
        assertEquals("mm1._domainkey.example.org", dkim.name());
        assertTrue(dkim.value().startsWith("v=DKIM1; k=rsa; p=MIIB"), dkim.value());
        assertTrue(dkim.strings().size() > 1
                && dkim.strings().stream().allMatch(s -> s.length() <= 255));
        assertEquals(dkim.value(), String.join("", dkim.strings()));
        assertEquals(new DnsRow("TXT", "bounces.example.org", "v=spf1 a:mill.example.net -all",
                Purpose.RETURN_PATH_SPF), row(rows, Purpose.RETURN_PATH_SPF));
        assertEquals(new DnsRow("MX", "bounces.example.org", "10 mill.example.net",
                Purpose.RETURN_PATH_MX), row(rows, Purpose.RETURN_PATH_MX));
        assertEquals("bounces.example.org. IN MX 10 mill.example.net.",
                row(rows, Purpose.RETURN_PATH_MX).zoneLine());
        assertEquals("v=DMARC1; p=none", row(rows, Purpose.DMARC).value());
        assertFalse(row(rows, Purpose.DMARC).purpose().needed());
        assertEquals("_mailmill.example.org", row(rows, Purpose.OWNERSHIP).name());
    }

    @Test
    void addingAgainGivesTheSameKeys() {
        SendingDomain first = ground.added(1, "example.org");

        assertEquals(first, ground.added(1, "EXAMPLE.org"));
        SendingDomain more = added(ground.domains.add(1, "example.org", true, false));
        assertEquals(List.of("mm1", "mme1"),
                more.keys().stream().map(SendingDomain.Key::selector).toList());
        assertEquals(first.keys().getFirst(), more.keys().getFirst());
        DnsRow row = ground.domains.rows(more).get(1);
        String p = row.value().substring("v=DKIM1; k=ed25519; p=".length());
        assertEquals(32, Base64.getDecoder().decode(p).length, "RFC 8463: the bare key");
    }

    @Test
    void aNameThatIsNoDomainIsRefused() {
        for (String name : new String[] {"", ".", "localhost", "a..b", "-a.test", "a b.test",
            "[192.0.2.1]", "a.test/x", "a".repeat(64) + ".test", "a.".repeat(130) + "test",
            "xn--0.test", "user@example.org"}) {
            assertInstanceOf(Adding.BadName.class, ground.domains.add(1, name, false, false),
                    name);
        }
        assertTrue(ground.domains.list(1, "", 10).isEmpty());
    }

    @Test
    void publishedRowsMakeItTheTenantsAndItsKeySigns() throws Exception {
        SendingDomain domain = ground.added(1, "example.org");
        assertEquals(List.of(), signing.keys(1, "example.org"));
        ground.publish(domain);

        Checked checked = ground.domains.check(1, "example.org").orElseThrow();

        assertTrue(checked.findings().stream()
                .filter(f -> f.row().purpose() != Purpose.MTA_STS
                        && f.row().purpose() != Purpose.TLS_RPT)
                .allMatch(f -> f.state() == Finding.State.RIGHT), checked.toString());
        assertEquals(Standing.PROVEN, checked.domain().standing());
        assertEquals(Optional.of(ground.now), checked.domain().proven());
        DkimKey key = signing.keys(1, "news.example.org").getFirst();
        assertEquals("example.org", key.domain());
        assertEquals("mm1", key.selector());
        assertSame(key, signing.keys(1, "EXAMPLE.org").getFirst(), "opened once");
        assertEquals(Optional.of("example.org"), signing.domain(1, "a.b.example.org"));
        assertEquals(List.of(), signing.keys(1, "example.net"));
        assertEquals(List.of(), signing.keys(2, "example.org"), "another tenant's");
        assertEquals(Optional.empty(), signing.domain(1, "org"));
    }

    @Test
    void eitherProofWillDoButOnlyTheDkimRowLetsTheKeySign() throws Exception {
        SendingDomain domain = ground.added(1, "example.org");
        ground.publish(row(ground.domains.rows(domain), Purpose.OWNERSHIP));

        Checked checked = ground.domains.check(1, "example.org").orElseThrow();

        assertEquals(Standing.PROVEN, checked.domain().standing());
        assertEquals(List.of(), signing.keys(1, "example.org"));
        assertTrue(checked.words().contains("not signed"), checked.words());
    }

    @Test
    void anEd25519KeySignsBesideRsaOnceItIsSeen() throws Exception {
        SendingDomain domain = ground.proven(1, "example.org");
        domain = added(ground.domains.add(1, "example.org", true, false));
        assertEquals(1, signing.keys(1, "example.org").size(), "not in DNS yet");

        ground.publish(domain);
        ground.domains.check(1, "example.org");

        assertEquals(List.of("mm1", "mme1"), signing.keys(1, "example.org").stream()
                .map(DkimKey::selector).toList());
    }

    @Test
    void whatIsWrongIsSaidRowByRow() {
        SendingDomain domain = ground.added(1, "example.org");
        ground.dns.txt("mm1._domainkey.example.org", "v=DKIM1; k=rsa; p=MIIBother\u001b[2J");
        ground.dns.txt("bounces.example.org", "v=spf1 a:mill.example.net -all", "v=spf1 -all");
        ground.dns.mx("bounces.example.org", "10 mill.example.net", "5 other.test");
        ground.dns.unknown("TXT", "_mailmill.example.org");

        Checked checked = ground.domains.check(1, "example.org").orElseThrow();

        assertEquals(List.of("wrong", "wrong", "wrong", "unknown", "missing"),
                checked.findings().stream().limit(5).map(f -> f.state().word()).toList());
        Finding dkim = checked.findings().getFirst();
        assertFalse(dkim.published().getFirst().contains("\u001b"), "remote text is cleaned");
        assertEquals(Standing.PENDING, checked.domain().standing());
        assertEquals(domain, checked.domain(), "nothing follows from it");
    }

    @Test
    void aKeyRowWithOtherSpacesIsTheSameRow() {
        SendingDomain domain = ground.added(1, "example.org");
        String p = domain.keys().getFirst().publicKey();
        ground.dns.txt("mm1._domainkey.example.org",
                "k=rsa ;p=" + p.substring(0, 100) + " " + p.substring(100) + ";");
        ground.dns.txt("bounces.example.org", "V=SPF1  mx A:Mill.Example.Net ~all", "other");
        ground.dns.mx("bounces.example.org", "10 mill.example.net");

        Checked checked = ground.domains.check(1, "example.org").orElseThrow();

        assertEquals(List.of("warning", "right", "right", "missing", "missing"),
                checked.findings().stream().limit(5).map(f -> f.state().word()).toList());
    }

    @Test
    void anAbsentRowTakesNothingBack() throws Exception {
        ground.proven(1, "example.org");
        ground.dns.cleared();

        Checked later = ground.domains.check(1, "example.org").orElseThrow();

        assertEquals(Standing.PROVEN, later.domain().standing());
        assertEquals(1, signing.keys(1, "example.org").size());
    }

    @Test
    void whatOneHasProvenAnotherCanNeitherProveNorBeTrustedWith() throws Exception {
        long other = ground.tenant("other");
        ground.proven(1, "example.org");
        ground.publish(ground.added(other, "example.org"));

        Checked checked = ground.domains.check(other, "example.org").orElseThrow();

        assertEquals(Standing.PENDING, checked.domain().standing());
        assertTrue(checked.words().contains("another account"), checked.words());
        assertEquals(new Adding.Taken("example.org"),
                ground.domains.add(other, "example.org", false, true));
        assertFalse(ground.domains.trust(other, "example.org"));
        assertEquals(List.of(), signing.keys(other, "example.org"));
        assertEquals(1, signing.keys(1, "example.org").size());
    }

    @Test
    void theOperatorsWordIsEnough() throws Exception {
        SendingDomain domain = added(ground.domains.add(1, "example.org", false, true));

        assertEquals(Standing.TRUSTED, domain.standing());
        assertEquals("mm1", signing.keys(1, "example.org").getFirst().selector());
    }

    @Test
    void inCaptureAnUnprovenDomainsKeySignsToBeLookedAt() throws Exception {
        var capture = new SigningKeys(ground.domains, CryptoProvider.best(), true);
        ground.added(1, "example.org");

        assertEquals("example.org", capture.keys(1, "a.example.org").getFirst().domain());
        assertEquals(List.of(), signing.keys(1, "a.example.org"));
    }

    @Test
    void anotherNodeKnowsItWithinASecond() throws Exception {
        ground.added(1, "example.org");
        try (Ground there = new Ground(TestStore.at(folder.resolve("mail.db")), folder,
                CryptoProvider.jdk())) {
            var gate = there.gate(false);
            var letter = Ground.letter("a@example.org");
            assertTrue(gate.admit(there.from(1), letter).isPresent());

            ground.domains.trust(1, "example.org");

            // a second is the promise; the rest is patience with a busy machine
            long end = System.nanoTime() + 3_000_000_000L;
            while (gate.admit(there.from(1), letter).isPresent()) {
                assertTrue(System.nanoTime() < end, "far behind");
                Thread.sleep(20);
            }
            var theirs = new SigningKeys(there.domains, CryptoProvider.jdk(), false);
            assertEquals("mm1", theirs.keys(1, "example.org").getFirst().selector());
        }
    }

    @Test
    void noPrivateKeyCanBeReadFromTheFiles() throws IOException, GeneralSecurityException {
        SendingDomain domain = added(ground.domains.add(1, "example.org", true, false));

        assertTrue(onDisk(domain.keys().getFirst().publicKey().getBytes(
                StandardCharsets.US_ASCII)), "the search itself works");
        for (SendingDomain.Key key : domain.keys()) {
            byte[] pkcs8 = ground.domains.privateKey(domain, key);
            byte[] end = Arrays.copyOfRange(pkcs8, pkcs8.length - 24, pkcs8.length);
            assertFalse(onDisk(end));
            assertFalse(onDisk(Base64.getEncoder().encode(end)));
        }
    }

    private boolean onDisk(byte[] bytes) throws IOException {
        String wanted = new String(bytes, StandardCharsets.ISO_8859_1);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static SendingDomain added(Adding adding) {
        return assertInstanceOf(Adding.Added.class, adding).domain();
    }

    private static DnsRow row(List<DnsRow> rows, Purpose purpose) {
        return rows.stream().filter(r -> r.purpose() == purpose).findFirst().orElseThrow();
    }
}
