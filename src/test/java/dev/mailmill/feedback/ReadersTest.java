package dev.mailmill.feedback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** What receivers send, and what somebody sends who wants to break who reads it. */
class ReadersTest {
    private static final String XML = Reported.xml("example.org", "r1", Reported.row("192.0.2.1",
            7, "pass", "fail", "example.org"));

    private static String refused(byte[] bytes) {
        return assertInstanceOf(Feedback.Refused.class, Feedback.read(bytes)).reason();
    }

    private static String refused(String text) {
        return refused(text.getBytes(UTF_8));
    }

    private static DmarcReport dmarc(String xml) {
        return assertInstanceOf(DmarcReport.class, Feedback.read(xml.getBytes(UTF_8)));
    }

    private static Complaint complaint(String mail) {
        return assertInstanceOf(Complaint.class, Feedback.read(mail.replace("\n", "\r\n")
                .getBytes(UTF_8)));
    }

    @Test
    void aMicrosoftReportOf2026HasHeadersOnlyAndNoRecipient() {
        Complaint c = complaint("""
                From: staff@hotmail.com
                To: fbl@ours.test
                Date: Tue, 03 Nov 2026 10:00:00 -0800
                Subject: complaint about message from 192.0.2.10
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="b"

                --b
                Content-Type: message/rfc822
                Content-Disposition: attachment

                X-HmXmrOriginalRecipient: <redacted@outlook.com>
                Return-Path: <b-7@bounces.ours.test>
                DKIM-Signature: v=1; a=rsa-sha256; d=ours.test; s=mm1; h=from;
                 bh=x; b=y
                From: news@ours.test
                To: redacted@outlook.com
                Message-ID: <1@ours.test>
                Feedback-ID: spring:bulk:t1:ours
                CFBL-Feedback-ID: fb1.AbC
                 .x9 (for us)
                Subject: Spring

                --b--
                """);

        assertEquals(Complaint.Type.ABUSE, c.type());
        assertTrue(c.type().complains());
        assertEquals(List.of(), c.recipients());
        assertTrue(c.redacted());
        assertEquals("192.0.2.10", c.source());
        assertEquals("hotmail.com", c.reporter());
        assertEquals("fb1.AbC.x9", c.original().cfblFeedbackId());
        assertEquals("spring:bulk:t1:ours", c.original().feedbackId());
        assertEquals("<1@ours.test>", c.original().messageId());
        assertEquals("b-7@bounces.ours.test", c.original().returnPath());
        assertEquals(List.of("ours.test"), c.original().signers());
        assertEquals(Optional.of(Instant.parse("2026-11-03T18:00:00Z")), c.arrived());
    }

    private static String arf(String fields, String original) {
        return """
                From: Yahoo <feedback@arf.mail.yahoo.com>
                Content-Type: multipart/report; report-type=feedback-report; boundary=b

                --b
                Content-Type: message/feedback-report

                %s
                --b
                Content-Type: text/rfc822-headers

                %s
                --b--
                """.formatted(fields, original);
    }

    @Test
    void typesThatAreNoComplaintSaySo() {
        String original = "From: a@ours.test\nTo: b@there.test\n";
        for (String type : List.of("not-spam", "auth-failure", "other", "sunshine")) {
            assertFalse(complaint(arf("Feedback-Type: " + type + "\n", original)).type()
                    .complains(), type);
        }
        Complaint abuse = complaint(arf("Feedback-Type: Abuse\nVersion: 1\n"
                + "Source-IP: 2001:DB8:0:0:0:0:0:1 (mx)\nIncidents: 12\n"
                + "Original-Rcpt-To: rfc822;Ann@there.test\nOriginal-Rcpt-To: <bob@there.test>\n",
                original));
        assertTrue(abuse.type().complains());
        assertEquals("2001:db8::1", abuse.source());
        assertEquals(12, abuse.incidents());
        assertEquals(List.of("Ann@there.test", "bob@there.test"), abuse.recipients());
    }

    @Test
    void aRecipientThatWasMadeUnreadableIsNone() {
        for (String to : List.of("redacted@there.test", "<redacted-9f3@there.test>", "[redacted]",
                "xxxx@there.test", "***@there.test", "9f31c0@redacted.invalid", "redacted")) {
            Complaint c = complaint(arf("Feedback-Type: abuse\nOriginal-Rcpt-To: " + to + "\n",
                    "From: a@ours.test\n"));
            assertEquals(List.of(), c.recipients(), to);
            assertTrue(c.redacted(), to);
        }
        for (String to : List.of("hiddenvalley@there.test", "xxl@there.test", "x@there.test",
                "ann@removed-items.test")) {
            Complaint c = complaint(arf("Feedback-Type: abuse\nOriginal-Rcpt-To: " + to + "\n",
                    "From: a@ours.test\n"));
            assertEquals(List.of(to), c.recipients());
            assertFalse(c.redacted(), to);
        }
    }

    @Test
    void aComplaintThatNamesNoMailIsRefused() {
        assertTrue(refused(arf("Feedback-Type: abuse\n", "").replace("\n", "\r\n"))
                .contains("names no mail"));
        assertTrue(refused(arf("User-Agent: x\n", "From: a@b.test\n").replace("\n", "\r\n"))
                .contains("no Feedback-Type"));
    }

    @Test
    void otherMailIsNoReport() {
        for (String mail : List.of("From: a@b.test\r\nSubject: x\r\n\r\nHello", "x", "\r\n\r\n",
                "Content-Type: application/zip\r\n\r\nPK\3\4 no archive of ours")) {
            assertInstanceOf(Feedback.None.class, Feedback.read(mail.getBytes(ISO_8859_1)));
        }
    }

    @Test
    void aMailThatSaysItBringsAReportAndDoesNotIsRefused() {
        String mail = "From: a@b.test\r\nSubject: Report Domain: example.org Submitter: b.test"
                + " Report-ID: 1\r\nContent-Type: application/gzip\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\nH4sIAAAA";
        assertTrue(refused(mail).contains("cut off"), refused(mail));
        String bare = "From: a@b.test\r\nContent-Type: text/xml\r\n\r\n";
        assertTrue(refused(bare + XML.replace("</record>", "")).contains("well-formed"));
        assertInstanceOf(Feedback.None.class, Feedback.read((bare + "<html><p>").getBytes(UTF_8)));
    }

    @Test
    void aReportIsReadOutOfItsArchiveInItsMail() throws IOException {
        for (byte[] packed : List.of(gz(XML.getBytes(UTF_8)), zip(XML.getBytes(UTF_8), 1),
                XML.getBytes(UTF_8))) {
            String mail = "From: a@b.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
                    + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    + "Content-Type: text/plain\r\n\r\nHere.\r\n--b\r\n"
                    + "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;"
                    + "\r\n filename=\"b.test!example.org!1!2.xml.gz\"\r\n"
                    + "Content-Transfer-Encoding: base64\r\n\r\n"
                    + Base64.getMimeEncoder().encodeToString(packed) + "\r\n--b--\r\n";
            DmarcReport report = assertInstanceOf(DmarcReport.class,
                    Feedback.read(mail.getBytes(ISO_8859_1)));
            assertEquals(7, report.mails());
            assertTrue(report.rows().getFirst().dkim());
            assertFalse(report.rows().getFirst().spf());
        }
    }

    @Test
    void bombsAreRefusedBeforeTheyGoOff() throws IOException {
        byte[] zeros = new byte[64 * 1024 * 1024];
        assertTrue(refused(gz(zeros)).contains("200 times"));
        assertTrue(refused(zip(zeros, 1)).contains("200 times"));
        byte[] noise = new byte[26 * 1024 * 1024];
        new java.util.Random(1).nextBytes(noise);
        assertTrue(refused(gz(noise)).contains("25 MB"));
        assertTrue(refused(zip(XML.getBytes(UTF_8), 2)).contains("more than one file"));
        assertTrue(refused(zip(new byte[0], 10_000)).contains("more than one file"));
        assertTrue(refused(zip(gz(XML.getBytes(UTF_8)), 1)).contains("archive in the zip"));
        assertTrue(refused(gz(gz(gz(XML.getBytes(UTF_8))))).contains("archive in the gz"));
        assertTrue(refused(gz(zip(XML.getBytes(UTF_8), 1))).contains("archive in the gz"));
        assertTrue(refused(zip(XML.getBytes(UTF_8), 0)).contains("empty"));
    }

    @Test
    void brokenArchivesAreRefused() throws IOException {
        byte[] packed = gz(XML.getBytes(UTF_8));
        assertTrue(refused(java.util.Arrays.copyOf(packed, packed.length / 2))
                .contains("cut off"));
        byte[] lying = packed.clone();
        lying[lying.length - 1] ^= 0x7f;
        assertTrue(refused(lying).contains("broken"));
        byte[] zipped = zip(XML.getBytes(UTF_8), 1);
        byte[] bent = zipped.clone();
        bent[60] ^= 0x55;
        assertTrue(refused(bent).contains("archive"), refused(bent));
    }

    @Test
    void noDoctypeIsReadInWhateverEncoding() {
        List<String> hostile = List.of(
                "<!DOCTYPE a [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
                "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">",
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
                "<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/x\"> %x;]>");
        for (String doctype : hostile) {
            String xml = XML.replace("<feedback>", doctype + "<feedback>")
                    .replace("Reporter Inc", "&b;");
            assertTrue(refused(xml).contains("DOCTYPE"), refused(xml));
            assertTrue(refused(xml.replace("UTF-8", "UTF-16").getBytes(UTF_16))
                    .contains("DOCTYPE"));
        }
        assertTrue(refused(XML.replace("Reporter Inc", "&b;")).contains("line"));
        assertInstanceOf(DmarcReport.class,
                Feedback.read(XML.replace("UTF-8", "UTF-16").getBytes(UTF_16)));
    }

    @Test
    void sloppyReportersAreUnderstood() {
        String record = Reported.row("192.0.2.1", 7, "Pass", "fail", "Example.ORG.");
        for (String xml : List.of("\n  " + XML,
                XML.replace("<feedback>", "<d:feedback xmlns:d=\"urn:x\">")
                        .replace("</feedback>", "</d:feedback>"),
                XML.replace("<feedback>", "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">"),
                XML.replace("<feedback>", "<x:schema xmlns:x=\"urn:y\"><feedback>"),
                XML.replace("<row>", "<new><er/>thing</new><row>"),
                XML.replace("<header_from>example.org</header_from>", "<header_from/>"),
                Reported.xml("example.org", "r1", record))) {
            DmarcReport report = dmarc(xml);
            assertEquals("example.org", report.rows().getFirst().headerFrom(), xml);
            assertEquals(7, report.rows().getFirst().count());
            assertTrue(report.rows().getFirst().dkim());
        }
        assertEquals("M\u00fcller", assertInstanceOf(DmarcReport.class, Feedback.read(XML
                .replace("UTF-8", "ISO-8859-1").replace("Reporter Inc", "M\u00fcller")
                .getBytes(ISO_8859_1))).organization());
        assertEquals(7, dmarc(XML.replace("UTF-8", "utf-16")).mails(), "as .NET writes it");
        DmarcReport quiet = dmarc(XML.replaceAll("(?s)<policy_evaluated>.*</policy_evaluated>",
                ""));
        assertTrue(quiet.rows().getFirst().dkim(), "what was evaluated is told by what from");
        assertFalse(quiet.rows().getFirst().spf());
    }

    @Test
    void whatCountsMailHasToBeRight() {
        assertTrue(refused(XML.replace("<count>7</count>", "")).contains("no <count>"));
        assertTrue(refused(XML.replace(">7<", ">-7<")).contains("<count> is no whole number"));
        assertTrue(refused(XML.replace(">7<", ">99999999999<")).contains("larger"));
        assertTrue(refused(XML.replace("192.0.2.1", "300.1.1.1")).contains("300.1.1.1"));
        assertTrue(refused(XML.replace("192.0.2.1", "")).contains("record 1"));
        assertTrue(refused(XML.replaceAll("<begin>.*</begin>", "")).contains("date_range"));
        assertTrue(refused(XML.replaceAll("<begin>\\d+", "<begin>1700000000000"))
                .contains("begin"));
        assertTrue(refused(XML.replaceAll("<domain>example.org</domain>\n<p>", "<p>"))
                .contains("which domain"));
        assertTrue(refused(XML.replace("<feedback>", "<x><feedback>") + "<feedback/></x>")
                .contains("second report"));
        assertTrue(refused(XML.replace("</feedback>", "")).contains("well-formed"));
        assertTrue(refused(XML.replace("Reporter Inc", "M\u00fcller").getBytes(ISO_8859_1))
                .contains("no UTF-8"));
        assertTrue(refused(XML.replace("UTF-8", "klingon")).contains("klingon"));
    }

    @Test
    void aMillionRecordsAreRefused() throws IOException {
        String row = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row>"
                + "</record>";
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(XML.substring(0, XML.indexOf("<record>")).getBytes(UTF_8));
        for (int i = 0; i < 250_000; i++) {
            whole.write(row.getBytes(UTF_8));
        }
        whole.write("</feedback>".getBytes(UTF_8));
        assertTrue(refused(whole.toByteArray()).contains("more than 100000 records"));
    }

    private static final String JSON = """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-01T00:00:00Z",
             "end-datetime":"2026-11-01T23:59:59Z"},"contact-info":"a@b.test","report-id":"t1",
             "policies":[{"policy":{"policy-type":"sts","policy-domain":"Example.org",
               "policy-string":"version: STSv1","mx-host":"mx.example.org"},
              "summary":{"total-successful-session-count":10,"total-failure-session-count":3},
              "failure-details":[{"result-type":"certificate-expired",
               "receiving-mx-hostname":"MX.example.org","failed-session-count":2}]}]}""";

    @Test
    void tlsReports() {
        TlsReport report = assertInstanceOf(TlsReport.class, Feedback.read(JSON.getBytes(UTF_8)));
        assertEquals("example.org", report.policies().getFirst().domain());
        assertEquals(3, report.policies().getFirst().failed());
        assertEquals("mx.example.org", report.policies().getFirst().failures().getFirst().mx());
        assertTrue(refused(JSON.replace(":2}", ":-2}")).contains(
                "/policies/0/failure-details/0/failed-session-count"));
        assertTrue(refused(JSON.replace(":2}", ":1e400}")).contains("whole number"));
        assertTrue(refused(JSON.replace(":2}", ":2")).contains("line"));
        assertTrue(refused(JSON.replace("\"report-id\"", "\"contact-info\"")).contains("uplicate"));
        assertTrue(refused(JSON.replace("2026-11-01T00", "2026-13-01T00")).contains("start-date"));
        assertInstanceOf(Feedback.None.class, Feedback.read("{\"a\":1}".getBytes(UTF_8)));
        assertTrue(refused("{\"a\":" + "[".repeat(500_000)).contains("TLS report"));
    }

    /** 1 MB each, and no more work than its length. */
    @Test
    void hostileInputTakesTimeByItsLength() {
        int mb = 1_000_000;
        String report = "From: a@b.test\r\nContent-Type: multipart/report;"
                + " report-type=feedback-report; boundary=b\r\n\r\n";
        List<String> inputs = new ArrayList<>(List.of("(".repeat(mb),
                "From: " + "(".repeat(mb) + "\r\n\r\n", "a: b\r\n".repeat(mb / 6),
                report + "--b\r\n".repeat(mb / 5), report + "--b\r\n\r\n".repeat(mb / 7),
                "Content-Type: multipart/mixed; " + "name=\"".repeat(mb / 6) + "\r\n\r\n",
                "Content-Type: multipart/mixed; " + "name = ".repeat(mb / 7) + "\r\n\r\n",
                report + "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
                        + "Feedback-Type: abuse\r\n"
                        + "Original-Rcpt-To: (((((\r\n".repeat(mb / 25),
                report + "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
                        + "Feedback-Type: abuse\r\nOriginal-Rcpt-To: " + "(".repeat(mb),
                report + "--b\r\nContent-Type: message/rfc822\r\n\r\nDKIM-Signature: "
                        + "; d ".repeat(mb / 4),
                "<a>".repeat(mb / 3), "<feedback>" + "<a>".repeat(mb / 3),
                "<feedback " + "a='b' ".repeat(mb / 6) + ">",
                "<feedback " + "xmlns:a='b' ".repeat(mb / 12) + ">",
                "<" + "a".repeat(mb), "<feedback><version>" + "&#65;".repeat(mb / 5),
                "<feedback><version>" + "]]".repeat(mb / 2), "<!--" + "-".repeat(mb),
                "<feedback>" + "<![CDATA[x]]>".repeat(mb / 13),
                "{\"policies\":" + "[".repeat(mb), "{\"report-id\":" + "9".repeat(mb),
                "{\"report-id\":\"" + "\\u0041".repeat(mb / 6),
                "{" + "\"a\":1,".repeat(mb / 6), " ".repeat(mb) + "<feedback>"));
        StringBuilder nested = new StringBuilder("From: a@b.test\r\n");
        for (int i = 0; nested.length() < mb; i++) {
            nested.append("Content-Type: multipart/mixed; boundary=b").append(i)
                    .append("\r\n\r\n--b").append(i).append("\r\n");
        }
        inputs.add(nested.toString());
        var threads = ManagementFactory.getThreadMXBean();
        for (String input : inputs) {
            byte[] bytes = input.getBytes(ISO_8859_1);
            long before = threads.getCurrentThreadCpuTime();
            Feedback.read(bytes);
            long took = threads.getCurrentThreadCpuTime() - before;
            assertTrue(took < 1_000_000_000L, took / 1_000_000 + " ms for "
                    + input.substring(0, 90));
        }
    }

    private static byte[] gz(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gz = new GZIPOutputStream(out)) {
            gz.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] zip(byte[] bytes, int times) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < times; i++) {
                zip.putNextEntry(new ZipEntry("r" + i + ".xml"));
                zip.write(bytes);
            }
        }
        return out.toByteArray();
    }
}
