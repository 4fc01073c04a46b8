package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** An operator looks at the queue, and has a word in it. */
@ParameterizedClass
@EnumSource
class QueueTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        for (String domain : List.of("paused.test", "slow.test", "gone.test", "other.test",
                "strict.test", "rests.test")) {
            lab.theirs(domain);
        }
    }

    @BeforeEach
    void theSinkBehaves() {
        lab.sink().heal();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static WebClient operator() {
        return lab.api(lab.mill().operatorToken());
    }

    private static JsonNode act(int status, String act, String body) {
        return Lab.expect(status, operator().post("/v1/queue/" + act, body));
    }

    private static String send(String to, String stream) {
        return lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to
                + "\"],\"subject\":\"s\",\"text\":\"x\",\"stream\":\"" + stream + "\"}");
    }

    private static String why(String id) {
        return Lab.expect(200, lab.api().get("/v1/messages/" + id + "/why")).path("recipients")
                .get(0).path("constraint").asString();
    }

    @Test
    void a_paused_stream_waits_and_another_does_not() {
        JsonNode pause = act(201, "pause",
                "{\"stream\":\"bulk\",\"reason\":\"wrong prices\"}");
        String news = send("a@paused.test", "bulk");
        String reset = send("b@paused.test", "transactional");
        lab.awaitState(reset, "delivered");
        assertEquals(List.of("queued"), lab.states(news));
        JsonNode why = Lab.expect(200, lab.api().get("/v1/messages/" + news + "/why"))
                .path("recipients").get(0);
        assertEquals("paused", why.path("constraint").asString(), why.toString());
        assertTrue(why.path("words").asString().contains("wrong prices"), why.toString());
        JsonNode queue = Lab.expect(200, operator().get("/v1/queue"));
        assertEquals("bulk", queue.path("pauses").get(0).path("stream").asString());
        assertTrue(queue.path("streams").valueStream().anyMatch(s -> s.path("stream").asString()
                .equals("transactional") && s.path("wait_ms_p99").asInt() > 0), queue.toString());

        act(200, "resume", "{\"id\":" + pause.path("id").asInt() + "}");
        lab.awaitState(news, "delivered");
        act(404, "resume", "{\"id\":" + pause.path("id").asInt() + "}");
    }

    @Test
    void flush_tries_now_what_would_be_tried_later() {
        lab.sink().answers(line -> line.startsWith("RCPT") ? "450 4.2.1 not now" : null);
        String id = send("a@slow.test", "bulk");
        lab.awaitState(id, "deferred");
        assertEquals("next_try", why(id));
        lab.sink().heal();
        assertEquals(1, act(200, "flush", "{\"domain\":\"slow.test\"}").path("done").asInt());
        lab.awaitState(id, "delivered");
    }

    @Test
    void flush_opens_a_lane_that_rests() {
        int before = firstAttempts();
        lab.sink().answers(line -> line.isEmpty() ? "421 4.3.2 shutting down" : null);
        String id = send("a@slow.test", "transactional");
        lab.awaitState(id, "deferred");
        assertEquals("lane", why(id));
        lab.sink().heal();
        act(200, "flush", "{\"domain\":\"slow.test\"}");
        lab.awaitState(id, "delivered");
        assertEquals(before + 1, firstAttempts(), "it was begun once, though none was spent");
    }

    @Test
    void flush_of_a_domain_leaves_other_lanes_at_rest() {
        lab.sink().answers(line -> line.isEmpty() ? "421 4.3.2 shutting down" : null);
        String id = send("a@rests.test", "transactional");
        lab.awaitState(id, "deferred");
        lab.sink().heal();
        act(200, "flush", "{\"domain\":\"other.test\"}");
        assertEquals("lane", why(id));
        act(200, "flush", "{\"domain\":\"rests.test\"}");
        lab.awaitState(id, "delivered");
    }

    private static int firstAttempts() {
        return Lab.expect(200, operator().get("/v1/queue")).path("streams").valueStream()
                .filter(s -> s.path("stream").asString().equals("transactional"))
                .mapToInt(s -> s.path("first_attempts").asInt()).sum();
    }

    @Test
    void what_waits_is_cancelled_or_bounced_by_kind_and_the_rest_stays() {
        act(422, "cancel", "{}");
        JsonNode pause = act(201, "pause", "{\"all\":true,\"reason\":\"a look\",\"for\":\"1h\"}");
        String gone = send("a@gone.test", "bulk");
        String stays = send("a@other.test", "bulk");
        Lab.await(() -> why(gone).equals("paused"), () -> why(gone));
        assertEquals(1, act(200, "cancel", "{\"domain\":\"gone.test\"}").path("done").asInt());
        assertEquals(List.of("cancelled"), lab.states(gone));
        assertEquals(List.of("queued"), lab.states(stays));
        String ends = send("b@gone.test", "transactional");
        assertEquals(1, act(200, "bounce", "{\"domain\":\"gone.test\",\"reason\":\"given up\"}")
                .path("done").asInt());
        assertEquals(List.of("bounced"), lab.states(ends));
        assertTrue(lab.events(ends).toString().contains("given up"));
        // it ends by itself too
        lab.clock().advance(Duration.ofHours(1).plusSeconds(1));
        lab.awaitState(stays, "delivered");
        act(200, "resume", "{\"id\":" + pause.path("id").asInt() + "}");
    }

    @Test
    void a_policy_refusal_is_sent_again_once() {
        lab.sink().answers(line -> line.equals(".") ? "550 5.7.26 no DMARC record" : null);
        String id = send("a@strict.test", "bulk");
        lab.awaitState(id, "bounced");
        lab.sink().heal();
        JsonNode done = act(200, "requeue", "{\"domain\":\"strict.test\"}");
        assertEquals(1, done.path("done").asInt(), done.toString());
        Lab.await(() -> lab.sink().received().stream().filter(m ->
                m.rcpts().toString().contains("strict.test")).count() == 1, () -> "nothing came");
        act(200, "requeue", "{\"domain\":\"strict.test\"}");
        String after = send("b@strict.test", "bulk");
        lab.awaitState(after, "delivered");
        assertEquals(2, lab.sink().received().stream().filter(m ->
                m.rcpts().toString().contains("strict.test")).count(), "once and no more");
        assertEquals(List.of("bounced"), lab.states(id), "a final state is final");
    }
}
