package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a key is kept to, over both doors: tests that never leave, one domain, so many a day. */
class KeysTest {
    private static final Duration A_DAY = Duration.ofDays(1);
    private static final String LETTER =
            "From: ann@ours.test\r\nSubject: Hello\r\n\r\nHi\r\n";
    private Lab lab;
    private final List<WebClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(WebClient::close);
        lab.close();
    }

    private JsonNode made(String path, String wish) {
        return Lab.expect(201, lab.api().post(path, wish));
    }

    private WebClient key(JsonNode made) {
        WebClient client = lab.api(made.path("secret").asString());
        clients.add(client);
        return client;
    }

    /** No day may end within a test. */
    private void noon() {
        long second = lab.clock().instant().getEpochSecond() % 86_400;
        lab.clock().advance(Duration.ofSeconds((86_400 + 43_200 - second) % 86_400));
    }

    private static String letter(String from, String... to) {
        return "{\"from\":\"" + from + "\",\"to\":[\"" + String.join("\",\"", to)
                + "\"],\"subject\":\"Hello\",\"text\":\"It works.\"}";
    }

    @ParameterizedTest
    @EnumSource
    void whatATestKeyHandsInIsCapturedOverBothDoorsAndNeverSent(Lab.Engine engine) {
        lab = Lab.direct(engine);
        String bob = "bob@" + lab.theirs("other.test");
        JsonNode test = made("/v1/keys", "{\"test\":true}");
        assertTrue(test.path("secret").asString().startsWith("mm_test_"));
        assertTrue(test.path("hint").asString().startsWith("mm_test_…"));
        assertTrue(test.path("test").asBoolean());
        WebClient key = key(test);

        JsonNode sent = Lab.expect(202, key.post("/v1/messages", letter("ann@ours.test", bob)));
        assertTrue(sent.path("note").asString().contains("test key"), sent.toString());
        String byApi = sent.path("id").asString();
        // all checks hold: a domain that is not ours is refused as ever
        assertEquals("domain-not-verified",
                key.post("/v1/messages", letter("ann@foreign.test", bob)).slug());
        // one idempotency key for a test and for the real thing is a mistake, and no success
        String order = letter("ann@ours.test", bob);
        assertEquals(202, key.post("/v1/messages", order, "Idempotency-Key", "order").status());
        assertEquals("idempotency-conflict",
                lab.api().post("/v1/messages", order, "Idempotency-Key", "order").slug());
        MailProgram smtp = lab.smtp("api", test.path("secret").asString());
        MailProgram.Answer taken = smtp.send("ann@ours.test", bob, LETTER);
        assertTrue(taken.text().endsWith("(captured, not sent)"), taken.text());
        String bySmtp = taken.id();

        for (String id : List.of(byApi, bySmtp)) {
            assertEquals(List.of("accepted", "captured"), lab.awaitState(id, "captured"));
            assertTrue(lab.message(id).path("test").asBoolean());
        }
        JsonNode later = Lab.expect(202, key.post("/v1/messages", letter("ann@ours.test", bob)
                .replace("{", "{\"send_at\":\"" + lab.clock().instant().plusSeconds(3_600)
                        + "\",")));
        assertEquals(List.of("scheduled"), lab.states(later.path("id").asString()));
        // a scheduled or resent one is met by the same mark, whoever resends it, after a restart
        lab.restart();
        String again = Lab.expect(202, lab.api().post("/v1/messages/" + byApi + "/resend", ""))
                .path("id").asString();
        lab.awaitState(again, "captured");
        assertTrue(lab.message(again).path("test").asBoolean());
        lab.clock().advance(Duration.ofHours(2));
        lab.awaitState(later.path("id").asString(), "captured");
        assertTrue(lab.message(byApi).path("test").asBoolean());
        String real = lab.write(bob);
        lab.awaitState(real, "delivered");
        assertFalse(lab.message(real).path("test").asBoolean());
        try (WebClient anew = lab.api(test.path("secret").asString())) {
            assertEquals("missing-scope", anew.post("/v1/messages/" + real + "/resend",
                    "{\"to\":\"" + bob + "\"}").slug());
        }
        assertEquals(1, lab.sink().received().size(), "only the real one left");
    }

    @ParameterizedTest
    @EnumSource
    void aKeyOfOneDomainSendsFromThereAndBelow(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.own("shop.test");
        String bob = "bob@" + lab.theirs("other.test");
        JsonNode made = made("/v1/keys", "{\"domain\":\"Shop.test\"}");
        assertEquals("shop.test", made.path("domain").asString());
        WebClient key = key(made);

        assertEquals(202, key.post("/v1/messages", letter("a@shop.test", bob)).status());
        assertEquals(202, key.post("/v1/messages", letter("a@mail.shop.test", bob)).status());
        Reply refused = key.post("/v1/messages", letter("ann@ours.test", bob));
        assertEquals(403, refused.status());
        assertTrue(refused.json().path("detail").asString().contains("shop.test"));
        assertEquals(403, key.post("/v1/messages", letter("a@eshop.test", bob)).status());

        String others = "/v1/messages/" + Lab.expect(202, lab.api().post("/v1/messages",
                letter("ann@ours.test", bob).replace("{", "{\"send_at\":\""
                        + lab.clock().instant().plusSeconds(3_600) + "\",")))
                .path("id").asString();
        for (String act : List.of("/cancel", "/release", "/resend")) {
            assertEquals("domain-not-verified", key.post(others + act, "").slug(), act);
        }
        assertEquals(200, lab.api().post(others + "/cancel", "").status());
    }

    @ParameterizedTest
    @EnumSource
    void aDayHasSoManyRecipientsOverBothDoorsAndARestartForgetsNone(Lab.Engine engine) {
        lab = Lab.direct(engine);
        noon();
        String there = lab.theirs("other.test");
        JsonNode made = made("/v1/keys", "{\"per_day\":4}");
        WebClient key = key(made);
        String two = letter("ann@ours.test", "a@" + there, "b@" + there);

        Reply first = key.post("/v1/messages", two, "Idempotency-Key", "first");
        assertEquals(202, first.status(), first.text());
        assertEquals(Optional.of("\"day\";q=4;w=86400"), first.header("RateLimit-Policy"));
        assertEquals(Optional.of("2"), first.header("RateLimit-Remaining"));
        assertEquals(Optional.of("4"), first.header("RateLimit-Limit"));
        // what is refused, for this or another reason, and what is only said again, counts nothing
        assertEquals(422, key.post("/v1/messages", "{}").status());
        assertEquals(403, key.post("/v1/messages", letter("x@foreign.test", "a@" + there))
                .status());
        assertEquals(202, key.post("/v1/messages", two, "Idempotency-Key", "first").status());
        Reply three = key.post("/v1/messages",
                letter("ann@ours.test", "a@" + there, "b@" + there, "c@" + there));
        assertEquals(429, three.status());
        assertEquals("quota-exceeded", three.slug());
        assertEquals(Optional.of("2"), three.header("RateLimit-Remaining"));
        long wait = Long.parseLong(three.header("Retry-After").orElseThrow());
        Instant now = lab.clock().instant();
        long midnight = 86_400 - now.getEpochSecond() % 86_400;
        assertTrue(Math.abs(wait - midnight) < 60, wait + " s, not " + midnight);

        // the same key as a password; and counted from the store after a restart
        lab.restart();
        WebClient again = key(made);
        MailProgram smtp = lab.smtp("api", made.path("secret").asString());
        assertTrue(smtp.send("ann@ours.test", "a@" + there, LETTER).taken());
        assertTrue(smtp.send("ann@ours.test", "b@" + there, LETTER).taken());
        assertEquals(429, again.post("/v1/messages",
                letter("ann@ours.test", "a@" + there)).status());
        String reply = smtp.send("ann@ours.test", "a@" + there, LETTER).text();
        assertTrue(reply.startsWith("451 4.7.1 "), reply);
        assertTrue(reply.contains("4 recipients a day"), reply);
        // the first request was taken, and is still answered so
        Reply replayed = again.post("/v1/messages", two, "Idempotency-Key", "first");
        assertEquals(202, replayed.status(), replayed.text());
        assertEquals(Optional.of("true"), replayed.header("Idempotent-Replayed"));
        assertEquals(first.json().path("id"), replayed.json().path("id"));

        lab.clock().advance(A_DAY);
        assertEquals(202, again.post("/v1/messages", two).status());
    }

    @ParameterizedTest
    @EnumSource
    void anAccountHasADayToo(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.ACCOUNT_PER_DAY, "2")
                .with(Setting.DELIVERY, "capture").start();
        noon();
        lab.write("a@other.test");
        WebClient second = key(made("/v1/keys", "{\"per_day\":100}"));

        Reply last = second.post("/v1/messages", letter("ann@ours.test", "a@other.test"));
        assertEquals(202, last.status(), last.text());
        assertEquals(Optional.of("\"day\";q=100;w=86400, \"account-day\";q=2;w=86400"),
                last.header("RateLimit-Policy"));
        assertEquals(Optional.of("0"), last.header("RateLimit-Remaining"));
        Reply over = second.post("/v1/messages", letter("ann@ours.test", "a@other.test"));
        assertEquals("quota-exceeded", over.slug());
        assertTrue(over.json().path("detail").asString().startsWith("This account may have 2 "),
                over.text());
    }

    @ParameterizedTest
    @EnumSource
    void aRateIsKeptPerKeyAndSaysWhenToComeAgain(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture").start();
        lab.clock().hold();
        WebClient key = key(made("/v1/keys", "{\"per_second\":3}"));

        for (int i = 2; i >= 0; i--) {
            Reply answer = key.get("/v1/events");
            assertEquals(200, answer.status());
            assertEquals(Optional.of(Integer.toString(i)), answer.header("RateLimit-Remaining"));
        }
        Reply over = key.post("/v1/messages", letter("ann@ours.test", "a@other.test"));
        assertEquals(429, over.status());
        assertEquals("rate-limited", over.slug());
        assertEquals(Optional.of("1"), over.header("Retry-After"));
        assertEquals(Optional.of("\"second\";r=0;t=1"), over.header("RateLimit"));
        assertTrue(lab.api().get("/v1/messages").json().path("data").isEmpty());
        assertEquals(200, lab.api().get("/v1/events").status(), "nobody else is kept");
        lab.clock().advance(Duration.ofSeconds(1));
        assertEquals(202, key.post("/v1/messages", letter("ann@ours.test", "a@other.test"))
                .status());
    }

    @Test
    void whoeverComesAtOnceGetsWhatThereIsAndNoMore() {
        lab = Lab.prepared(Lab.Engine.SQLITE.settings()).with(Setting.DELIVERY, "capture").start();
        noon();
        WebClient day = key(made("/v1/keys", "{\"per_day\":7}"));
        assertEquals(7, taken(day, 20));
        assertEquals(7, lab.api().get("/v1/events?type=email.accepted").json().path("data").size());
        lab.clock().hold();
        WebClient second = key(made("/v1/keys", "{\"per_second\":5}"));
        assertEquals(5, taken(second, 20));
        lab.clock().advance(Duration.ofMillis(999));
        assertEquals(0, taken(second, 5), "not before the second is over");
    }

    private static long taken(WebClient key, int asking) {
        String one = letter("ann@ours.test", "a@other.test");
        List<Integer> statuses = new CopyOnWriteArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < asking; i++) {
                pool.submit(() -> statuses.add(key.post("/v1/messages", one).status()));
            }
        }
        assertEquals(asking, statuses.stream().filter(s -> s == 202 || s == 429).count(),
                statuses.toString());
        return statuses.stream().filter(s -> s == 202).count();
    }
}
