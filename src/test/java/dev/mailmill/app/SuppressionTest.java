package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import dev.mailmill.http.WebClient;
import dev.mailmill.sql.Postgres;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail stops for who is not there, who complained and who unsubscribed, and for nobody else. */
@ParameterizedClass
@EnumSource
class SuppressionTest {
    private static final int LETTERS = Whole.of(1_000, 400);
    /** So that most of them still wait after the second in which some may leave. */
    private static final int LETTER_MILLIS = Whole.of(60, 150);

    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
    }

    @BeforeEach
    void theSinkBehaves() {
        lab.sink().heal();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static String letter(String to, String stream) {
        return "{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to
                + "\"],\"subject\":\"s\",\"text\":\"x\",\"stream\":\"" + stream + "\"}";
    }

    private static JsonNode suppress(int status, String body) {
        return Lab.expect(status, lab.api().post("/v1/suppressions", body));
    }

    private static JsonNode of(String address) {
        return Lab.expect(200, lab.api().get("/v1/suppressions/" + address));
    }

    private static void awaitSuppressed(String address) {
        Lab.await(() -> lab.api().get("/v1/suppressions/" + address).status() == 200,
                () -> address + " never got on the list");
    }

    @Test
    void who_is_not_there_bounces_once_and_is_told_as_suppressed_from_then_on() {
        lab.sink().answers(l -> l.startsWith("RCPT") ? "550 5.1.1 no <gone> here" : null);
        String first = lab.post(letter("gone@there.test", "transactional"));
        lab.awaitState(first, "bounced");
        awaitSuppressed("gone@there.test");
        // a node's memory is as far as the store within a second
        JsonNode[] answer = new JsonNode[1];
        Lab.await(() -> {
            answer[0] = Lab.expect(202, lab.api().post("/v1/messages",
                    letter("Gone@There.test", "bulk")));
            return answer[0].at("/recipients/0/state").asString().equals("suppressed");
        }, () -> "it is not told at once: " + answer[0]);
        String second = answer[0].path("id").asString();
        assertEquals(List.of("accepted", "suppressed"), lab.told(second));
        assertEquals("bounce: there is no such mailbox, since "
                + lab.clock().instant().toString().substring(0, 10),
                lab.awaitEvent(second, "suppressed", 1).path("reason").asString());
        JsonNode entry = of("gone@there.test").path("data").get(0);
        assertEquals("all bounce mailbox_unknown 550 5.1.1 no <gone> here in session",
                String.join(" ", entry.path("scope").asString(),
                        entry.path("reason").asString(), entry.path("cause").asString(),
                        entry.path("said").asString(), entry.path("author").asString()));
        assertTrue(entry.path("delivery").asString().startsWith("dlv_"), entry.toString());
    }

    @Test
    void a_block_and_a_simulated_bounce_suppress_nobody() {
        lab.sink().answers(l -> l.startsWith("RCPT") ? "550 5.7.1 you are blocked" : null);
        lab.awaitState(lab.post(letter("blocked@there.test", "bulk")), "bounced");
        lab.awaitState(lab.post(letter("bounce@simulator.mailmill.test", "bulk")), "bounced");
        // the journal is read in its order: what comes after is noted after
        lab.sink().answers(l -> l.startsWith("RCPT") ? "550 5.1.1 nobody" : null);
        lab.awaitState(lab.post(letter("after@there.test", "bulk")), "bounced");
        awaitSuppressed("after@there.test");
        for (String a : List.of("blocked@there.test", "bounce@simulator.mailmill.test")) {
            assertEquals(404, lab.api().get("/v1/suppressions/" + a).status(), a);
        }
    }

    @Test
    void what_waits_in_a_paused_queue_is_not_sent_after_an_unsubscribe() {
        JsonNode pause = Lab.expect(201, lab.api(lab.mill().operatorToken()).post(
                "/v1/queue/pause", "{\"stream\":\"bulk\",\"reason\":\"until later\"}"));
        String leaver = lab.post(letter("leaver@there.test", "bulk"));
        String stayer = lab.post(letter("stayer@there.test", "bulk"));
        String receipt = lab.post(letter("leaver@there.test", "transactional"));
        suppress(201, "{\"address\":\"leaver@there.test\",\"reason\":\"unsubscribe\"}");
        Lab.expect(200, lab.api(lab.mill().operatorToken()).post("/v1/queue/resume",
                "{\"id\":" + pause.path("id").asInt() + "}"));
        lab.awaitState(stayer, "delivered");
        lab.awaitState(receipt, "delivered");
        assertEquals(List.of("accepted", "suppressed"), lab.awaitState(leaver, "suppressed"));
    }

    @Test
    void of_a_queue_that_runs_nothing_is_sent_a_second_after_an_unsubscribe() {
        queueThatRuns(lab, lab, "runner@there.test");
    }

    @Test
    void nor_where_another_node_was_told() {
        if (engine == Lab.Engine.SQLITE) {
            return; // one process
        }
        Map<Setting, String> shared = Map.of(Setting.DATABASE, Postgres.database(),
                Setting.MASTER_KEY, Base64.getEncoder().encodeToString(new byte[32]));
        try (Lab sends = Lab.prepared(shared).start();
                Lab told = Lab.prepared(shared).with(Setting.DELIVERY, "hold").start()) {
            sends.own(Lab.OURS);
            sends.theirs("there.test");
            queueThatRuns(sends, told, "runner@there.test");
        }
    }

    @Test
    void nor_is_what_has_begun_finished() throws Exception {
        CountDownLatch data = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        lab.sink().answers(line -> {
            if (line.startsWith("RCPT TO:<slow@")) {
                data.countDown();
                await(go);
            }
            return null;
        });
        String id = lab.post(letter("slow@there.test", "bulk"));
        assertTrue(data.await(10, TimeUnit.SECONDS), "it has begun");
        suppress(201, "{\"address\":\"slow@there.test\",\"reason\":\"unsubscribe\"}");
        go.countDown();
        assertEquals(List.of("accepted", "suppressed"), lab.awaitState(id, "suppressed"));
        assertEquals(0, got(lab, "slow@there.test"));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Letters to one person are under way when the person has had enough; most are still here. */
    private static void queueThatRuns(Lab sends, Lab told, String to) {
        sends.sink().answers(line -> {
            if (line.startsWith("MAIL")) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LETTER_MILLIS));
            }
            return null;
        });
        StringBuilder batch = new StringBuilder("[");
        for (int i = 0; i < LETTERS; i++) {
            batch.append(i == 0 ? "" : ",").append(letter(to, "bulk"));
        }
        JsonNode accepted = Lab.expect(202, sends.api().post("/v1/messages/batch",
                batch.append("]").toString()));
        assertEquals(LETTERS, accepted.path("data").size(), accepted.toString().substring(0, 200));
        Lab.await(() -> got(sends, to) >= 20, () -> "only " + got(sends, to) + " came");
        Lab.expect(201, told.api().post("/v1/suppressions", "{\"address\":\"" + to
                + "\",\"reason\":\"unsubscribe\"}"));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        long then = got(sends, to);
        Map<String, Integer> states = new HashMap<>();
        for (JsonNode m : accepted.path("data")) {
            String id = m.path("id").asString();
            Lab.await(() -> !List.of("queued", "deferred").contains(sends.states(id).getFirst()),
                    () -> id + " is " + sends.states(id));
            states.merge(sends.states(id).getFirst(), 1, Integer::sum);
        }
        assertEquals(then, got(sends, to), "sent later than a second after: " + states);
        assertEquals(LETTERS, states.getOrDefault("delivered", 0)
                + states.getOrDefault("suppressed", 0), states.toString());
        assertEquals(then, (long) states.get("delivered"));
        assertTrue(states.get("suppressed") > 100, "most of it waited: " + states);
    }

    private static long got(Lab at, String to) {
        return at.sink().received().stream().filter(m -> m.rcpts().toString().contains(to))
                .count();
    }

    @Test
    void a_list_is_kept_by_hand() {
        suppress(201, "{\"address\":\"Hand@there.test\",\"note\":\"asked by phone\"}");
        suppress(200, "{\"address\":\"hand@there.test\",\"note\":\"again\"}");
        JsonNode listed = Lab.expect(200, lab.api().get(
                "/v1/suppressions?reason=manual&address=hand@there.test")).path("data");
        assertEquals(1, listed.size());
        assertEquals("asked by phone", listed.get(0).path("said").asString());
        suppress(422, "{\"address\":\"no address\"}");
        suppress(422, "{\"address\":\"a@b.test\",\"reason\":\"because\"}");
        suppress(422, "{\"address\":\"a@b.test\",\"scope\":\"stream\"}");
        suppress(422, "{\"address\":\"a@b.test\",\"stream\":\"none\"}");
        assertEquals(422, lab.api().get("/v1/suppressions?resaon=manual").status());
        assertEquals(422, lab.api().delete("/v1/suppressions/hand@there.test").status());
        JsonNode gone = Lab.expect(200, lab.api().delete(
                "/v1/suppressions/hand@there.test?why=called+back"));
        assertEquals(1, gone.path("removed").asInt());
        assertEquals("called back", gone.at("/data/0/removed_because").asString());
        assertEquals(404, lab.api().delete(
                "/v1/suppressions/hand@there.test?why=once+more").status());
        assertFalse(of("hand@there.test").path("suppressed").asBoolean());
    }

    @Test
    void a_complaint_is_taken_back_by_who_complained_only() {
        suppress(201, "{\"address\":\"angry@there.test\",\"reason\":\"complaint\"}");
        suppress(201, "{\"address\":\"angry@there.test\",\"reason\":\"bounce\"}");
        WebClient.Reply no = lab.api().delete("/v1/suppressions/angry@there.test?why=sales");
        assertEquals(409, no.status(), no.text());
        assertTrue(no.text().contains("only the recipient"), no.text());
        assertTrue(of("angry@there.test").path("data").valueStream()
                .allMatch(e -> e.path("removed_at").isNull()), "nothing was removed");
        assertEquals(200, lab.api().delete("/v1/suppressions/angry@there.test?why=typo"
                + "&reason=bounce").status());
        assertTrue(of("angry@there.test").path("suppressed").asBoolean());
        assertEquals(200, lab.api().delete("/v1/suppressions/angry@there.test?consent="
                + "form+of+today").status());
        assertFalse(of("angry@there.test").path("suppressed").asBoolean());
    }

    @Test
    void the_operators_word_is_the_operators_alone() {
        String key = Lab.expect(201, lab.api().post("/v1/keys",
                "{\"scopes\":[\"admin\",\"read\",\"send\"]}")).path("secret").asString();
        String word = "{\"address\":\"everyone@there.test\",\"everywhere\":true,"
                + "\"note\":\"a court's order\"}";
        try (WebClient account = lab.api(key)) {
            assertEquals(403, account.post("/v1/suppressions", word).status());
            assertEquals(403, account.get("/v1/suppressions?everywhere=true").status());
            suppress(201, word);
            JsonNode seen = Lab.expect(200, account.get("/v1/suppressions/everyone@there.test"))
                    .path("data").get(0);
            assertEquals("operator", seen.path("reason").asString());
            assertTrue(seen.path("said").isNull(), "and the note is not for accounts");
            assertEquals(404, account.delete("/v1/suppressions/everyone@there.test?why=x")
                    .status());
            assertEquals(List.of("suppressed"), lab.states(Lab.expect(202, account.post(
                    "/v1/messages", letter("everyone@there.test", "transactional")))
                    .path("id").asString()));
        }
    }

    @Test
    void a_list_goes_out_and_comes_in_again() {
        suppress(201, "{\"address\":\"+one@there.test\",\"note\":\"=1+1\"}");
        String table = lab.api().get("/v1/suppressions/export").text();
        assertTrue(table.contains("'+one@there.test,all,,manual,asked,'=1+1,"), table);
        assertEquals(200, lab.api().delete("/v1/suppressions/+one@there.test?why=test")
                .status());
        lab.clock().advance(Duration.ofSeconds(1));
        WebClient.Reply reply = lab.api().post("/v1/suppressions/import", table,
                "Content-Type", "text/csv");
        JsonNode result = Lab.expect(200, reply);
        assertEquals("mailmill", result.path("format").asString());
        assertEquals(0, result.path("wrong").asInt(), result.toString());
        assertEquals(422, lab.api().post("/v1/suppressions/import",
                "email,reason,status,created\na@b.test,x,5.1.1,1\n", "Content-Type", "text/csv")
                .status(), "bounces and blocks look the same");
    }

    @Test
    void an_erased_address_is_still_not_mailed() {
        suppress(201, "{\"address\":\"forget@there.test\",\"reason\":\"complaint\"}");
        Lab.expect(200, lab.api().delete("/v1/suppressions/forget@there.test?why=wrote"
                + "&consent=Dan+wrote+from+dan@there.test"));
        suppress(201, "{\"address\":\"forget@there.test\",\"reason\":\"complaint\"}");
        Lab.expect(200, lab.api().post("/v1/suppressions/forget@there.test/erase", ""));
        JsonNode kept = of("forget@there.test");
        assertTrue(kept.at("/data/0/address").isNull());
        assertFalse(kept.toString().contains("Dan"), kept.toString());
        assertEquals(List.of("suppressed"),
                lab.states(lab.post(letter("forget@there.test", "bulk"))));
    }

    @Test
    void a_page_erases_only_what_is_written_twice() {
        suppress(201, "{\"address\":\"twice@there.test\",\"note\":\"by phone\"}");
        Visitor ann = Visitor.owner(lab);
        assertEquals(422, ann.submit("/suppressions/erase", "address", "twice@there.test",
                "again", "other@there.test").status());
        assertEquals("twice@there.test", of("twice@there.test").at("/data/0/address").asString());

        assertEquals(303, ann.submit("/suppressions/erase", "address", "twice@there.test",
                "again", " Twice@there.test").status());

        assertTrue(of("twice@there.test").at("/data/0/address").isNull());
        assertFalse(ann.get("/suppressions").text().contains("twice@"));
        assertEquals(List.of("suppressed"),
                lab.states(lab.post(letter("twice@there.test", "bulk"))));
    }
}
