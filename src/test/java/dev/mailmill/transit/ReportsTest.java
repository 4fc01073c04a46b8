package dev.mailmill.transit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.TestStore;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.http.Egress;
import dev.mailmill.http.PolicyServer;
import dev.mailmill.smtp.SinkPki;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A day's sessions, from the count to whoever wants to know. */
class ReportsTest {
    private static final SinkPki PKI = new SinkPki("Authority");
    private static final Instant DAY = Instant.parse("2026-11-23T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(DAY);
    private final FakeDns dns = new FakeDns().a("web.test", "127.0.0.1");
    private final PolicyServer web = new PolicyServer(PKI.server("web.test").context());
    private final List<String> mailed = new ArrayList<>();
    private final Egress egress = new Egress(dns, new AddressPolicy(true, Set.of()),
            PKI.client().getSocketFactory());
    private TestStore store;
    @TempDir
    private Path folder;

    @BeforeEach
    void open() {
        store = TestStore.make(folder.resolve("store.db"));
    }

    @AfterEach
    void close() {
        web.close();
        egress.close();
    }

    private Transit node(String from) {
        return new Transit(new Transit.Settings(25, 443), dns, egress, store, PKI.trust(),
                new Reporting("Mill", from, (_, to, domain, head, _) -> {
                    mailed.add(to + " " + domain);
                    return "";
                }), now::get);
    }

    private void passDay() {
        now.set(DAY.plus(Duration.ofDays(1)));
    }

    @Test
    void sessionsAreToldByPolicyAndFailure() {
        Reporting by = new Reporting("Mill", "tls@ours.test", (_, _, _, _, _) -> "");
        JsonNode json = new Report(20_780, "a.test", by, List.of(
                new Report.Row("sts", "", "", "", "version: STSv1\nmx: *.a.test", 7),
                new Report.Row("sts", "certificate-expired", "mx.a.test", "192.0.2.1",
                        "version: STSv1\nmx: *.a.test", 2),
                new Report.Row("no-policy-found", "", "", "", "", 1))).json();
        assertEquals("{\"organization-name\":\"Mill\",\"date-range\":{\"start-datetime\":"
                + "\"2026-11-23T00:00:00Z\",\"end-datetime\":\"2026-11-23T23:59:59Z\"},"
                + "\"contact-info\":\"tls@ours.test\",\"report-id\":\"2026-11-23_a.test\","
                + "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-string\":"
                + "[\"version: STSv1\",\"mx: *.a.test\"],\"policy-domain\":\"a.test\","
                + "\"mx-host\":[\"*.a.test\"]},\"summary\":{"
                + "\"total-successful-session-count\":7,\"total-failure-session-count\":2},"
                + "\"failure-details\":[{\"result-type\":\"certificate-expired\","
                + "\"receiving-mx-hostname\":\"mx.a.test\",\"receiving-ip\":\"192.0.2.1\","
                + "\"failed-session-count\":2}]},{\"policy\":{\"policy-type\":"
                + "\"no-policy-found\",\"policy-domain\":\"a.test\"},\"summary\":{"
                + "\"total-successful-session-count\":1,\"total-failure-session-count\":0}}]}",
                json.toString());
    }

    @Test
    void whoAsksIsToldOnceByOneOfTwoNodesAfterTheDay() {
        dns.txt("_smtp._tls.a.test", "v=TLSRPTv1; rua=mailto:x@reports.test");
        try (Transit one = node("tls@ours.test"); Transit two = node("tls@ours.test")) {
            one.count("a.test", "tlsa", "3 1 1 00", "", "", "");
            two.count("a.test", "tlsa", "3 1 1 00", "", "", "");
            two.count("unasked.test", "no-policy-found", "", "", "", "");
            one.round();
            two.round();
            one.report();
            assertEquals(List.of(), mailed, "the day is not over");
            passDay();
            one.report();
            two.report();
            assertEquals(List.of("x@reports.test reports.test"), mailed);
        }
    }

    @Test
    void countsOfSeveralNodesAddUp() {
        try (Transit one = node(""); Transit two = node("")) {
            for (int i = 0; i < 3; i++) {
                one.count("a.test", "tlsa", "", "", "", "");
                two.count("a.test", "tlsa", "", "", "", "");
                one.round();
                two.round();
            }
            long sum = store.read(h -> h.createQuery("SELECT sessions FROM tls_session")
                    .mapTo(Long.class).one());
            assertEquals(6, sum);
        }
    }

    @Test
    void aReportGoesOverTheWebToo() {
        web.gives("thanks");
        dns.txt("_smtp._tls.a.test", "v=TLSRPTv1;rua=https://web.test:" + web.port() + "/tls");
        try (Transit node = node("tls@ours.test")) {
            node.count("a.test", "sts", "", "", "", "");
            node.round();
            passDay();
            node.report();
            assertEquals(List.of("POST /tls HTTP/1.1"), web.requests());
            assertEquals(List.of(), mailed);
        }
    }

    @Test
    void withoutAnAddressOfOursNothingIsSentAndAllForgottenInTime() {
        dns.txt("_smtp._tls.a.test", "v=TLSRPTv1; rua=mailto:x@reports.test");
        try (Transit node = node("")) {
            node.count("a.test", "tlsa", "", "", "", "");
            node.round();
            now.set(DAY.plus(Duration.ofDays(9)));
            node.report();
            assertEquals(List.of(), mailed);
            assertEquals(0, store.read(h -> h.createQuery("SELECT count(*) FROM tls_session")
                    .mapTo(Integer.class).one()).intValue());
        }
    }

    @Test
    void hostileAddressesAreNotWrittenTo() {
        List<String> places = List.of("mailto:a%0d%0aBcc:b@c.test", "mailto:a@b@c.test%3E",
                "mailto:%22a%20b%22@c.test", "mailto:@c.test", "mailto:a@", "mailto:a@-..b",
                "mailto:a@127.0.0.1", "mailto:good@c.test");
        for (int i = 0; i < places.size(); i++) {
            dns.txt("_smtp._tls.a" + i + ".test", "v=TLSRPTv1; rua=" + places.get(i));
        }
        try (Transit node = node("tls@ours.test")) {
            for (int i = 0; i < places.size(); i++) {
                node.count("a" + i + ".test", "tlsa", "", "", "", "");
            }
            node.round();
            passDay();
            node.report();
        }
        assertEquals(List.of("good@c.test c.test"), mailed);
    }

    @Test
    void onlyOneRecordCountsAndOnlyKnownWays() {
        assertEquals(List.of(URI.create("mailto:a@b.test"), URI.create("https://c.test/x")),
                Reports.places(List.of("v=TLSRPTv1; rua=mailto:a@b.test,https://c.test/x,"
                        + "http://d.test/,ftp://e.test", "v=spf1 -all")));
        assertEquals(List.of(), Reports.places(List.of("v=TLSRPTv1;rua=mailto:a@b.test",
                "v=TLSRPTv1;rua=mailto:c@d.test")));
        assertEquals(List.of(), Reports.places(List.of("rua=mailto:a@b.test")));
    }

    @Test
    void aSendersWishIsReadFromTheHeader() {
        assertEquals(Wish.OPTIONAL, wish("From: a\r\nTLS-Required:  No \r\nTo: b\r\n"));
        assertEquals(Wish.OPTIONAL, wish("tls-required: NO\r\n"));
        assertEquals(Wish.OPTIONAL, wish("TLS-Required:\r\n No\r\nTo: b\r\n"));
        assertEquals(Wish.NONE, wish("TLS-Required: no\r\n\tway\r\n"));
        assertEquals(Wish.NONE, wish("From: a\r\n"));
        assertEquals(Wish.NONE, wish("Subject: TLS-Required: No\r\n"));
        assertEquals(Wish.NONE, wish("TLS-Required: maybe\r\n"));
        assertTrue(wish("X-TLS-Required: No\r\n") == Wish.NONE);
    }

    private static Wish wish(String head) {
        return Wish.of(head.getBytes(StandardCharsets.US_ASCII));
    }
}
