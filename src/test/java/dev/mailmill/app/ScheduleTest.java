package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.smtp.SinkServer.Fault;
import dev.mailmill.smtp.SinkServer.Received;
import dev.mailmill.smtp.SinkServer.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail for later, mail taken back, mail let go, mail sent again. */
@ParameterizedClass
@EnumSource
class ScheduleTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        Visitor.owner(lab);
    }

    @BeforeEach
    void theSinkBehaves() {
        lab.sink().heal();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static String letter(String to, String more) {
        return "{\"from\":\"Ann <ann@ours.test>\",\"to\":[\"" + to + "\"],\"subject\":\"Hello\","
                + "\"text\":\"It works.\"" + (more.isEmpty() ? "" : "," + more) + "}";
    }

    /** In another zone than ours, as people write it. */
    private static String at(Instant time) {
        return "\"send_at\":\"" + DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                time.atOffset(ZoneOffset.ofHours(5))) + "\"";
    }

    private static Instant in(Duration time) {
        return lab.clock().instant().plus(time).truncatedTo(ChronoUnit.MILLIS);
    }

    private static Reply act(String id, String what, String body, String... headers) {
        return lab.api().post("/v1/messages/" + id + "/" + what, body, headers);
    }

    /** The copies that a recipient has got. */
    private static List<Received> got(String address) {
        return lab.sink().received().stream()
                .filter(m -> m.rcpts().toString().contains("<" + address + ">")).toList();
    }

    private static String field(Received mail, String name) {
        return mail.text().lines().filter(l -> l.startsWith(name + ": ")).findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in " + mail.text()));
    }

    private static JsonNode recipient(String id) {
        return lab.message(id).path("recipients").path(0);
    }

    /** Everything that is due has been looked at: a letter of now is through. */
    private static void somethingElseIsDelivered() {
        lab.awaitState(lab.write("other@there.test"), "delivered");
    }

    @Test
    void aLetterLeavesAtItsTimeAndNotBefore() {
        Instant time = in(Duration.ofHours(2));
        String body = letter("later@there.test", at(time) + ",\"expires_in\":\"15m\"");
        Reply sent = lab.api().post("/v1/messages", body, "Idempotency-Key", "later-1");
        String id = Lab.expect(202, sent).path("id").asString();
        assertEquals("scheduled", sent.json().at("/recipients/0/state").asString());
        assertEquals(List.of("accepted", "scheduled"), lab.told(id));
        String told = lab.message(id).path("send_at").asString();
        assertEquals(time, Instant.parse(told));
        assertTrue(told.endsWith("Z"), "in UTC: " + told);
        assertEquals(recipient(id).path("next_attempt_at"), lab.message(id).path("send_at"));
        assertEquals(time.plus(Duration.ofMinutes(15)),
                Instant.parse(recipient(id).path("expires_at").asString()), "counted from there");

        lab.restart();
        lab.clock().advance(Duration.ofMinutes(110));
        somethingElseIsDelivered();
        assertEquals(List.of("scheduled"), lab.states(id), "ten minutes too early");

        lab.clock().advance(Duration.ofMinutes(11));
        assertEquals(List.of("accepted", "scheduled", "delivered"),
                lab.awaitState(id, "delivered"));
        Received came = got("later@there.test").getFirst();
        assertEquals(time.truncatedTo(ChronoUnit.SECONDS), ZonedDateTime.parse(
                field(came, "Date").substring(6), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant(), "dated when it is sent");
        assertEquals(List.of(Lab.OURS), lab.signers(came.message()));
        Reply again = lab.api().post("/v1/messages", body, "Idempotency-Key", "later-1");
        assertEquals(sent.json(), Lab.expect(202, again), "as it was then");
        assertEquals(1, got("later@there.test").size());
    }

    @Test
    void aTimeThatIsOverMeansNowAndOneThatIsNoneIsRefused() {
        String id = lab.post(letter("bob@there.test", at(in(Duration.ofDays(-3)))));
        assertEquals(List.of("accepted", "delivered"), lab.awaitState(id, "delivered"));
        assertTrue(Duration.between(Instant.parse(recipient(id).path("expires_at").asString()),
                in(Duration.ofHours(48))).abs().toMinutes() < 1, "a life from now on");
        for (String bad : List.of("\"in 1 hour\"", "\"2026-12-24T18:00:00\"", "1795415903", "\"\"",
                "\"tomorrow\"", "\"2026-12-24\"", "true", at(in(Duration.ofDays(367)))
                        .replace("\"send_at\":", ""))) {
            Reply refused = lab.api().post("/v1/messages",
                    letter("bob@there.test", "\"send_at\":" + bad));
            assertEquals(422, refused.status(), bad + " " + refused.text());
            assertEquals(List.of("/send_at"), refused.pointers(), bad);
        }
        Reply batch = lab.api().post("/v1/messages/batch", "[" + letter("a@there.test", "") + ","
                + letter("b@there.test", at(in(Duration.ofDays(500)))) + "]");
        assertEquals(422, batch.status());
        assertEquals(List.of("/1/send_at"), batch.pointers());
    }

    @Test
    void aBatchMayHoldLettersForNowAndForLater() {
        JsonNode sent = Lab.expect(202, lab.api().post("/v1/messages/batch", "["
                + letter("one@there.test", at(in(Duration.ofMinutes(30)))) + ","
                + letter("two@there.test", "") + "]"));
        String later = sent.at("/data/0/id").asString();
        assertEquals("scheduled", sent.at("/data/0/recipients/0/state").asString());
        assertEquals("queued", sent.at("/data/1/recipients/0/state").asString());
        lab.awaitState(sent.at("/data/1/id").asString(), "delivered");
        assertEquals(List.of("scheduled"), lab.states(later));
        Lab.await(() -> lab.api().get("/v1/messages?state=scheduled&id=" + later).json()
                .at("/data/0/next_attempt_at").equals(recipient(later).path("next_attempt_at")),
                () -> lab.api().get("/v1/messages?state=scheduled&id=" + later).text());
        lab.clock().advance(Duration.ofMinutes(31));
        lab.awaitState(later, "delivered");
    }

    @Test
    void aCodeForLaterLivesFromItsTimeAndNoLonger() {
        Instant time = in(Duration.ofDays(3));
        lab.sink().answers(c -> c.startsWith("RCPT TO:<code@") ? "451 4.3.0 Busy" : null);
        String id = lab.post(letter("code@there.test", at(time) + ",\"expires_in\":\"15m\""));
        lab.clock().advance(Duration.ofDays(3).plusSeconds(1));
        JsonNode deferred = lab.awaitEvent(id, "deferred", 1);
        assertTrue(Duration.between(lab.clock().instant(),
                Instant.parse(deferred.path("until").asString())).toSeconds() <= 30,
                "tried again as a code is: " + deferred);
        lab.sink().heal();
        lab.clock().advance(Duration.ofMinutes(16));
        assertEquals(List.of("accepted", "scheduled", "deferred", "expired"),
                lab.awaitState(id, "expired"));
        assertEquals(List.of(), got("code@there.test"));
    }

    @Test
    void whatIsTakenBackIsNotSent() {
        String id = lab.post(letter("never@there.test", at(in(Duration.ofHours(1)))));
        JsonNode stands = Lab.expect(200, act(id, "cancel", "", "Idempotency-Key", "c-1"));
        assertEquals("[{\"to\":\"never@there.test\",\"state\":\"cancelled\"}]",
                stands.path("recipients").toString());
        assertEquals(List.of("accepted", "scheduled", "cancelled"), lab.told(id));
        assertTrue(recipient(id).path("next_attempt_at").isNull());
        Reply again = act(id, "cancel", "", "Idempotency-Key", "c-1");
        assertEquals(stands, Lab.expect(200, again));
        assertEquals(Optional.of("true"), again.header("Idempotent-Replayed"));
        assertEquals("idempotency-conflict", act(lab.write("x@there.test"), "cancel", "",
                "Idempotency-Key", "c-1").slug());
        lab.clock().advance(Duration.ofHours(2));
        somethingElseIsDelivered();
        assertEquals(List.of("cancelled"), lab.states(id));
        assertEquals(List.of(), got("never@there.test"));
    }

    @Test
    void someRecipientsAreTakenBackAndOthersCanNotBe() {
        lab.sink().answers(c -> c.startsWith("RCPT TO:<slow") ? "451 4.3.0 Busy" : null);
        String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"slow1@there.test\","
                + "\"slow2@there.test\"],\"cc\":\"gone@there.test\",\"subject\":\"x\","
                + "\"text\":\"y\"}");
        Lab.await(() -> lab.states(id).equals(List.of("deferred", "deferred", "delivered")),
                () -> lab.events(id).toString());
        Reply none = act(id, "cancel", "{\"to\":\"gone@there.test\"}");
        assertEquals(409, none.status());
        assertEquals("not-cancellable", none.slug());
        assertTrue(none.json().path("detail").asString().contains("gone@there.test is delivered"),
                none.text());
        assertEquals(List.of("recipients/2"), none.pointers());
        assertEquals("[{\"to\":\"slow2@there.test\",\"state\":\"cancelled\"}]", Lab.expect(200,
                act(id, "cancel", "{\"to\":[\"SLOW2@There.test\"]}")).path("recipients")
                .toString());
        assertEquals(List.of("/to/0"), act(id, "cancel", "{\"to\":[\"eve@there.test\"]}")
                .pointers());
        assertEquals(List.of("deferred", "cancelled", "delivered"), lab.states(id));
        assertEquals(List.of("cancelled", "cancelled", "delivered"), Lab.expect(200,
                act(id, "cancel", "{}")).path("recipients").valueStream()
                .map(r -> r.path("state").asString()).toList());
        lab.sink().heal();
        lab.clock().advance(Duration.ofMinutes(10));
        somethingElseIsDelivered();
        assertEquals(List.of("cancelled", "cancelled", "delivered"), lab.states(id));
        assertEquals(List.of(), got("slow1@there.test"));
        assertEquals(List.of(), got("slow2@there.test"));
    }

    /** A lane that is shut keeps what it has in memory: it finds out when it opens. */
    @Test
    void whatIsTakenBackWhileItWaitsInMemoryLeavesItWithoutAWord() {
        String domain = "shut-" + engine.name().toLowerCase(java.util.Locale.ROOT) + ".test";
        lab.dns().mx(domain, "10 mx." + domain).a("mx." + domain, "127.0.0.2");
        lab.awaitEvent(lab.write("first@" + domain), "deferred", 1);
        String id = lab.write("second@" + domain);
        assertEquals(List.of("queued"), lab.states(id));
        assertEquals(List.of("cancelled"), Lab.expect(200, act(id, "cancel", ""))
                .path("recipients").valueStream().map(r -> r.path("state").asString()).toList());
        lab.dns().a("mx." + domain, "127.0.0.1");
        lab.clock().advance(Duration.ofMinutes(7));
        lab.awaitState(lab.write("third@" + domain), "delivered");
        Lab.await(() -> metric("mailmill_memory_deliveries") == 0,
                () -> metric("mailmill_memory_deliveries") + " stay in memory");
        assertEquals(List.of("accepted", "cancelled"), lab.told(id));
        assertEquals(List.of(), got("second@" + domain));
    }

    private static double metric(String name) {
        return lab.api().get("/metrics").text().lines().filter(l -> l.startsWith(name + " "))
                .mapToDouble(l -> Double.parseDouble(l.substring(name.length() + 1))).findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    /** By what reached the sink: who is cancelled has got nothing, who is not has got it once. */
    @Test
    void whoeverWinsNothingIsBothSentAndTakenBack() throws Exception {
        int letters = 60;
        List<String> ids = new ArrayList<>();
        int won = 0;
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> asked = new ArrayList<>();
            for (int i = 0; i < letters; i++) {
                String id = lab.post(letter("race" + i + "@there.test", ""));
                ids.add(id);
                asked.add(pool.submit(() -> act(id, "cancel", "").status()));
            }
            for (Future<Integer> one : asked) {
                won += one.get() == 200 ? 1 : 0;
            }
        }
        int cancelled = 0;
        for (int i = 0; i < letters; i++) {
            String id = ids.get(i);
            Lab.await(() -> List.of("cancelled", "delivered").containsAll(lab.states(id)),
                    () -> lab.events(id).toString());
            boolean taken = lab.states(id).equals(List.of("cancelled"));
            assertEquals(taken ? 0 : 1, got("race" + i + "@there.test").size(), id);
            assertEquals(List.of("accepted", taken ? "cancelled" : "delivered"), lab.told(id));
            cancelled += taken ? 1 : 0;
        }
        assertEquals(won, cancelled, "each answer was true");
    }

    @Test
    void aBouncedLetterIsSentAgainAsAMessageOfItsOwn() {
        lab.sink().answers(c -> c.startsWith("RCPT TO:<full@") ? "550 5.2.2 Mailbox full" : null);
        byte[] letter = ("From: ann@ours.test\r\nTo: full@there.test\r\nSubject: Once more\r\n"
                + "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <first@ours.test>\r\n"
                + "X-Own: kept\r\n\r\n" + "0123456789abcdefghijklmnopqrstuvwxyz\r\n".repeat(4_000))
                .getBytes(StandardCharsets.US_ASCII);
        String first = lab.smtpOn("transactional").send("ann@ours.test",
                List.of("full@there.test", "fine@there.test"), letter, "").id();
        Lab.await(() -> lab.states(first).equals(List.of("bounced", "delivered")),
                () -> lab.events(first).toString());
        lab.sink().heal();

        Reply again = act(first, "resend", "", "Idempotency-Key", "r-1");
        JsonNode receipt = Lab.expect(202, again);
        String second = receipt.path("id").asString();
        assertEquals(first, receipt.path("resent_from").asString());
        assertEquals(List.of("full@there.test"), receipt.path("recipients").valueStream()
                .map(r -> r.path("to").asString()).toList(), "who has it is spared");
        lab.awaitState(second, "delivered");
        assertEquals(first, lab.message(second).path("resent_from").asString());
        assertTrue(lab.message(first).path("resent_from").isNull());
        assertEquals(receipt, Lab.expect(202, act(first, "resend", "", "Idempotency-Key", "r-1")));

        Received before = got("fine@there.test").getFirst();
        Received after = got("full@there.test").getFirst();
        assertEquals(1, got("full@there.test").size());
        assertNotEquals(field(before, "Message-ID"), field(after, "Message-ID"));
        assertTrue(field(after, "Message-ID").contains(second), after.text().substring(0, 900));
        assertNotEquals(field(before, "Date"), field(after, "Date"));
        assertEquals("X-Own: kept", field(after, "X-Own"));
        assertArrayEquals(body(before), body(after));
        assertEquals(List.of(Lab.OURS), lab.signers(after.message()));
        assertArrayEquals(body(before), body(raw(first)), "the first one's is untouched");
    }

    private static byte[] raw(String id) {
        return lab.api().get("/v1/messages/" + id + "/raw").raw().body();
    }

    private static byte[] body(Received mail) {
        return body(mail.message());
    }

    private static byte[] body(byte[] message) {
        String text = new String(message, StandardCharsets.ISO_8859_1);
        return text.substring(text.indexOf("\r\n\r\n") + 4)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatIsRefusedOrNeedlessIsNotSentAgain() {
        String id = lab.write("has@there.test");
        lab.awaitState(id, "delivered");
        Reply needless = act(id, "resend", "");
        assertEquals(409, needless.status());
        assertEquals("not-resendable", needless.slug());
        String twice = Lab.expect(202, act(id, "resend", "{\"to\":\"has@there.test\"}"))
                .path("id").asString();
        lab.awaitState(twice, "delivered");
        assertEquals(2, got("has@there.test").size(), "who asks for it gets it twice");

        String open = lab.post(letter("wait@there.test", at(in(Duration.ofHours(1)))));
        assertEquals("not-resendable",
                act(open, "resend", "{\"to\":\"wait@there.test\"}").slug());
        assertEquals("not-held", act(open, "release", "").slug());
        assertEquals(200, act(open, "cancel", "").status());
        assertEquals(404, act("msg_0000000000001", "cancel", "").status());
        assertEquals(404, act("none", "resend", "").status());
    }

    @Test
    void whatAStreamHoldsIsLetGoOrTakenBack() {
        Lab.expect(201, lab.api().post("/v1/streams",
                "{\"name\":\"invoices\",\"on_ambiguous\":\"hold\"}"));
        lab.sink().fault(Stage.DOT, Fault.RST);
        String go = lab.post(letter("go@there.test", "\"stream\":\"invoices\""));
        String stay = lab.post(letter("stay@there.test", "\"stream\":\"invoices\""));
        lab.awaitState(go, "held");
        lab.awaitState(stay, "held");
        lab.sink().heal();

        assertEquals("[{\"to\":\"go@there.test\",\"state\":\"queued\"}]",
                Lab.expect(200, act(go, "release", "")).path("recipients").toString());
        assertEquals(200, act(stay, "cancel", "").status());
        assertEquals(List.of("accepted", "ambiguous", "held", "delivered"),
                lab.awaitState(go, "delivered"));
        assertEquals(List.of("accepted", "ambiguous", "held", "cancelled"), lab.told(stay));
        assertEquals("not-held", act(go, "release", "").slug());
    }

    @Test
    void thePagesButtonsSayWhoWon() {
        Visitor ann = new Visitor(lab);
        assertEquals(303, ann.post("/login", "email", "ann@example.org", "password",
                PagesTest.PASSWORD).status());
        String id = lab.post(letter("page@there.test", at(in(Duration.ofHours(1)))));
        String path = "/messages/" + id;
        String page = ann.get(path).text();
        assertTrue(page.contains("action=\"" + path + "/cancel\""), page);
        assertFalse(page.contains(path + "/resend"), "nobody has missed it yet");
        assertTrue(page.contains("to be sent "), page);
        assertEquals(403, ann.post(path + "/cancel").status(), "without a token");
        assertEquals(List.of("scheduled"), lab.states(id));

        Reply done = ann.submit(path + "/cancel");
        assertEquals(303, done.status());
        assertTrue(ann.get(done.header("Location").orElseThrow()).text()
                .contains("Cancelled: it is not sent."));
        assertEquals(List.of("cancelled"), lab.states(id));

        String key = "0123456789abcdef01234567";
        String once = ann.submit(path + "/resend", "key", key).header("Location").orElseThrow();
        String twice = ann.submit(path + "/resend", "key", key).header("Location").orElseThrow();
        assertEquals(once, twice, "pressed twice, sent once");
        String next = once.substring("/messages/".length(), once.indexOf('?'));
        lab.awaitState(next, "delivered");
        String shown = ann.get(once).text();
        assertTrue(shown.contains("Sent again") && shown.contains(path + "\""), shown);
        Reply late = ann.submit("/messages/" + next + "/cancel");
        assertTrue(ann.get(late.header("Location").orElseThrow()).text().contains(
                "Too late: nothing could be cancelled. page@there.test is delivered."));
        assertEquals(409, ann.submit("/messages/" + next + "/resend").status());
        assertEquals(1, got("page@there.test").size());
    }

    @Test
    void aLetterForLaterLeavesOnlyFromADomainThatIsStillOurs() {
        try (Lab own = Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture").start()) {
            own.theirs("there.test");
            String id = own.post(letter("bob@there.test", at(own.clock().instant()
                    .plus(Duration.ofHours(1)))));
            own.with(Setting.DELIVERY, "direct").restart();
            own.clock().advance(Duration.ofMinutes(61));
            assertTrue(own.awaitEvent(id, "deferred", 1).path("reply").path("text").asString()
                    .startsWith("ours.test is not verified"), own.events(id).toString());
            assertEquals(0, own.sink().connections());
        }
    }

    @Test
    void aKeyThatMayOnlyReadTakesNothingBack() {
        String secret = Lab.expect(201, lab.api().post("/v1/keys",
                "{\"scopes\":[\"read\"]}")).path("secret").asString();
        String id = lab.post(letter("bob@there.test", at(in(Duration.ofHours(1)))));
        try (var reader = lab.api(secret)) {
            for (String what : List.of("cancel", "release", "resend")) {
                assertEquals("missing-scope",
                        reader.post("/v1/messages/" + id + "/" + what, "").slug());
            }
        }
        assertEquals(List.of("scheduled"), lab.states(id));
    }
}
