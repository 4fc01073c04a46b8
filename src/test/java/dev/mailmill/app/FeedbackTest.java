package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mailmill.feedback.Feedback;
import dev.mailmill.feedback.Reports.Kept;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Reports of receivers, from what came in to what a person sees. */
class FeedbackTest {
    private static final String FORM = "/v1/domains/ours.test/";

    @TempDir
    Path folder;

    static String dmarc(LocalDate day, String reporter, String from) {
        long begin = day.atStartOfDay().toEpochSecond(ZoneOffset.UTC);
        return """
                <feedback><report_metadata><org_name>%1$s</org_name><email>d@r.test</email>
                <report_id>1</report_id><date_range><begin>%2$d</begin><end>%3$d</end></date_range>
                </report_metadata><policy_published><domain>ours.test</domain><p>none</p>
                </policy_published><record><row><source_ip>192.0.2.10</source_ip>
                <count>40</count><policy_evaluated><disposition>none</disposition>
                <dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers>
                <header_from>%4$s</header_from></identifiers></record><record><row>
                <source_ip>2001:db8::7</source_ip><count>3</count><policy_evaluated>
                <disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf>
                </policy_evaluated></row><identifiers><header_from>%4$s</header_from>
                </identifiers></record></feedback>""".formatted(reporter, begin, begin + 86_399,
                        from);
    }

    static String tls(LocalDate day) {
        return ("{'organization-name':'Big Sender','report-id':'t','date-range':{"
                + "'start-datetime':'" + day + "T00:00:00Z','end-datetime':'" + day
                + "T23:59:59Z'},'policies':[{'policy':{'policy-type':'sts','policy-domain':"
                + "'bounces.ours.test'},'summary':{'total-successful-session-count':5,"
                + "'total-failure-session-count':1},'failure-details':[{'result-type':"
                + "'certificate-expired','receiving-mx-hostname':'mill.test',"
                + "'failed-session-count':1}]}]}").replace('\'', '"');
    }

    static final String COMPLAINT = """
            From: staff@hotmail.com
            Subject: complaint about message from 192.0.2.10
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: message/rfc822

            From: news@ours.test
            To: redacted@outlook.com
            Message-ID: <1@ours.test>
            CFBL-Feedback-ID: fb1.abc

            --b--
            """.replace("\n", "\r\n");

    private static Kept keep(Lab lab, String report) {
        return lab.mill().feedback().keep(Feedback.read(report.getBytes(UTF_8)));
    }

    private static LocalDate yesterday(Lab lab) {
        return LocalDate.ofInstant(lab.clock().instant(), ZoneOffset.UTC).minusDays(1);
    }

    private static void source(Lab lab, String name, String address) {
        Lab.expect(201, lab.api(lab.mill().operatorToken()).post("/v1/sources", "{\"name\":\""
                + name + "\",\"ip4\":\"" + address + "\"}"));
    }

    /** Some programmes in each state. */
    static void loops(Lab lab) {
        source(lab, "out1", "192.0.2.10");
        source(lab, "out2", "192.0.2.11");
        lab.own("shop.example");
        keep(lab, COMPLAINT);
        assertInstanceOf(Kept.Stored.class, keep(lab, dmarc(yesterday(lab), "google.com",
                "ours.test")));
        for (String subject : List.of("shop.example", "ours.test")) {
            Lab.expect(200, lab.api().patch("/v1/feedback-loops/yahoo", "{\"subject\":\""
                    + subject + "\",\"registered\":" + subject.equals("ours.test") + "}"));
        }
        Lab.expect(200, lab.api().patch("/v1/feedback-loops/gmail",
                "{\"subject\":\"ours.test\"}"));
    }

    @Test
    void theApiTellsWhatCameAsItIsDescribed() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            loops(lab);
            LocalDate day = yesterday(lab);
            assertInstanceOf(Kept.Stored.class, keep(lab, tls(day)));

            JsonNode sources = described(lab, FORM + "dmarc?limit=1", "DmarcSourcePage");
            assertEquals(1, sources.path("data").size());
            JsonNode ours = sources.at("/data/0");
            assertEquals("192.0.2.10", ours.path("source").asString());
            assertTrue(ours.path("ours").asBoolean());
            assertEquals(40, ours.path("passed").asInt());
            assertEquals(day.toString(), ours.path("last_seen").asString());
            JsonNode next = described(lab, FORM + "dmarc?limit=1&after=" + sources.path("next")
                    .asString().replace(" ", "%20"), "DmarcSourcePage");
            assertEquals("2001:db8::7", next.at("/data/0/source").asString());
            assertFalse(next.at("/data/0/ours").asBoolean());
            assertEquals(3, next.at("/data/0/rejected").asInt());
            assertTrue(next.path("next").isNull());
            assertEquals(0, described(lab, FORM + "dmarc?since=" + day.plusDays(1),
                    "DmarcSourcePage").path("data").size());

            JsonNode sessions = described(lab, FORM + "tls-reports", "TlsSessionPage");
            assertEquals(List.of("success", "certificate-expired"), sessions.path("data")
                    .valueStream().map(s -> s.path("result").asString()).toList());

            Lab.expect(422, lab.api().get(FORM + "dmarc?since=yesterday"));
            Lab.expect(422, lab.api().get(FORM + "dmarc?after=x"));
            Lab.expect(422, lab.api().get(FORM + "tls-reports?after=x"));
            Lab.expect(404, lab.api().get("/v1/domains/other.test/dmarc"));
            Lab.expect(404, lab.api().patch("/v1/feedback-loops/aol", "{\"subject\":\"a\"}"));
            Lab.expect(422, lab.api().patch("/v1/feedback-loops/yahoo",
                    "{\"subject\":\"other.test\"}"));

            JsonNode all = described(lab, "/v1/feedback-loops", "FeedbackLoopPage");
            Map<String, String> states = new java.util.TreeMap<>();
            all.path("data").forEach(l -> states.put(l.path("loop").asString() + " "
                    + l.path("subject").asString(), l.path("state").asString()));
            assertEquals(Map.of("yahoo ours.test", "waiting", "yahoo shop.example",
                    "unregistered", "microsoft 192.0.2.10", "receiving",
                    "microsoft 192.0.2.11", "unregistered", "gmail ours.test", "receiving",
                    "gmail shop.example", "unregistered"), states);
        }
    }

    static JsonNode described(Lab lab, String path, String schema) {
        JsonNode reply = Lab.expect(200, lab.api().get(path));
        String document = lab.api().get("/v1/openapi.json").text();
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, b -> b.schemas(Map.of("mm:api", document)));
        assertEquals(List.of(), registry.getSchema(SchemaLocation.of(
                "mm:api#/components/schemas/" + schema)).validate(reply));
        return reply;
    }

    private record Said(int status, String out, String err) {
    }

    private static Said run(Path data, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(new Console(new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8)), Map.of("MAILMILL_DATA", data.toString(),
                "MAILMILL_HOSTNAME", "mill.test"), words);
        return new Said(status, out.toString(UTF_8), err.toString(UTF_8));
    }

    @Test
    void theCommandLineShowsSourcesMostFailuresFirst() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            String none = run(lab.data(), "domain", "reports", "ours.test").out();
            assertTrue(none.contains("No DMARC report has come"), none);
            assertTrue(none.contains("No TLS report has come"), none);

            loops(lab);
            keep(lab, tls(yesterday(lab)));
            Said said = run(lab.data(), "domain", "reports", "ours.test");
            assertEquals(0, said.status(), said.err());
            int strange = said.out().indexOf("2001:db8::7");
            assertTrue(strange > 0 && strange < said.out().indexOf("192.0.2.10"), said.out());
            assertTrue(said.out().contains("certificate-expired"), said.out());
            assertEquals(1, run(lab.data(), "domain", "reports", "none.test").status());
            Said later = run(lab.data(), "domain", "reports", "ours.test", "--since",
                    yesterday(lab).plusDays(1).toString(), "--json");
            assertEquals("{\"dmarc\":[],\"tls\":[]}", later.out().replaceAll("\\s", ""));
        }
    }

    @Test
    void inspectShowsWhatIsInAReport() throws IOException {
        LocalDate day = LocalDate.ofInstant(Instant.EPOCH, ZoneOffset.UTC).plusYears(50);
        String aggregate = inspect("a.xml", dmarc(day, "R Inc", "ours.test"));
        assertTrue(aggregate.startsWith("It is a DMARC report by r inc about ours.test"),
                aggregate);
        assertTrue(aggregate.contains("43 mails in 2 rows"), aggregate);
        String sessions = inspect("t.json", tls(day));
        assertTrue(sessions.startsWith("It is a TLS report by big sender"), sessions);
        assertTrue(sessions.contains("certificate-expired"), sessions);
        String complaint = inspect("c.eml", COMPLAINT);
        assertTrue(complaint.contains("It reports abuse, a complaint"), complaint);
        assertTrue(complaint.contains("fb1.abc"), complaint);
        String refused = inspect("b.xml", "<!DOCTYPE a><feedback/>");
        assertTrue(refused.contains("refused") && refused.contains("DOCTYPE"), refused);
        String other = inspect("m.eml", "From: a@b.test\r\n\r\nHello\r\n");
        assertFalse(other.contains("report"), other);
        Path file = Files.writeString(folder.resolve("c2.eml"), COMPLAINT);
        JsonNode json = Lab.JSON.readTree(run(folder, "inspect", file.toString(), "--json")
                .out());
        assertEquals("complaint", json.at("/report/kind").asString());
        assertTrue(json.at("/report/redacted").asBoolean());
    }

    private String inspect(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Said said = run(folder, "inspect", file.toString());
        assertEquals(0, said.status(), said.err());
        return said.out();
    }

    @Test
    void thePageTakesAPersonsWord() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            loops(lab);
            PagesTest.enter(browser, lab);
            browser.open(PagesTest.base(lab) + "/feedback-loops").await("h1", "Feedback loops")
                    .await("p.sub", "3 of 6");
            browser.click("button[aria-label='It is registered: shop.example']")
                    .await("p.sub", "2 of 6");
            browser.click("button[aria-label='Take the mark back: ours.test']")
                    .await("p.sub", "3 of 6");
        }
    }
}
