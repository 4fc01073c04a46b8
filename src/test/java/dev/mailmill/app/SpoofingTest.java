package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer.Received;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ours.test is this account's, bank.test another account's here: neither door lends its name. */
class SpoofingTest {
    private static Lab lab;
    private static int people;

    @BeforeAll
    static void start() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        lab.theirs("there.test");
        lab.store().write(h -> {
            h.execute("INSERT INTO tenant (id, name, state, created) VALUES (2, 'bank', 'active',"
                    + " 0)");
            h.execute("INSERT INTO domain (tenant, name, state, challenge, created, proven)"
                    + " VALUES (2, 'bank.test', 'proven', 'x', 0, 0)");
            return h.execute("UPDATE change SET n = n + 1");
        });
        // memory is a second behind at most
        Lab.await(() -> !smtp("ann@ours.test", "From: \"a@bank.test\" <ann@ours.test>").taken(),
                () -> "nobody has heard of bank.test");
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "From: news@bank.test",
        "From: News <News@BANK.TEST>",
        "From: news@mail.bank.test",
        "From: \"x@ours.test\"@bank.test",
        "From: ann@ours.test\r\nSender: news@bank.test",
        "From: ann@ours.test\r\nResent-From: news@bank.test",
        "From: ann@ours.test\r\nResent-Sender: news@bank.test",
        "From: ann@ours.test\r\nFrom: news@bank.test",
        "From: news@bank.test\r\nfrom: ann@ours.test",
        "From: ann@ours.test, news@bank.test",
        "From: \"news@bank.test\" <ann@ours.test>",
        "From: news@bank.test via us <ann@ours.test>",
        "From: =?utf-8?q?news=40bank=2Etest?= <ann@ours.test>",
        "From: =?utf-8?b?bmV3c0BiYW5rLnRlc3Q=?= <ann@ours.test>",
        "From: =?utf-8?b?bmV3c++8oGJhbmsudGVzdA==?= <ann@ours.test>",
        "From: news@bank.test\r <ann@ours.test>",
        "From: news@bank.test\n <ann@ours.test>",
        "From:\r\n news@bank.test",
        "From : news@bank.test",
        "From: Bank: news@bank.test;",
        "From: Bank: ann@ours.test, news@bank.test;",
        "From: <@ours.test:news@bank.test>",
        "From: ann@ours.test\r\nSender : news@bank.test"})
    void overSmtpItIsNotTaken(String fields) {
        MailProgram.Answer answer = smtp("ann@ours.test", fields);

        assertTrue(answer.text().startsWith("5"), fields + ": " + answer.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "\"from\":\"news@bank.test\"",
        "\"from\":\"News <News@BANK.TEST>\"",
        "\"from\":\"news@mail.bank.test\"",
        "\"from\":\"\\\"news@bank.test\\\" <ann@ours.test>\"",
        "\"from\":{\"email\":\"ann@ours.test\",\"name\":\"news@bank.test\"}",
        "\"from\":{\"email\":\"ann@ours.test\",\"name\":\"news\\uff20bank.test\"}",
        "\"from\":\"=?utf-8?q?news=40bank=2Etest?= <ann@ours.test>\"",
        "\"from\":\"ann@ours.test, news@bank.test\"",
        "\"from\":\"Bank: news@bank.test;\"",
        "\"from\":\"news@bank.test\\r <ann@ours.test>\"",
        "\"from\":\"ann@ours.test\\r\\nFrom: news@bank.test\"",
        "\"from\":\"ann@ours.test\",\"headers\":{\"From\":\"news@bank.test\"}",
        "\"from\":\"ann@ours.test\",\"headers\":{\"From \":\"news@bank.test\"}",
        "\"from\":\"ann@ours.test\",\"headers\":{\"Sender\":\"news@bank.test\"}",
        "\"from\":\"ann@ours.test\",\"headers\":{\"Resent-From\":\"news@bank.test\"}",
        "\"from\":\"ann@ours.test\",\"headers\":{\"X-A\":\"1\\r\\nFrom: news@bank.test\"}"})
    void overTheApiItIsNotTaken(String fields) {
        WebClient.Reply reply = api(fields);

        assertTrue(reply.status() == 403 || reply.status() == 422, fields + ": " + reply.text());
    }

    @Test
    void anEnvelopeOfTheirsNeverLeaves() {
        String to = somebody();
        String id = lab.smtp().send("news@bank.test", to, letter("From: ann@ours.test", to)).id();

        Received received = arrived(to, id);

        assertTrue(received.mail().contains("@bounces.ours.test"), received.mail());
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"as-it-is\",\"class\":"
                + "\"transactional\",\"return_path\":\"submitted\"}"));
        String said = lab.smtpOn("as-it-is").send("news@bank.test", somebody(),
                letter("From: ann@ours.test", to)).text();
        assertTrue(said.startsWith("550 5.7.1 sender: bank.test is not verified"), said);
    }

    @Test
    void anAnswerMayGoToThemAndTheSignatureIsOursAll() {
        String to = somebody();
        String id = lab.smtp().send("ann@ours.test", to, letter("From: Ann <ann@ours.test>\r\n"
                + "Reply-To: news@bank.test\r\nDKIM-Signature: v=1; a=rsa-sha256; d=bank.test;"
                + " s=mm1; h=from; bh=AAAA; b=AAAA", to)).id();

        Received received = arrived(to, id);

        assertEquals(List.of("ours.test"), lab.signers(received.message()));
        assertTrue(received.mail().contains("@bounces.ours.test"), received.mail());
    }

    @Test
    void theIdOfAMessageIsOfTheAuthorsDomain() {
        String to = somebody();
        String id = Lab.expect(202, api("\"from\":\"ann@ours.test\"", to)).path("id").asString();

        String text = arrived(to, id).text();

        assertTrue(text.lines().anyMatch(l -> l.matches("(?i)Message-ID: <[^@]+@ours\\.test>")),
                text);
    }

    @Test
    void aMailboxProvidersNameIsRefusedWithTheCure() {
        String said = smtp("ann@ours.test", "From: ann.smith@gmail.com").text();
        WebClient.Reply reply = api("\"from\":\"ann.smith@gmail.com\"");

        for (String text : List.of(said, reply.text())) {
            assertTrue(text.contains("gmail.com belongs to a mailbox provider"), text);
            assertTrue(text.contains("into Reply-To"), text);
        }
        assertTrue(said.startsWith("550 5.7.1 from: "), said);
        assertEquals(403, reply.status());
        WebClient.Reply added = lab.api().post("/v1/domains", "{\"name\":\"gmail.com\"}");
        assertEquals(422, added.status(), added.text());
        // not even the operator's word makes Google's servers ours
        lab.own("yahoo.com");
        assertFalse(smtp("ann@ours.test", "From: ann@yahoo.com").taken());
    }

    @Test
    void whatWillNotAlignIsSaidWhenItIsTaken() {
        lab.store().write(h -> {
            h.execute("INSERT INTO domain (tenant, name, state, challenge, created, proven)"
                    + " VALUES (1, 'bare.test', 'proven', 'y', 0, 0)");
            return h.execute("UPDATE change SET n = n + 1");
        });
        Lab.await(() -> api("\"from\":\"ann@bare.test\"").status() == 202,
                () -> "nobody has heard of bare.test");

        String warned = Lab.expect(202, api("\"from\":\"ann@bare.test\"")).path("warnings")
                .toString();
        String said = smtp("ann@bare.test", "From: ann@bare.test").text();

        for (String text : List.of(warned, said)) {
            assertTrue(text.contains("mail from bare.test is not signed"), text);
            assertTrue(text.contains("./mailmill domain check bare.test"), text);
        }
        assertTrue(said.startsWith("250 2.0.0 queued as msg_"), said);
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"bare\",\"class\":"
                + "\"transactional\",\"return_path\":\"submitted\"}"));
        String apart = lab.smtpOn("bare").send("ann@ours.test", somebody(),
                letter("From: ann@bare.test", "b@there.test")).text();
        assertTrue(apart.contains("From will not align"), apart);
        assertTrue(Lab.expect(202, api("\"from\":\"ann@ours.test\"")).path("warnings")
                .isMissingNode(), "what is signed needs no word");
    }

    private static MailProgram.Answer smtp(String sender, String fields) {
        return lab.smtp().send(sender, somebody(), letter(fields, "b@there.test"));
    }

    private static String letter(String fields, String to) {
        return fields + "\r\nTo: " + to + "\r\nSubject: Hello\r\n\r\nIt works.\r\n";
    }

    private static WebClient.Reply api(String fields) {
        return api(fields, somebody());
    }

    private static WebClient.Reply api(String fields, String to) {
        return lab.api().post("/v1/messages", "{" + fields + ",\"to\":[\"" + to
                + "\"],\"subject\":\"Hello\",\"text\":\"It works.\"}");
    }

    private static String somebody() {
        return "person" + ++people + "@there.test";
    }

    private static Received arrived(String to, String id) {
        lab.awaitState(id, "delivered");
        return lab.sink().received().stream()
                .filter(r -> r.rcpts().getFirst().contains("<" + to + ">")).findFirst()
                .orElseThrow(() -> new AssertionError(to + " got nothing"));
    }
}
