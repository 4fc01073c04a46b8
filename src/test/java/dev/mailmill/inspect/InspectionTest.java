package dev.mailmill.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.inspect.Inspection.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What messages are, whatever they would like to be taken for. */
class InspectionTest {
    private static final String DSN = """
            From: MAILER-DAEMON@mx.there.test
            To: ann@ours.test
            Subject: Undelivered
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b
            Content-Type: text/plain

            Sorry.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.there.test

            Final-Recipient: rfc822; bob@there.test
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; in.there.test
            Diagnostic-Code: smtp; 550 5.1.1 <bob@there.test>
              user unknown

            Final-Recipient: rfc822; eve@there.test
            Action: delayed
            Status: 4.2.2 (mailbox full)

            --b
            Content-Type: message/rfc822

            Message-ID: <one@ours.test>
            Subject: Hello

            Hi
            --b--
            """;

    private static Inspection of(String text) {
        try {
            return Inspection.of(new ByteArrayInputStream(
                    text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aDeliveryReportTellsOfEachRecipient() {
        Inspection dsn = of(DSN);
        assertEquals(Kind.DSN, dsn.kind());
        assertEquals(List.of(
                new Inspection.Recipient("bob@there.test", "failed", "5.1.1",
                        "550 5.1.1 <bob@there.test> user unknown", "in.there.test",
                        BounceClass.MAILBOX_UNKNOWN, BounceClass.Kind.HARD),
                new Inspection.Recipient("eve@there.test", "delayed", "4.2.2", "", "",
                        BounceClass.MAILBOX_FULL, BounceClass.Kind.SOFT)),
                dsn.reported());
        assertEquals(List.of("hard", "delayed"),
                dsn.reported().stream().map(Inspection.Recipient::bounce).toList());
        assertEquals("<one@ours.test>", dsn.original());
        assertEquals(List.of("0 multipart/report", "1 text/plain", "1 message/delivery-status",
                        "1 message/rfc822", "2 text/plain"),
                dsn.parts().stream().map(p -> p.depth() + " " + p.type()).toList());
        assertEquals("Undelivered", dsn.head().get("subject"), "not the inner one's");
    }

    @Test
    void aComplaintHasItsFields() {
        Inspection arf = of("""
                From: fbl@there.test
                Content-Type: multipart/report; report-type=feedback-report; boundary=b

                --b
                Content-Type: message/feedback-report

                Feedback-Type: abuse
                User-Agent: There/1
                Original-Rcpt-To: bob@there.test
                --b
                Content-Type: text/rfc822-headers

                Message-ID: <two@ours.test>
                --b--
                """);
        assertEquals(Kind.COMPLAINT, arf.kind());
        assertEquals("abuse", arf.complaint().get("feedback-type"));
        assertEquals("<two@ours.test>", arf.original());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Auto-Submitted: auto-replied; x=y | AUTO_REPLY
            Auto-Submitted: no | MAIL
            X-Autoreply: yes | AUTO_REPLY
            In-Reply-To: <one@ours.test> | REPLY
            From: Mail Delivery System <x@there.test> | MAIL
            X-Failed-Recipients: bob@there.test | BOUNCE
            X-Nothing: x | MAIL
            """)
    void othersAreKnownByTheirHeader(String field, Kind kind) {
        assertEquals(kind, of(field + "\nTo: ann@ours.test\n\nHi\n").kind());
    }

    @Test
    void verdictsNameTheirWriter() {
        Inspection one = of("Authentication-Results: mx.ours.test;\n dkim=pass header.d=there.test;"
                + "\n spf=fail\nFrom: a@there.test\n\nx\n");
        assertEquals(List.of(new Inspection.Verdict("mx.ours.test",
                List.of("dkim=pass header.d=there.test", "spf=fail"))), one.verdicts());
    }

    @Test
    void noControlCharacterGetsThrough() {
        Inspection one = of("Subject: a\u001b[31mred\u009b2J =?utf-8?q?=1B]0;x=07=E2=80=AE?=\n"
                + "Content-Type: text/plain; name=\"x\u001by\"\n\nx\n");
        assertFalse(dirty(one.head().get("subject")), one.head().get("subject"));
        assertTrue(one.head().get("subject").contains("red"));
        assertFalse(dirty(one.parts().getFirst().name()));
    }

    static boolean dirty(String text) {
        return text.codePoints().anyMatch(c -> Character.isISOControl(c)
                || c >= 0x202a && c <= 0x202e);
    }

    @Test
    void depthAndPartsAreBounded() {
        StringBuilder deep = new StringBuilder("Content-Type: multipart/mixed; boundary=b0\n\n");
        for (int i = 0; i < 5_000; i++) {
            deep.append("--b").append(i).append("\nContent-Type: multipart/mixed; boundary=b")
                    .append(i + 1).append("\n\n");
        }
        Inspection one = of(deep.toString());
        assertTrue(one.parts().size() < 50);
        assertTrue(one.trouble().contains("nested"), one.trouble());
        Inspection wide = of("Content-Type: multipart/mixed; boundary=b\n\n"
                + "--b\n\nx\n".repeat(20_000));
        assertEquals(500, wide.parts().size());
    }
}
