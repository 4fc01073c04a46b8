package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.CachedDns;
import dev.mailmill.dns.ScriptedDns;
import dev.mailmill.dns.ScriptedDns.Fault;
import dev.mailmill.domain.DnsRow.Purpose;
import dev.mailmill.domain.Finding.State;
import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.domain.SendingDomain.Standing;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The owner of shop.example publishes our rows and makes one mistake. The zone has two servers, and
 * a resolver that can be behind them.
 */
class DnsMistakesTest {
    private static final String HOST = "mill.example.net";
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
    private static String p;

    private ScriptedDns resolver;
    private ScriptedDns first;
    private ScriptedDns second;
    private List<ScriptedDns> all;
    private SendingDomain domain;
    private List<Origin> egress = List.of();

    @BeforeAll
    static void makeKey() throws Exception {
        p = Base64.getEncoder().encodeToString(CryptoProvider.jdk().makeRsa().getPublic()
                .getEncoded());
    }

    @BeforeEach
    void start() {
        resolver = new ScriptedDns();
        int port = resolver.address().getPort();
        first = new ScriptedDns(InetAddress.ofLiteral("127.0.0.2"), port);
        second = new ScriptedDns(InetAddress.ofLiteral("127.0.0.3"), port);
        all = List.of(resolver, first, second);
        domain = new SendingDomain(1, 1, "shop.example", "bounces", Standing.PENDING, "c0ffee",
                NOW, Optional.empty(), List.of(new Key(1, "mm1", DkimAlgorithm.RSA2048, p, "new",
                        NOW)));
        everywhere("shop.example. NS ns1.shop.example.", "shop.example. NS ns2.shop.example.",
                "ns1.shop.example. A 127.0.0.2", "ns2.shop.example. A 127.0.0.3",
                "shop.example. SOA ns1.shop.example. host.shop.example. 7 3600 600 86400 1800",
                "shop.example. MX 10 mx.shop.example.");
        wanted().forEach(row -> everywhere(line(row)));
    }

    @AfterEach
    void stop() {
        all.forEach(ScriptedDns::close);
    }

    @Test
    void withoutAMistakeAllIsRight() {
        List<Finding> findings = look();

        for (Purpose purpose : List.of(Purpose.DKIM, Purpose.RETURN_PATH_SPF,
                Purpose.RETURN_PATH_MX, Purpose.OWNERSHIP, Purpose.DMARC, Purpose.TRACKING,
                Purpose.INBOUND_MX, Purpose.REPLIES, Purpose.ZONE)) {
            assertEquals(State.RIGHT, of(findings, purpose).state(),
                    of(findings, purpose).toString());
        }
        assertTrue(resolver.asked().stream().noneMatch(q -> q.equals("TXT _mailmill.nobody")));
        assertTrue(first.asked().contains("TXT mm1._domainkey.shop.example."), "asked itself");
        assertTrue(second.asked().contains("TXT mm1._domainkey.shop.example."), "and the other");
    }

    @Test
    void strictAlignmentLeavesOutWhatIsBelow() {
        gone("_dmarc.shop.example.");
        everywhere("_dmarc.shop.example. TXT \"v=DMARC1; p=none; adkim=s; rua=mailto:d@shop"
                + ".example\"");

        says(Purpose.DMARC, State.WARNING, "mail from a name below shop.example", "does not align",
                "leave adkim out");
    }

    @Test
    void theDomainStandsTwiceInTheName() {
        gone(key());
        everywhere(line(key()).replace("shop.example.", "shop.example.shop.example."));

        says(Purpose.DKIM, State.MISSING, "found at mm1._domainkey.shop.example.shop.example",
                "enter only `mm1._domainkey`");
    }

    @Test
    void aLongTextIsCutAt255() {
        gone(key());
        everywhere(key().name() + ". TXT \"" + key().value().substring(0, 255) + "\"");

        says(Purpose.DKIM, State.WRONG, "cut after 255 characters", "two strings");
    }

    @Test
    void aTextIsQuotedTwice() {
        gone(key());
        String v = key().value();
        everywhere(key().name() + ". TXT \"\\\"" + v.substring(0, 200) + "\" \"" + v.substring(200)
                + "\\\"\"");

        says(Purpose.DKIM, State.WRONG, "quotation marks are part of the text",
                "enter it without");
    }

    @Test
    void aProxyAnswersInPlaceOfTheAlias() {
        gone("track.shop.example.");
        everywhere("track.shop.example. A 104.16.1.1", "track.shop.example. A 104.16.2.1");

        says(Purpose.TRACKING, State.WRONG, "a proxy answers", "DNS only");
    }

    @Test
    void aSecondSpfRecordIsMergedIntoOne() {
        everywhere("bounces.shop.example. TXT \"v=spf1 include:_spf.other.example ~all\"",
                "_spf.other.example. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"");

        Finding finding = says(Purpose.RETURN_PATH_SPF, State.WRONG, "2 SPF records",
                "put this one in their place");
        assertEquals("v=spf1 a:mill.example.net include:_spf.other.example ~all",
                finding.row().value());
    }

    @Test
    void aMergedRecordLosesNoOneThatMayEitherSend() {
        everywhere("bounces.shop.example. TXT \"v=spf1 redirect=_spf.other.example\"",
                "bounces.shop.example. TXT \"v=spf1 exp=a.example redirect=_no.example -all\"",
                "bounces.shop.example. TXT \"v=spf1 exp=b.example ip4:192.0.2.7 ~all\"",
                "_spf.other.example. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"");

        String merged = says(Purpose.RETURN_PATH_SPF, State.WRONG, "4 SPF records").row().value();
        assertTrue(merged.startsWith("v=spf1 a:mill.example.net ")
                && merged.contains(" include:_spf.other.example ")
                && merged.contains(" ip4:192.0.2.7 ") && merged.endsWith(" ~all"), merged);
        assertFalse(merged.contains("_no.example"), merged);
        assertEquals(1, merged.split("exp=", -1).length - 1, merged);
    }

    @Test
    void anSpfRecordWithoutUsIsMergedNotDoubled() {
        gone("bounces.shop.example.");
        everywhere("bounces.shop.example. MX 10 mill.example.net.",
                "bounces.shop.example. TXT \"v=spf1 ip4:192.0.2.7 -all\"");

        Finding finding = says(Purpose.RETURN_PATH_SPF, State.WRONG, "does not name our host",
                "never publish a second");
        assertEquals("v=spf1 a:mill.example.net ip4:192.0.2.7 -all", finding.row().value());
    }

    @Test
    void aSecondDmarcRecordMakesBothVoid() {
        everywhere("_dmarc.shop.example. TXT \"v=DMARC1; p=reject; pct=50\"");

        Finding finding = says(Purpose.DMARC, State.WRONG, "2 DMARC records", "keep one");
        assertFalse(finding.row().value().contains("pct"), finding.row().value());
    }

    @Test
    void whatStandsThereIsNotKnownEverywhereYet() {
        resolver.without(key().name() + ".");

        Finding finding = says(Purpose.DKIM, State.WARNING, "still remembers that it was not there",
                "within 5 minutes");
        assertTrue(finding.stands(), "the zone's own servers have it");
    }

    @Test
    void theSendingAddressHasNoName() {
        egress = List.of(new Origin(InetAddress.ofLiteral("192.0.2.25"), HOST));

        says(Purpose.EGRESS, State.MISSING, "192.0.2.25 has no name",
                "PTR row with mill.example.net");
    }

    @Test
    void theSendingAddresssNameDoesNotLeadBack() {
        egress = List.of(new Origin(InetAddress.ofLiteral("192.0.2.25"), HOST));
        everywhere("25.2.0.192.in-addr.arpa. PTR v25.hoster.example.",
                "v25.hoster.example. A 192.0.2.99");

        says(Purpose.EGRESS, State.WRONG, "does not lead back",
                "give v25.hoster.example an address row with 192.0.2.25");
    }

    @Test
    void theSendingAddressIsRightBothWays() {
        egress = List.of(new Origin(InetAddress.ofLiteral("2001:db8::25"), HOST));
        everywhere("5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
                + " PTR mill.example.net.", "mill.example.net. AAAA 2001:db8::25");

        says(Purpose.EGRESS, State.RIGHT, "is published");
    }

    @Test
    void theKeyStandsAtAnotherSelector() {
        gone(key());
        everywhere(line(key()).replace("mm1._domainkey", "default._domainkey"));

        says(Purpose.DKIM, State.MISSING, "found at default._domainkey.shop.example",
                "signed with `mm1`");
    }

    @Test
    void aLineBreakIsInTheKey() {
        gone(key());
        String v = key().value();
        everywhere(key().name() + ". TXT \"" + v.substring(0, 100) + "\\010" + v.substring(100, 240)
                + "\" \"" + v.substring(240) + "\"");

        says(Purpose.DKIM, State.WRONG, "a line break is inside the key", "one line");
    }

    @Test
    void aSpaceIsInTheKey() {
        gone(key());
        String v = key().value();
        everywhere(key().name() + ". TXT \"" + v.substring(0, 100) + " " + v.substring(100, 240)
                + "\" \"" + v.substring(240) + "\"");

        says(Purpose.DKIM, State.WARNING, "a space is inside the key", "enter the key without");
    }

    @Test
    void theKeyIsWithdrawn() {
        gone(key());
        everywhere(key().name() + ". TXT \"v=DKIM1; k=rsa; p=\"");

        says(Purpose.DKIM, State.WRONG, "p= is empty", "enter the whole text");
    }

    @Test
    void anotherKeyStandsBesideOurs() {
        everywhere(key().name() + ". TXT \"v=DKIM1; k=rsa; p=MIIBother\"");

        says(Purpose.DKIM, State.WRONG, "more than one row", "remove all but ours");
    }

    @Test
    void anAliasStandsBesideOtherRows() {
        everywhere("bounces.shop.example. CNAME u1.esp.example.");

        says(Purpose.RETURN_PATH_SPF, State.WRONG, "an alias (CNAME) of u1.esp.example",
                "take the CNAME out");
        says(Purpose.RETURN_PATH_MX, State.WRONG, "has other rows beside it");
    }

    @Test
    void theNameIsAnAliasOfAnothersHost() {
        gone("bounces.shop.example.");
        everywhere("bounces.shop.example. CNAME u1.esp.example.",
                "u1.esp.example. MX 10 mx.esp.example.");

        says(Purpose.RETURN_PATH_MX, State.WRONG, "an alias (CNAME) of u1.esp.example",
                "both can't stand at one name");
    }

    @Test
    void theUnderscoresAreLost() {
        gone(key());
        gone("_mailmill.shop.example.");
        everywhere(line(key()).replace("_domainkey", "domainkey"),
                "mailmill.shop.example. TXT \"mailmill-verify=c0ffee\"");

        says(Purpose.DKIM, State.MISSING, "found at mm1.domainkey.shop.example",
                "the underscore is lost", "enter `mm1._domainkey`");
        says(Purpose.OWNERSHIP, State.MISSING, "found at mailmill.shop.example");
    }

    @Test
    void theTextStandsAtTheDomainItself() {
        gone("_mailmill.shop.example.");
        everywhere("shop.example. TXT \"mailmill-verify=c0ffee\"");

        says(Purpose.OWNERSHIP, State.MISSING, "found at shop.example",
                "enter the name `_mailmill`");
    }

    @Test
    void theReturnPathHasNoMx() {
        gone("bounces.shop.example.");
        everywhere("bounces.shop.example. TXT \"v=spf1 a:mill.example.net -all\"");

        says(Purpose.RETURN_PATH_MX, State.MISSING,
                "publish bounces.shop.example. IN MX 10 mill.example.net.");
        says(Purpose.RETURN_PATH_SPF, State.RIGHT);
    }

    @Test
    void theReturnPathTakesAnotherServicesMail() {
        gone("bounces.shop.example.");
        everywhere("bounces.shop.example. TXT \"v=spf1 a:mill.example.net -all\"",
                "bounces.shop.example. MX 10 feedback.esp.example.");

        says(Purpose.RETURN_PATH_MX, State.WRONG, "takes mail at feedback.esp.example already",
                "must not have a second MX", "--return-path mmbounces");
    }

    @Test
    void thePanelAddsTheZoneToTheMailServer() {
        gone("bounces.shop.example.");
        everywhere("bounces.shop.example. TXT \"v=spf1 a:mill.example.net -all\"",
                "bounces.shop.example. MX 10 mill.example.net.shop.example.");

        says(Purpose.RETURN_PATH_MX, State.WRONG, "added the zone to the host",
                "`mill.example.net.` with a final dot");
    }

    @Test
    void inboundMailGoesToAnotherNameWhereTheUsualOneIsTaken() {
        gone("inbound.shop.example.");
        everywhere("inbound.shop.example. MX 10 mx.desk.example.");

        Finding finding = says(Purpose.INBOUND_MX, State.MISSING, "somebody else's");
        assertEquals("mailin.shop.example", finding.row().name());
    }

    @Test
    void spfAsksMoreThanTenTimes() {
        gone("bounces.shop.example.");
        StringBuilder includes = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            includes.append(" include:s").append(i).append(".esp.example");
            everywhere("s" + i + ".esp.example. TXT \"v=spf1 include:t" + i
                    + ".esp.example -all\"", "t" + i + ".esp.example. TXT \"v=spf1 -all\"");
        }
        everywhere("bounces.shop.example. MX 10 mill.example.net.",
                "bounces.shop.example. TXT \"v=spf1 a:mill.example.net" + includes + " -all\"");

        says(Purpose.RETURN_PATH_SPF, State.WRONG, "asks DNS 13 times", "at 10", "drop includes");
    }

    @Test
    void spfLetsEverybodySend() {
        everywhere("shop.example. TXT \"v=spf1 mx +all\"");

        Finding finding = says(Purpose.OWN_SPF, State.WRONG, "+all lets everybody send",
                "~all or -all");
        assertEquals("v=spf1 mx ~all", finding.row().value());
    }

    @Test
    void aServerOfTheZoneDoesNotServeIt() {
        second.fault("SOA shop.example.", Fault.REFUSED)
                .fault("TXT mm1._domainkey.shop.example.", Fault.REFUSED);

        says(Purpose.ZONE, State.WARNING, "ns2.shop.example (it says REFUSED)",
                "take it out of the NS rows");
        says(Purpose.DKIM, State.RIGHT);
    }

    @Test
    void aServerOfTheZoneOnlyRefersElsewhere() {
        second.fault("SOA shop.example.", Fault.LAME);

        says(Purpose.ZONE, State.WARNING, "ns2.shop.example (it does not serve the zone)");
    }

    @Test
    void aServerOfTheZoneLagsBehind() {
        second.without(key().name() + ".").without("shop.example.")
                .with("shop.example. SOA ns1.shop.example. host.shop.example. 6 3600 600 86400"
                        + " 1800", "shop.example. MX 10 mx.shop.example.");

        says(Purpose.DKIM, State.WRONG, "ns1.shop.example has it, ns2.shop.example has not",
                "repair the copying to ns2.shop.example");
        says(Purpose.ZONE, State.WARNING, "different serials");
    }

    @Test
    void aWildcardAnswersInPlaceOfTheRow() {
        gone(key());
        everywhere("*.shop.example. TXT \"v=spf1 -all\"");

        says(Purpose.DKIM, State.WRONG, "the wildcard *.shop.example answers",
                "publish this row at its own name");
    }

    @Test
    void theDomainTakesNoMail() {
        resolver.without("shop.example.");
        first.without("shop.example.");
        second.without("shop.example.");
        everywhere("shop.example. NS ns1.shop.example.", "shop.example. MX 0 .");

        says(Purpose.REPLIES, State.WRONG, "a null MX says that shop.example takes no mail",
                "let an MX lead");
    }

    @Test
    void aDmarcRecordCarriesWhatNobodyReads() {
        gone("_dmarc.shop.example.");
        everywhere("_dmarc.shop.example. TXT \"v=DMARC1; p=none; pct=20; rua=mailto:d@shop.example"
                + "\"");

        Finding finding = says(Purpose.DMARC, State.WARNING, "pct is read by nobody");
        assertEquals("v=DMARC1; p=none; rua=mailto:d@shop.example", finding.row().value());
    }

    @Test
    void aStrictPolicyHoldsBeforeAKeyWasSeen() {
        gone("_dmarc.shop.example.");
        everywhere("_dmarc.shop.example. TXT \"v=DMARC1; p=reject\"");

        says(Purpose.DMARC, State.WARNING, "p=reject holds, and no key of ours has been seen");
    }

    @Test
    void theOrganisationsDmarcRecordHoldsAndNoSecondOneIsAskedFor() {
        domain = new SendingDomain(1, 1, "news.shop.example", "bounces", Standing.PENDING,
                "c0ffee", NOW, Optional.empty(), domain.keys());

        Finding finding = says(Purpose.DMARC, State.RIGHT, "the record of shop.example holds");
        assertEquals("", finding.row().value());
    }

    @Test
    void aSubdomainsRowIsEnteredWithoutTheSubdomain() {
        domain = new SendingDomain(1, 1, "news.shop.example", "bounces", Standing.PENDING,
                "c0ffee", NOW, Optional.empty(), domain.keys());

        says(Purpose.DKIM, State.MISSING, "found at mm1._domainkey.shop.example",
                "enter `mm1._domainkey.news`");
    }

    @Test
    void whereNobodyAnswersNothingFollows() {
        all.forEach(d -> d.fault("TXT mm1._domainkey.shop.example.", Fault.SERVFAIL));

        says(Purpose.DKIM, State.UNKNOWN, "SERVFAIL", "try again");
    }

    // ---- the owner's hand

    private List<DnsRow> wanted() {
        return new DnsRows(HOST).of(domain, NOW);
    }

    private DnsRow key() {
        return wanted().getFirst();
    }

    private static String line(DnsRow row) {
        return row.zoneLine().replace(" IN ", " ");
    }

    private void everywhere(String... lines) {
        all.forEach(d -> d.with(lines));
    }

    private void gone(DnsRow row) {
        gone(row.name() + ".");
    }

    private void gone(String name) {
        all.forEach(d -> d.without(name));
    }

    private List<Finding> look() {
        CachedDns dns = CachedDns.of(List.of(resolver.address()), CachedDns.Settings.DEFAULT,
                InstantSource.fixed(NOW));
        Authority authority = new Authority(dns, new AddressPolicy(true, Set.of()),
                resolver.address().getPort());
        return new DomainCheck(new DnsRows(HOST), new Network(authority, dns, () -> egress,
                Reported.NOTHING), domain).of(wanted(), Duration.ofSeconds(20),
                        InstantSource.fixed(NOW)).findings();
    }

    private static Finding of(List<Finding> findings, Purpose purpose) {
        List<Finding> of = new ArrayList<>(findings);
        of.removeIf(f -> f.row().purpose() != purpose);
        assertEquals(1, of.size(), purpose + " in " + findings);
        return of.getFirst();
    }

    private Finding says(Purpose purpose, State state, String... words) {
        Finding finding = of(look(), purpose);
        assertEquals(state, finding.state(), finding.toString());
        for (String word : words) {
            assertTrue(finding.words().contains(word), word + " in: " + finding.words());
        }
        return finding;
    }
}
