package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What other servers bring to port 25, over the wire, on both engines. */
class ReceiveTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String BOB = "bob@there.test";

    private Lab lab;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    private Peer peer() {
        return new Peer(lab.mill().receivePort());
    }

    /** A mail of ours that Bob's server has taken, as that server got it. */
    private SinkServer.Received delivered(Lab.Engine engine, String[] id) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        id[0] = lab.write(BOB);
        lab.awaitState(id[0], "delivered");
        return lab.sink().received().getFirst();
    }

    private static String path(SinkServer.Received copy) {
        Matcher m = Pattern.compile("<([^>]*)>").matcher(copy.mail());
        assertTrue(m.find(), copy.mail());
        return m.group(1);
    }

    static String dsn(String to, List<String> about, String action, String status, String said) {
        StringBuilder text = new StringBuilder("From: MAILER-DAEMON@there.test\nTo: <" + to
                + ">\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
                + "Auto-Submitted: auto-replied\nContent-Type: multipart/report;\n"
                + " report-type=delivery-status; boundary=\"b\"\n\n--b\n"
                + "Content-Type: text/plain\n\n"
                + "It could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n\n"
                + "Reporting-MTA: dns; mx.there.test\n");
        about.forEach(a -> text.append("\nFinal-Recipient: rfc822; ").append(a)
                .append("\nAction: ").append(action).append("\nStatus: ").append(status)
                .append("\nDiagnostic-Code: smtp; ").append(said).append('\n'));
        return text.append("\n--b--\n").toString();
    }

    static String arf(String original) {
        return "From: <fbl@yahoo.test>\nTo: <fbl@mill.test>\nSubject: complaint\nMIME-Version: 1.0"
                + "\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\""
                + "\n\n--b\nContent-Type: text/plain\n\nSpam.\n\n--b\n"
                + "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
                + "User-Agent: Loop/1\nVersion: 1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
                + original + "\n--b--\n";
    }

    private static String header(SinkServer.Received copy, String name) {
        Matcher m = Pattern.compile("(?mi)^" + name + ": (.*)$").matcher(copy.text());
        assertTrue(m.find(), name + " in " + copy.text());
        return m.group(1).strip();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aBounceThatComesLaterIsToldBesideTheStateAndOnce(Lab.Engine engine) {
        String[] id = new String[1];
        String path = path(delivered(engine, id));
        String report = dsn(path, List.of(BOB), "failed", "5.1.1", "550 5.1.1 no such user");

        assertTrue(peer().brings("", path.toUpperCase(java.util.Locale.ROOT), report)
                .startsWith("250 2"));
        assertTrue(peer().brings("", path, report).startsWith("250 2"),
                "again: taken, not counted");

        assertEquals(List.of("accepted", "delivered", "bounced"), lab.told(id[0]));
        JsonNode data = lab.awaitEvent(id[0], "bounced", 1);
        assertTrue(data.path("late").asBoolean());
        assertEquals("5.1.1", data.at("/reply/enhanced").asString());
        assertEquals(550, data.at("/reply/code").asInt());
        assertEquals(List.of("delivered"), lab.states(id[0]));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void onlyATokenOfOursSaysWhomItIsAbout(Lab.Engine engine) {
        String[] id = new String[1];
        String path = path(delivered(engine, id));
        char last = path.charAt(20) == 'a' ? 'b' : 'a';
        String forged = path.substring(0, 20) + last + path.substring(21);
        String report = dsn(path, List.of(BOB), "failed", "5.1.1", "550 5.1.1 no");

        assertTrue(peer().brings("", forged, report).startsWith("550 5.1.1"), "forged");
        assertTrue(peer().brings("", "u" + path.substring(1), report).startsWith("550 5.1.1"),
                "made for another use");
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            many.add("victim" + i + "@there.test");
        }
        assertTrue(peer().brings("", path, dsn(path, many, "failed", "5.1.1", "550 no"))
                .startsWith("250"));
        assertEquals(List.of("accepted", "delivered"), lab.told(id[0]),
                "it does not speak of Bob");
        assertTrue(peer().brings("", path, dsn(path, List.of(BOB), "delayed", "4.4.1", "wait"))
                .startsWith("250"));
        assertEquals(List.of("accepted", "delivered"), lab.told(id[0]), "a delay is no end");
        lab.clock().advance(Duration.ofDays(31));
        assertTrue(peer().brings("", path, report).startsWith("550 5.1.1"), "expired");
        assertEquals(List.of("accepted", "delivered"), lab.told(id[0]));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aComplaintIsLedBackByTheSignedIdAlone(Lab.Engine engine) {
        String[] id = new String[1];
        SinkServer.Received copy = delivered(engine, id);
        String token = header(copy, "CFBL-Feedback-ID");

        assertEquals("fbl@bounces." + Lab.OURS + "; report=arf", header(copy, "CFBL-Address"));
        assertTrue(header(copy, "Feedback-ID").startsWith("0:transactional:t1:"),
                header(copy, "Feedback-ID"));
        assertEquals(List.of(Lab.OURS), lab.signers(copy.message()).stream().distinct().toList());
        String signed = header(copy, "(?s)DKIM-Signature");
        assertTrue(copy.text().replaceAll("\r\n[ \t]+", "").contains("cfbl-feedback-id"), signed);
        String fbl = "fbl@bounces." + Lab.OURS;
        String others = "From: a@ours.test\nSubject: x\nCFBL-Feedback-ID: ";
        assertTrue(peer().brings("fbl@yahoo.test", fbl, arf(others + "f" + "a".repeat(32) + "\n"))
                .startsWith("250"));
        assertEquals(List.of("accepted", "delivered"), lab.told(id[0]), "a made-up id");
        for (int i = 0; i < 2; i++) {
            assertTrue(peer().brings("fbl@yahoo.test", fbl, arf(others + token + "\n"))
                    .startsWith("250"));
        }
        assertEquals(List.of("accepted", "delivered", "complained"), lab.told(id[0]));
        JsonNode data = lab.awaitEvent(id[0], "complained", 1);
        assertEquals("abuse", data.path("kind").asString());
        assertEquals("yahoo.test", data.path("by").asString());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void bulkMailHasAWayOutByMailAndMachinesDoNotTakeIt(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        String id = lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + BOB
                + "\"],\"subject\":\"News\",\"text\":\"Hi\",\"stream\":\"bulk\"}");
        lab.awaitState(id, "delivered");
        String field = header(lab.sink().received().getFirst(), "List-Unsubscribe");
        String address = field.substring("<mailto:".length(), field.indexOf('?'));

        assertTrue(peer().brings("", address, dsn(address, List.of(BOB), "failed", "5.1.1", "no"))
                .startsWith("250"));
        assertTrue(peer().brings(BOB, address, "From: " + BOB
                + "\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away.\n")
                .startsWith("250"));
        assertEquals(List.of("accepted", "delivered"), lab.told(id));
        assertTrue(peer().brings(BOB, address, "From: " + BOB + "\nSubject: unsubscribe\n\n\n")
                .startsWith("250"));
        assertEquals(List.of("accepted", "delivered", "unsubscribed"), lab.told(id));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void anAnswerIsAnEventAndAMachinesAnswerAnother(Lab.Engine engine) {
        String[] id = new String[1];
        String path = path(delivered(engine, id));

        peer().brings("", path, "From: " + BOB + "\nTo: " + path
                + "\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nBack on Monday.\n");
        JsonNode away = lab.awaitEvent(id[0], "received", 1);
        assertEquals("auto_reply", away.path("kind").asString());
        peer().brings(BOB, path, "From: " + BOB + "\nTo: " + path
                + "\nIn-Reply-To: <x@mill.test>\nSubject: Re: Hello\n\nThanks!\n");
        assertEquals("reply", lab.awaitEvent(id[0], "received", 2).path("kind").asString());
        assertEquals(List.of("accepted", "delivered", "received", "received"), lab.told(id[0]));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void nothingIsPassedOnForStrangers(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        for (String to : List.of("x@foreign.test", "a%b@" + Lab.OURS, "\"a@b\"@" + Lab.OURS,
                "us!a@" + Lab.OURS, "a@[127.0.0.1]", "nobody@" + Lab.OURS,
                "x@оurs.test", "x@sub.foreign.test", "@mill.test:x@foreign.test")) {
            for (String from : List.of("", "a@peer.test")) {
                String reply = peer().brings(from, to, "Subject: x\n\nx\n");
                assertTrue(reply.startsWith("5"), to + ": " + reply);
            }
        }
        assertFalse(peer().offers().contains("AUTH"), "nobody logs in between servers");
        assertTrue(peer().offers().contains("STARTTLS"));
        assertEquals(0, lab.sink().received().size());
        String loop = "Received: by x\n".repeat(51) + "Subject: x\n\nx\n";
        assertTrue(peer().brings("a@peer.test", "postmaster@mill.test", loop)
                .startsWith("554 5.4.6"));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void postmasterAndAbuseAreRead(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        String mail = "From: <joe@peer.test>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
                + "Authentication-Results: mill.test; dkim=pass header.d=bank.test\n\nHello.\n";

        assertTrue(peer().brings("joe@peer.test", "postmaster", mail).startsWith("250")
                || peer().brings("joe@peer.test", "postmaster@mill.test", mail).startsWith("250"));
        assertTrue(peer().brings("joe@peer.test", "Abuse@" + Lab.OURS, mail).startsWith("250"));
        JsonNode all = Lab.expect(200, lab.api().get("/v1/inbound")).path("data");
        assertEquals(2, all.size());
        assertEquals("Grüße", all.get(0).path("subject").asString());
        assertEquals("stored", all.get(0).path("state").asString());
        String one = "/v1/inbound/" + all.get(0).path("id").asString();
        JsonNode whole = Lab.expect(200, lab.api().get(one));
        assertEquals("Hello.\r\n", whole.path("text").asString());
        assertEquals("none", whole.at("/authentication/dmarc/result").asString());
        String raw = lab.api().get(one + "/raw").text();
        assertTrue(raw.startsWith("Return-Path: <joe@peer.test>\r\n"), raw);
        assertFalse(raw.contains("header.d=bank.test"), "somebody wrote it in our name");
        assertEquals(404, lab.tenant("theirs").get(one).status());
    }

    /** A customer's program, which may be away. */
    private static final class Program implements AutoCloseable {
        private final HttpServer server;
        private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        private final List<Map<String, List<String>>> heads =
                Collections.synchronizedList(new ArrayList<>());
        private volatile int status = 503;

        Program() throws java.io.IOException {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", e -> {
                bodies.add(new String(e.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                heads.add(Map.copyOf(e.getRequestHeaders()));
                e.sendResponseHeaders(status, -1);
                e.close();
            });
            server.start();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/in";
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void mailToARouteWaitsForTheProgramThatIsAway(Lab.Engine engine) throws Exception {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        try (Program program = new Program()) {
            JsonNode route = Lab.expect(201, lab.api().post("/v1/inbound-routes",
                    "{\"pattern\":\"Support+*@in." + Lab.OURS + "\",\"action\":\"webhook\","
                            + "\"target\":\"" + program.url() + "\"}"));
            String secret = route.path("secret").asString();
            assertEquals("support+*@in." + Lab.OURS, route.path("pattern").asString());
            assertFalse(Lab.expect(200, lab.api().get("/v1/inbound-routes")).toString()
                    .contains("whsec_"), "shown once");

            String to = "support+42@in." + Lab.OURS;
            assertTrue(peer().brings("joe@peer.test", to, "From: Joe <joe@peer.test>\nTo: " + to
                    + "\nSubject: Help\nMIME-Version: 1.0\nContent-Type: multipart/mixed;"
                    + " boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nIt broke.\n\n"
                    + "On Mon, 1 Jan 2026 at 10:00, Ann <ann@ours.test> wrote:\n> Hello\n\n--b\n"
                    + "Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment;\n"
                    + " filename=a.csv\nContent-Transfer-Encoding: base64\n\nYSxi\n--b--\n")
                    .startsWith("250"));
            Lab.await(() -> program.bodies.size() == 1, () -> "no call");
            String id = Lab.expect(200, lab.api().get("/v1/inbound")).at("/data/0/id").asString();
            Lab.await(() -> waits(id), () -> "it does not wait");
            lab.restart();
            program.status = 200;
            lab.clock().advance(Duration.ofMinutes(1));
            Lab.await(() -> state(id).equals("delivered"), () -> state(id));

            assertEquals(program.bodies.getFirst(), program.bodies.getLast());
            JsonNode call = JSON.readTree(program.bodies.getLast());
            assertEquals("email.received", call.path("type").asString());
            assertEquals("It broke.", call.at("/data/reply_text").asString());
            assertEquals("a.csv", call.at("/data/attachments/0/name").asString());
            assertEquals("YSxi", call.at("/data/attachments/0/content").asString());
            assertEquals(to, call.at("/data/recipient").asString());
            Map<String, List<String>> head = program.heads.getLast();
            assertEquals(id, head.get("Webhook-id").getFirst());
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring(6)), "x"));
            assertEquals("v1," + Base64.getEncoder().encodeToString(mac.doFinal((id + "."
                    + head.get("Webhook-timestamp").getFirst() + "." + program.bodies.getLast())
                    .getBytes(StandardCharsets.UTF_8))), head.get("Webhook-signature").getFirst());
        }
    }

    private boolean waits(String id) {
        JsonNode mail = Lab.expect(200, lab.api().get("/v1/inbound/" + id));
        return mail.path("state").asString().equals("waiting")
                && mail.path("attempts").asInt() == 1;
    }

    private String state(String id) {
        return Lab.expect(200, lab.api().get("/v1/inbound/" + id)).path("state").asString();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void mailIsForwardedUnderAReturnPathOfOurs(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        Lab.expect(201, lab.api().post("/v1/inbound-routes", "{\"pattern\":\"info@" + Lab.OURS
                + "\",\"action\":\"forward\",\"target\":\"boss@there.test\"}"));
        Lab.expect(201, lab.api().post("/v1/inbound-routes", "{\"pattern\":\"*@" + Lab.OURS
                + "\",\"action\":\"reject\"}"));

        assertTrue(peer().brings("joe@peer.test", "info@" + Lab.OURS,
                "From: <joe@peer.test>\nTo: <info@ours.test>\nSubject: Hi\n\nHello.\n")
                .startsWith("250"));
        SinkServer.Received copy = lab.sink().await(1).getFirst();
        assertEquals(List.of("RCPT TO:<boss@there.test> NOTIFY=NEVER"), copy.rcpts());
        assertNotEquals("joe@peer.test", path(copy));
        assertTrue(path(copy).matches("b[a-z0-9]{32}@bounces\\.mill\\.test"), path(copy));
        assertTrue(copy.text().contains("From: <joe@peer.test>\r\n"), copy.text());
        assertTrue(copy.text().contains("\r\nHello.\r\n"), copy.text());
        assertTrue(copy.text().contains("ARC-Seal: i=1; a=rsa-sha256; d=" + Lab.OURS),
                copy.text());
        assertTrue(copy.text().contains("; cv=none;"), copy.text());
        assertTrue(peer().brings("joe@peer.test", "else@" + Lab.OURS, "Subject: x\n\nx\n")
                .startsWith("550 5.7.1"), "an address goes before a pattern");
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aRouteIsTheDomainsOwnersAlone(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        WebClient theirs = lab.tenant("theirs");
        String route = "{\"pattern\":\"info@" + Lab.OURS + "\",\"action\":\"store\"}";

        assertEquals(422, theirs.post("/v1/inbound-routes", route).status());
        for (String wrong : List.of(route.replace("info@", "in*f*o@"),
                route.replace("store", "eat"),
                route.replace("\"store\"", "\"webhook\",\"target\":\"ftp://x/\""),
                route.replace("\"store\"", "\"forward\",\"target\":\"nobody\""))) {
            assertEquals(422, lab.api().post("/v1/inbound-routes", wrong).status(), wrong);
        }
        String id = Lab.expect(201, lab.api().post("/v1/inbound-routes", route)).path("id")
                .asString();
        assertEquals(409, lab.api().post("/v1/inbound-routes", route).status());
        assertEquals(404, theirs.delete("/v1/inbound-routes/" + id).status());
        assertEquals(204, lab.api().delete("/v1/inbound-routes/" + id).status());
    }
}
