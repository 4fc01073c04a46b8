package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer.Received;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What both doors take, what they refuse, and what leaves the house. */
@ParameterizedClass
@EnumSource
class DoorsTest {
    private static Lab lab;
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

    @Test
    void anApiKeyOpensTheSmtpDoorUntilItIsRevoked() {
        JsonNode key = Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"shop\"}"));
        String secret = key.path("secret").asString();
        String letter = letter("ann@ours.test", "bob@there.test", "With a key");

        String id = lab.smtp("api", secret).send("ann@ours.test", "bob@there.test", letter).id();
        lab.awaitState(id, "delivered");
        try (WebClient shop = lab.api(secret)) {
            Lab.expect(200, shop.get("/v1/messages/" + id));

            assertEquals(204,
                    lab.api().delete("/v1/keys/" + key.path("id").asString()).status());

            assertEquals(401, shop.get("/v1/messages/" + id).status());
        }
        assertTrue(lab.smtp("api", secret).send("ann@ours.test", "bob@there.test", letter).text()
                .startsWith("535 5.7.8"));
    }

    /** Each would be signed for ours.test, and shown as something else by some readers. */
    @Test
    void aFromThatReadersSeeInTwoWaysIsRefused() {
        for (String from : List.of("ann@ours.test\u000b", "ann@ours.test\u2028",
                "ann@ours.test\u00a0", "ann@\uff4f\uff55\uff52\uff53.test", "ann@ours\u3002test")) {
            MailProgram.Answer answer = lab.smtp().send("ann@ours.test", List.of("bob@there.test"),
                    letter(from, "bob@there.test", "Twice").getBytes(UTF_8),
                    " SMTPUTF8");

            assertTrue(answer.text().startsWith("550 5.6.0 from: "), from + ": " + answer.text());
        }
    }

    @Test
    void aHeaderOfTheCallersThatLooksEncodedIsTextToItsReader() {
        String value = "=?utf-8?q?a=0d=0aBcc:x@y?=";
        String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"bob@there.test\"],"
                + "\"subject\":\"x\",\"text\":\"x\",\"headers\":{\"X-T\":\"" + value + "\"}}");

        String raw = lab.api().get("/v1/messages/" + id + "/raw").text();

        assertFalse(raw.contains(value), raw);
        assertTrue(raw.contains("X-T: =?"), raw);
    }

    @Test
    void whatAutoconfigTellsLogsIn() {
        String secret = Lab.expect(201, lab.api().post("/v1/smtp-credentials", "{}"))
                .path("secret").asString();
        try (WebClient program = lab.api("")) {
            String told = program.get("/mail/config-v1.1.xml?emailaddress=ann@ours.test").text();

            String user = told.replaceFirst("(?s).*<username>(.*?)</username>.*", "$1");
            assertTrue(told.contains("<port>" + lab.mill().submissionPort() + "</port>"), told);
            assertTrue(lab.smtp(user, secret).send("ann@ours.test", "bob@there.test",
                    letter("ann@ours.test", "bob@there.test", "By itself")).taken());
            assertEquals(404, program.get("/mail/config-v1.1.xml?emailaddress=ann@there.test")
                    .status());
        }
    }

    @Test
    void aKeyThatMayOnlyReadSendsNothing() {
        String secret = Lab.expect(201, lab.api().post("/v1/keys", "{\"scopes\":[\"read\"]}"))
                .path("secret").asString();

        try (WebClient reader = lab.api(secret)) {
            assertEquals(403, reader.post("/v1/messages", json("ann@ours.test")).status());
        }
        assertTrue(lab.smtp("api", secret).send("ann@ours.test", "bob@there.test",
                letter("ann@ours.test", "bob@there.test", "No")).text().startsWith("535 5.7.8"));
    }

    @Test
    void aKeysOwnStreamCarriesWhatNamesNone() {
        JsonNode key = Lab.expect(201, lab.api().post("/v1/keys", "{\"stream\":\"bulk\"}"));

        try (WebClient news = lab.api(key.path("secret").asString())) {
            String own = Lab.expect(202, news.post("/v1/messages", json("ann@ours.test")))
                    .path("id").asString();
            String named = Lab.expect(202, news.post("/v1/messages", json("ann@ours.test")
                    .replace("{", "{\"stream\":\"transactional\","))).path("id").asString();

            assertEquals("bulk", lab.message(own).path("stream").asString());
            assertEquals("transactional", lab.message(named).path("stream").asString());
        }
        String bySmtp = lab.smtpOn("bulk").send("ann@ours.test", "bob@there.test",
                letter("ann@ours.test", "bob@there.test", "News")).id();
        assertEquals("bulk", lab.message(bySmtp).path("stream").asString());
    }

    @Test
    void theWayInIsTracedWithoutTheClientsAddress() {
        lab.awaitState(lab.smtp().send("ann@ours.test", "bob@there.test",
                letter("ann@ours.test", "bob@there.test", "Traced")).id(), "delivered");

        String text = arrived("Traced").getFirst().text();
        String head = text.substring(0, text.indexOf("\r\n\r\n")).replaceAll("\\s+", " ");
        assertTrue(head.contains("Received: from program.test by mill.test with ESMTPA"), head);
        assertFalse(head.contains("127.0.0.1"), head);
        assertTrue(head.matches(".* Message-ID: <[^<>@ ]+@[^<> ]+>( .*)?"), head);
        assertTrue(head.contains(" Date: "), head);
    }

    @Test
    void nobodySendsAsSomebodyElse() {
        Set<String> before = told();

        String said = lab.smtp().send("ann@ours.test", "bob@there.test",
                letter("ceo@foreign.test", "bob@there.test", "Pay me")).text();
        WebClient.Reply reply = lab.api().post("/v1/messages", json("ceo@foreign.test"));

        assertTrue(said.startsWith("550 5.7.1 "), said);
        assertTrue(said.contains("./mailmill domain add foreign.test"), said);
        assertEquals(403, reply.status());
        assertEquals("domain-not-verified", reply.slug());
        assertEquals(List.of("/from"), reply.pointers());
        assertTrue(reply.text().contains("./mailmill domain add foreign.test"), reply.text());
        assertEquals(before, told(), "what is refused leaves no fact");
    }

    @Test
    void blindCopiesGetTheirOwnAndAreWrittenNowhere() {
        String byApi = lab.post("""
                {"from": "ann@ours.test", "to": ["one@there.test"], "cc": ["two@there.test"],
                 "bcc": ["hidden@there.test", "ONE@there.test"], "subject": "By API",
                 "text": "x"}""");
        String bySmtp = lab.smtp().send("ann@ours.test",
                List.of("one@there.test", "two@there.test", "hidden@there.test"),
                ("From: ann@ours.test\r\nTo: one@there.test\r\nCc: two@there.test\r\n"
                        + "Bcc: hidden@there.test\r\nSubject: By SMTP\r\n\r\nx\r\n")
                        .getBytes(UTF_8), "").id();
        lab.awaitState(byApi, "delivered");
        lab.awaitState(bySmtp, "delivered");

        for (String subject : List.of("By API", "By SMTP")) {
            List<Received> copies = arrived(subject);
            assertEquals(3, copies.size(), "equal addresses are one");
            for (Received copy : copies) {
                assertEquals(1, copy.rcpts().size());
                String head = copy.text().substring(0, copy.text().indexOf("\r\n\r\n"));
                assertTrue(head.contains("To: one@there.test"), head);
                assertTrue(head.contains("Cc: two@there.test"), head);
                assertFalse(head.toLowerCase(java.util.Locale.ROOT).contains("hidden"), head);
                assertFalse(head.contains("\r\nBcc"), head);
            }
        }
    }

    @Test
    void aThousandRecipientsAreOneMessageAndAThousandCopies() {
        List<String> to = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            to.add("r" + i + "@there.test");
        }

        String id = lab.smtp().send("ann@ours.test", to,
                letter("ann@ours.test", "all@there.test", "To all").getBytes(UTF_8), "").id();
        List<String> told = lab.awaitState(id, "delivered");

        assertEquals(1000, told.stream().filter("accepted"::equals).count());
        assertEquals(1000, told.stream().filter("delivered"::equals).count());
        List<Received> copies = arrived("To all");
        Set<String> reached = new HashSet<>();
        copies.forEach(c -> reached.addAll(c.rcpts()));
        assertEquals(1000, copies.size());
        assertEquals(1000, reached.size());
        assertEquals(1000, copies.stream().map(Received::mail).distinct().count());
        String more = lab.smtp().send("ann@ours.test", plus(to, "r1000@there.test"),
                letter("ann@ours.test", "all@there.test", "To more").getBytes(UTF_8), "").text();
        assertTrue(more.startsWith("452 4.5.3"), more);
    }

    @Test
    void twentyMegabytesComeOutAsTheyWentIn() {
        byte[] body = lines(20 << 20);
        byte[] head = ("From: ann@ours.test\r\nTo: bob@there.test\r\nSubject: Large\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n").getBytes(UTF_8);
        byte[] message = new byte[head.length + body.length];
        System.arraycopy(head, 0, message, 0, head.length);
        System.arraycopy(body, 0, message, head.length, body.length);

        String id = lab.smtp().send("ann@ours.test", List.of("bob@there.test"), message, "").id();
        lab.awaitState(id, "delivered");

        Received large = arrived("Large").getFirst();
        byte[] came = large.message();
        int gap = large.text().indexOf("\r\n\r\n") + 4;
        assertArrayEquals(body, java.util.Arrays.copyOfRange(came, came.length - body.length,
                came.length));
        assertEquals(came.length - body.length, gap);
        assertEquals(List.of("ours.test"), lab.signers(came));
    }

    @Test
    void aBatchWithOneBadItemIsNotTaken() {
        Set<String> before = told();
        String good = json("ann@ours.test");

        WebClient.Reply foreign = lab.api().post("/v1/messages/batch",
                "[" + good + "," + json("ceo@foreign.test") + "," + good + "]");
        WebClient.Reply malformed = lab.api().post("/v1/messages/batch",
                "[" + good + "," + good + "," + good.replace("bob@there.test", "bob") + "]");

        assertEquals(403, foreign.status(), foreign.text());
        assertEquals(List.of("/1/from"), foreign.pointers());
        assertEquals(422, malformed.status(), malformed.text());
        assertEquals(List.of("/2/to/0"), malformed.pointers());
        assertEquals(before, told(), "not even the good ones");
        JsonNode taken = Lab.expect(202, lab.api().post("/v1/messages/batch",
                "[" + good + "," + good + "]")).path("data");
        assertEquals(2, taken.size());
        taken.forEach(t -> lab.awaitState(t.path("id").asString(), "delivered"));
    }

    /** The messages of which there are facts: those of other tests' mail may come meanwhile. */
    private Set<String> told() {
        Set<String> seen = new TreeSet<>();
        String after = "";
        while (true) {
            JsonNode page = Lab.expect(200, lab.api().get("/v1/events?limit=1000" + after));
            if (page.path("data").isEmpty()) {
                return seen;
            }
            page.path("data").forEach(e -> seen.add(e.path("message_id").asString("none")));
            after = "&after=" + page.path("next").asString();
        }
    }

    private List<Received> arrived(String subject) {
        return lab.sink().received().stream().filter(r -> new String(r.content(), 0,
                Math.min(r.content().length, 4_000), ISO_8859_1)
                .contains("\r\nSubject: " + subject + "\r\n")).toList();
    }

    private static List<String> plus(List<String> list, String one) {
        List<String> all = new ArrayList<>(list);
        all.add(one);
        return all;
    }

    private static String letter(String from, String to, String subject) {
        return "From: " + from + "\r\nTo: " + to + "\r\nSubject: " + subject + "\r\n\r\nHi.\r\n";
    }

    private static String json(String from) {
        return "{\"from\":\"" + from + "\",\"to\":[\"bob@there.test\"],\"subject\":\"Hi\","
                + "\"text\":\"Hi.\"}";
    }

    /** Printable lines, some beginning with dots. */
    private static byte[] lines(int length) {
        Random random = new Random(1);
        byte[] all = new byte[length];
        for (int i = 0; i < length; i++) {
            all[i] = (byte) (i % 78 == 0 && random.nextInt(10) == 0 ? '.'
                    : 'A' + random.nextInt(26));
        }
        for (int i = 76; i + 1 < length; i += 78) {
            all[i] = '\r';
            all[i + 1] = '\n';
        }
        all[length - 2] = '\r';
        all[length - 1] = '\n';
        return all;
    }
}
