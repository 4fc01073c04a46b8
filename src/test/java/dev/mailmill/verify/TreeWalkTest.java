package dev.mailmill.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The way up from a domain, as RFC 9989 §4.10 describes it, with its examples. */
class TreeWalkTest {
    private final FakeDns dns = new FakeDns();

    private FakeDns record(String domain, String tags) {
        return dns.txt("_dmarc." + domain, "v=DMARC1; p=none" + tags);
    }

    private String organisation(String domain) {
        return TreeWalk.of(domain, dns).organisational();
    }

    @Test
    void theShortestNameWithARecordIsTheOrganisation() {
        record("mail.example.com", "");
        record("example.com", "");
        TreeWalk walk = TreeWalk.of("a.mail.example.com", dns);
        assertEquals("example.com", walk.organisational());
        assertEquals(List.of("TXT _dmarc.a.mail.example.com", "TXT _dmarc.mail.example.com",
                "TXT _dmarc.example.com", "TXT _dmarc.com"), dns.asked());
        assertEquals("example.com", walk.governing().orElseThrow().domain());
    }

    @Test
    void belowAPublicSuffixTheOrganisationIsOneLabelDown() {
        record("com", "; psd=y");
        assertEquals("example.com", organisation("a.mail.example.com"));
        assertEquals("com", TreeWalk.of("a.mail.example.com", dns).governing().orElseThrow()
                .domain());
        assertEquals("com", organisation("com"));
    }

    @Test
    void aNameThatSaysItIsTheTopEndsTheWalk() {
        record("example.com", "; psd=n");
        record("com", "");
        assertEquals("example.com", organisation("a.example.com"));
        assertEquals(2, dns.asked().size());
    }

    @Test
    void theOwnRecordGovernsTheOrganisationsComesNextAndNothingBetween() {
        record("example.com", "; sp=reject");
        record("b.example.com", "");
        assertEquals("b.example.com", TreeWalk.of("b.example.com", dns).governing().orElseThrow()
                .domain());
        assertEquals("example.com", TreeWalk.of("a.b.example.com", dns).governing().orElseThrow()
                .domain());
    }

    @Test
    void withoutRecordsADomainIsItsOwnOrganisationAndNothingGoverns() {
        TreeWalk walk = TreeWalk.of("a.example.com", dns);
        assertEquals("a.example.com", walk.organisational());
        assertTrue(walk.governing().isEmpty());
        assertTrue(walk.trouble().isEmpty());
    }

    @Test
    void ofALongNameEightAreAskedTheSecondOfSevenLabels() {
        String name = "l.".repeat(100) + "example.com";
        TreeWalk walk = TreeWalk.of(name, dns);
        assertEquals(8, walk.steps().size());
        assertEquals(name, walk.steps().get(0).domain());
        assertEquals("l.l.l.l.l.example.com", walk.steps().get(1).domain());
        assertEquals("com", walk.steps().get(7).domain());
    }

    @Test
    void twoRecordsCountAsNone() {
        dns.txt("_dmarc.a.example.com", "v=DMARC1; p=none; psd=n", "v=DMARC1; p=reject");
        record("example.com", "");
        assertEquals("example.com", organisation("a.example.com"));
    }

    @Test
    void whatCannotBeAskedIsSaidAndDecidesNothing() {
        dns.unknown("TXT", "_dmarc.example.com");
        TreeWalk walk = TreeWalk.of("a.example.com", dns);
        assertFalse(walk.trouble().isEmpty());
    }
}
