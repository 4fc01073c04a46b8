package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.domain.Domains.Rotating;
import dev.mailmill.domain.SendingDomain.Key;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys take turns and no mail goes unsigned; what changes in DNS is told. */
class RotationTest {
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
    void theNextKeySignsOnceItIsSeenAndTheOldOneStaysForAFortnight() throws Exception {
        ground.proven(1, "example.org");
        SendingDomain begun = begun();
        assertEquals(List.of("mm1", "mm2"), selectors(begun));
        assertEquals("mm1", signs(), "mm2 is not in DNS yet");
        assertEquals(selectors(begun), selectors(begun()), "asking again makes no third");

        ground.publish(begun);
        Domains.Checked seen = ground.domains.check(1, "example.org").orElseThrow();

        assertEquals("mm2", signs());
        assertEquals(List.of("retired", "active"), seen.domain().keys().stream().map(Key::use)
                .toList());
        assertTrue(rows(seen.domain()).contains("mm1._domainkey.example.org"),
                "mail on its way still needs it");
        assertInstanceOf(Rotating.TooEarly.class, ground.domains.rotate(1, "example.org")
                .orElseThrow());

        ground.now = ground.now.plus(Duration.ofDays(14)).plusSeconds(1);
        assertFalse(rows(seen.domain()).contains("mm1._domainkey.example.org"));
        SendingDomain third = begun();
        assertEquals(List.of("mm2", "mm1"), selectors(third));
        assertFalse(third.keys().getLast().publicKey().equals(begun.keys().getFirst()
                .publicKey()), "a new key under the old selector");
        assertEquals("mm2", signs());
    }

    @Test
    void aKeyThatHasSignedForAYearGetsASuccessor() {
        SendingDomain domain = ground.proven(1, "example.org");
        DomainWatch.renew(ground.domains, domain, ground.now.plus(Duration.ofDays(365)));
        assertEquals(1, ground.domains.find(1, "example.org").orElseThrow().keys().size());

        DomainWatch.renew(ground.domains, domain, ground.now.plus(Duration.ofDays(366)));

        assertEquals(List.of("mm1", "mm2"), selectors(ground.domains.find(1, "example.org")
                .orElseThrow()));
    }

    @Test
    void whatChangesInDnsIsToldOnceAndSilenceIsNoChange() {
        SendingDomain domain = ground.proven(1, "example.org");
        ground.now = ground.now.plusSeconds(3600);
        ground.dns.unknown("TXT", "bounces.example.org");
        ground.domains.check(1, "example.org");
        assertEquals(List.of(), ground.domains.changes(domain, Long.MAX_VALUE, 10));

        ground.now = ground.now.plusSeconds(3600);
        ground.dns.txt("bounces.example.org", "v=spf1 -all");
        ground.domains.check(1, "example.org");
        ground.now = ground.now.plusSeconds(3600);
        ground.domains.check(1, "example.org");

        List<Change> changes = ground.domains.changes(domain, Long.MAX_VALUE, 10);
        assertEquals(1, changes.size(), changes.toString());
        assertEquals("return-path-spf right wrong", changes.getFirst().purpose() + " "
                + changes.getFirst().was() + " " + changes.getFirst().now());
        assertTrue(changes.getFirst().words().contains("does not name our host"));
    }

    @Test
    void aBulkSendingAsksAnewUnlessItWasAskedJustNow() {
        ground.proven(1, "example.org");
        ground.dns.txt("bounces.example.org", "v=spf1 -all");

        assertTrue(spf().stands(), "asked a moment ago");
        ground.now = ground.now.plus(Duration.ofMinutes(6));
        assertFalse(spf().stands());
    }

    @Test
    void whatIsOpenGoesOutInAProvidersForm() {
        SendingDomain domain = ground.added(1, "example.org");
        ground.dns.txt("bounces.example.org", "v=spf1 ip4:192.0.2.7 ~all");
        domain = ground.domains.check(1, "example.org").orElseThrow().domain();
        Export export = new Export(domain, ground.domains.seen(domain), false);

        String zone = export.zone();
        assertTrue(zone.contains("mm1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=rsa; p="),
                zone);
        assertTrue(zone.contains("; in place of: v=spf1 ip4:192.0.2.7 ~all\nbounces.example.org."
                + " 3600 IN TXT \"v=spf1 a:mill.example.net ip4:192.0.2.7 ~all\"\n"), zone);
        String cloudflare = export.cloudflare().toString();
        assertTrue(cloudflare.contains("{\"type\":\"MX\",\"name\":\"bounces.example.org\","
                + "\"ttl\":3600,\"comment\":\"Mailmill: return-path-mx\",\"content\":"
                + "\"mill.example.net\",\"priority\":10}"), cloudflare);
        String route53 = export.route53().toString();
        assertTrue(route53.contains("{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":"
                + "\"bounces.example.org.\",\"Type\":\"TXT\""), route53);
        assertTrue(route53.contains("{\"Action\":\"CREATE\",\"ResourceRecordSet\":{\"Name\":"
                + "\"bounces.example.org.\",\"Type\":\"MX\""), route53);
        ground.publish(domain);
        ground.domains.check(1, "example.org");
        assertTrue(new Export(domain, ground.domains.seen(domain), false).zone()
                .contains("nothing is missing"));
    }

    @Test
    void bouncesCanComeBackElsewhere() {
        SendingDomain domain = ground.proven(1, "example.org");

        assertFalse(ground.domains.returnPath(domain, "no label"));
        assertTrue(ground.domains.returnPath(domain, "mmbounces"));

        assertEquals("mmbounces.example.org", signing.returnPath(1, "example.org").orElseThrow());
        assertTrue(rows(ground.domains.find(1, "example.org").orElseThrow())
                .contains("mmbounces.example.org"));
    }

    private Finding spf() {
        return ground.domains.fresh(1, "example.org").orElseThrow().findings().stream()
                .filter(f -> f.row().purpose() == DnsRow.Purpose.RETURN_PATH_SPF).findFirst()
                .orElseThrow();
    }

    private SendingDomain begun() {
        return assertInstanceOf(Rotating.Begun.class, ground.domains.rotate(1, "example.org")
                .orElseThrow()).domain();
    }

    private String signs() throws Exception {
        return signing.keys(1, "example.org").getFirst().selector();
    }

    private List<String> rows(SendingDomain domain) {
        return ground.domains.rows(domain).stream().map(DnsRow::name).toList();
    }

    private static List<String> selectors(SendingDomain domain) {
        return domain.keys().stream().map(Key::selector).toList();
    }
}
