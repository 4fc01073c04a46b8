package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkServer.Received;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a mail program asks for with header fields, and what a login does to a foreign author. */
@ParameterizedClass
@EnumSource
class OrdersTest {
    private static final String BODY = "Hi.\r\n";
    private static Lab lab;
    private static int people;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static String somebody() {
        return "person" + ++people + "@there.test";
    }

    private static MailProgram.Answer send(MailProgram program, String to, String fields) {
        return program.send("ann@ours.test", to, fields + "\r\n" + BODY);
    }

    private static Received arrived(String to, String id) {
        lab.awaitState(id, "delivered");
        List<Received> all = lab.sink().received().stream()
                .filter(r -> r.rcpts().getFirst().contains("<" + to + ">")).toList();
        assertEquals(1, all.size(), "copies for " + to);
        return all.getFirst();
    }

    /** What came of a header, from one field on. */
    private static String from(Received received, String field) {
        String text = new String(received.message(), UTF_8);
        return text.substring(text.indexOf("\r\n" + field + ":") + 2);
    }

    // ---- X-Mailmill-*

    @Test
    void whatIsAskedForIsKeptAndShown() {
        String to = somebody();
        String id = send(lab.smtp(), to, "From: Ann <ann@ours.test>\r\n"
                + "X-Mailmill-Stream: bulk\r\nx-mailmill-tag: =?utf-8?q?caf=C3=A9?=, new\r\n\tyear"
                + "\r\nX-MAILMILL-TAG: third\r\nX-Mailmill-Metadata: order=47=11\r\n"
                + "X-Mailmill-Metadata: shop =\r\n =?utf-8?b?TcO8bmNoZW4=?=\r\n").id();

        JsonNode message = lab.message(id);

        assertEquals("bulk", message.path("stream").asString());
        assertEquals("[\"café\",\"new year\",\"third\"]", message.path("tags").toString());
        assertEquals("47=11", message.path("metadata").path("order").asString());
        assertEquals("München", message.path("metadata").path("shop").asString());
    }

    @Test
    void noOrderLeavesTheHouseAndNothingElseIsTaken() {
        String to = somebody();
        String nested = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
        String body = "--b\r\nContent-Type: message/rfc822\r\n\r\nX-Mailmill-Tag: inner\r\n"
                + "X-Mailmill-Track: opens\r\nFrom: a@b.test\r\n\r\nx\r\n--b--\r\n";
        String id = lab.smtp().send("ann@ours.test", to, "x-MAILMILL-tag: a,\r\n b\r\n"
                + "From: Ann <ann@ours.test>\r\nX-Mailmill-Metadata: n=v\r\nX-A: 1\r\n"
                + "X-Mailmill-Idempotency-Key: leaves-" + engine + "\r\n"
                + "Subject: a\r\n X-Mailmill-Tag: text\r\nX-X-Mailmill-Tag: theirs\r\n"
                + "X-Mailmill-Stream: smtp\r\n" + nested + "\r\n" + body).id();

        String text = arrived(to, id).text();
        String head = text.substring(0, text.indexOf("\r\n\r\n"));

        for (String line : head.split("\r\n")) {
            assertFalse(line.toLowerCase(Locale.ROOT).startsWith("x-mailmill-"), line);
        }
        assertTrue(text.contains("From: Ann <ann@ours.test>\r\nX-A: 1\r\nSubject: a\r\n"
                + " X-Mailmill-Tag: text\r\nX-X-Mailmill-Tag: theirs\r\n" + nested), text);
        assertTrue(text.endsWith("\r\n\r\n" + body), "the text is its sender's: " + text);
    }

    @Test
    void oneKeyIsOneMessage() {
        String to = somebody();
        String key = "key-" + engine;
        String letter = "From: ann@ours.test\r\nX-Mailmill-Idempotency-Key: " + key + "\r\n";
        MailProgram.Answer first = send(lab.smtp(), to, letter + "Date: Fri, 27 Nov 2026 10:00:00"
                + " +0000\r\nMessage-ID: <1@ours.test>\r\n");

        MailProgram.Answer again = send(lab.smtp(), to, letter + "Date: Fri, 27 Nov 2026 10:01:00"
                + " +0000\r\nMessage-ID: <2@ours.test>\r\n");
        MailProgram.Answer other = send(lab.smtp(), to, letter + "Subject: other\r\n");
        MailProgram.Answer elsewhere = send(lab.smtp(), "x" + to, letter);

        assertEquals(first.id(), again.id());
        assertTrue(again.text().endsWith("(taken before, not again)"), again.text());
        assertTrue(other.text().startsWith("554 5.5.0 X-Mailmill-Idempotency-Key: "),
                other.text());
        assertTrue(elsewhere.text().startsWith("554 5.5.0 "), elsewhere.text());
        arrived(to, first.id());
        lab.clock().advance(Duration.ofHours(25));
        assertNotEquals(first.id(), send(lab.smtp(), somebody(), letter).id(),
                "after a day the key is free");
    }

    @Test
    void aTimeIsWaitedFor() {
        String to = somebody();
        String at = lab.clock().instant().plus(Duration.ofHours(3)).toString();
        String id = send(lab.smtp(), to, "From: ann@ours.test\r\nX-Mailmill-Send-At: " + at
                + "\r\n").id();

        assertEquals(List.of("scheduled"), lab.states(id));
        lab.clock().advance(Duration.ofHours(4));
        arrived(to, id);
    }

    @Test
    void aLoginForBulkMailOvertakesNobody() {
        MailProgram bulk = lab.smtpOn("bulk");

        MailProgram.Answer raised = send(bulk, somebody(),
                "From: ann@ours.test\r\nX-Mailmill-Stream: transactional\r\n");

        assertTrue(raised.text().startsWith("550 5.7.1 X-Mailmill-Stream: this login is for bulk"),
                raised.text());
    }

    // ---- a foreign From

    private static MailProgram rewriter(String name) {
        JsonNode made = Lab.expect(201, lab.api().post("/v1/smtp-credentials", "{\"name\":\""
                + name + "\",\"rewrite_from\":\"Forms@Ours.test\"}"));
        assertEquals("Forms@ours.test", made.path("rewrite_from").asString());
        return lab.smtp(made.path("username").asString(), made.path("secret").asString());
    }

    @Test
    void withoutIt_TheRefusalSaysHow() {
        String said = send(lab.smtp(), somebody(), "From: Ann <ann@there.test>\r\n").text();

        assertTrue(said.startsWith("550 5.7.1 "), said);
        assertTrue(said.contains("smtp create --rewrite-from") && said.contains("rewrite_from"),
                said);
    }

    @Test
    void aForeignAuthorStaysReachableAndTheRestStays() {
        String to = somebody();
        String id = send(rewriter("Site"), to, "X-A: 1\r\nFrom: =?utf-8?q?Ann_=22M=22?=\r\n"
                + " <ann@there.test>\r\nTo:  b@there.test\r\nX-B:\t2\r\n"
                + "DATE: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-Id: <1@there.test>\r\n").id();

        Received received = arrived(to, id);

        assertEquals("X-A: 1\r\nFrom: \"Ann \\\"M\\\" via Site\" <Forms@ours.test>\r\n"
                + "Reply-To: =?utf-8?q?Ann_=22M=22?=\r\n <ann@there.test>\r\n"
                + "To:  b@there.test\r\nX-B:\t2\r\nDATE: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
                + "Message-Id: <1@there.test>\r\n\r\n" + BODY, from(received, "X-A"));
        assertEquals(List.of("ours.test"), lab.signers(received.message()));
        assertEquals("Forms@ours.test", lab.message(id).path("from").asString());
    }

    @Test
    void anAnswersAddressThatIsThereStays() {
        String to = somebody();
        String id = send(rewriter("Site"), to, "From: ann@there.test\r\n"
                + "Reply-To: <desk@there.test>\r\nSender: ann@there.test\r\nX-C: 3\r\n").id();

        String text = from(arrived(to, id), "From");

        assertTrue(text.startsWith("From: ann via Site <Forms@ours.test>\r\n"
                + "Reply-To: <desk@there.test>\r\nX-C: 3\r\n"), text);
    }

    @Test
    void anEmptyAnswersAddressIsNone() {
        String to = somebody();
        String id = send(rewriter("Site"), to, "reply-to: \r\nFrom: ann@there.test\r\n"
                + "Sender: <bob@ours.test>\r\n").id();

        String text = from(arrived(to, id), "From");

        assertTrue(text.startsWith("From: ann via Site <Forms@ours.test>\r\nReply-To:"
                + " ann@there.test\r\nSender: <bob@ours.test>\r\n"), text);
        assertFalse(text.contains("reply-to:"), text);
    }

    @Test
    void namesBeyondAsciiAreEncodedAndHostileOnesTamed() {
        String to = somebody();
        String id = send(rewriter("Größe"), to, "From: =?utf-8?q?J=C3=B6rg=0D=0ABcc=3A_x=40y?="
                + " =?utf-8?q?=E2=80=AE?= <ann@there.test>\r\n").id();

        Received received = arrived(to, id);
        String head = received.text().substring(0, received.text().indexOf("\r\n\r\n") + 2);
        String line = head.replace("\r\n ", " ").lines().filter(l -> l.startsWith("From:"))
                .findFirst().orElseThrow();

        assertFalse(head.contains("\r\nBcc"), head);
        assertTrue(line.matches("From: (=\\?utf-8\\?[qb]\\?[^ ?]+\\?= )+<Forms@ours\\.test>"),
                line);
        assertEquals("Jörg Bcc: x@y via Größe", dev.mailmill.mime.Words.decode(
                line.substring(6, line.indexOf(" <"))));
        assertEquals(List.of("ours.test"), lab.signers(received.message()));
    }

    @Test
    void severalAuthorsAreAllAnswered() {
        String to = somebody();
        String id = send(rewriter(""), to, "From: Ann <ann@there.test>,\r\n Bob <bob@ours.test>"
                + "\r\n").id();

        String text = from(arrived(to, id), "From");

        assertTrue(text.startsWith("From: \"Ann via ours.test\" <Forms@ours.test>\r\nReply-To: Ann"
                + " <ann@there.test>,\r\n Bob <bob@ours.test>\r\n"), text);
    }

    @Test
    void whoIsOursStaysWhoItIs() {
        String to = somebody();
        String id = send(rewriter("Site"), to, "From: Bob <bob@sub.ours.test>\r\n").id();

        String text = from(arrived(to, id), "From");

        assertTrue(text.startsWith("From: Bob <bob@sub.ours.test>\r\n"), text);
        assertFalse(text.contains("Reply-To"), text);
    }

    @Test
    void whatCanNotBeReadIsRefusedAsEver() {
        MailProgram program = rewriter("Site");

        for (String from : List.of("", "From: nobody\r\n", "From:\r\n", "From: a@there.test\r\n"
                + "From: b@there.test\r\n", "From: Ann: ;\r\n")) {
            String said = send(program, somebody(), "X-A: 1\r\n" + from).text();
            assertTrue(said.startsWith("550 5.6.0 from: "), from + said);
        }
        String resent = send(program, somebody(), "From: ann@there.test\r\n"
                + "Resent-From: eve@there.test\r\n").text();
        assertTrue(resent.startsWith("550 5.7.1 from: there.test"), resent);
    }

    @Test
    void anAddressThatIsNotTheAccountsHelpsNobody() {
        JsonNode made = Lab.expect(201, lab.api().post("/v1/smtp-credentials",
                "{\"rewrite_from\":\"forms@elsewhere.test\"}"));
        MailProgram program = lab.smtp(made.path("username").asString(),
                made.path("secret").asString());

        String said = send(program, somebody(), "From: ann@there.test\r\n").text();

        assertTrue(said.startsWith("550 5.7.1 from: elsewhere.test is not verified"), said);
    }

    @Test
    void theBytesOfAnAuthorBeyondAsciiStay() {
        String to = somebody();
        String id = send(rewriter("Site"), to, "From: Jörg <ann@there.test>\r\n").id();

        Received received = arrived(to, id);

        assertTrue(received.text().contains("Reply-To: "
                + new String("Jörg".getBytes(UTF_8), ISO_8859_1))
                || received.text().contains("Reply-To: =?utf-8?"), received.text());
        assertEquals(List.of("ours.test"), lab.signers(received.message()));
    }
}
