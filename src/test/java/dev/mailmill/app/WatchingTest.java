package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.EventStream;
import dev.mailmill.http.WebClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a program can see of mail: lists, a message, what was said, and all of it live. */
@ParameterizedClass
@EnumSource
class WatchingTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("theirs.test");
    }

    @BeforeEach
    void theSinkBehaves() {
        lab.sink().heal();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    @Test
    void whatBothDoorsTookIsFoundByEachOfItsMarks() {
        String id = lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"Zoe@theirs.test\","
                + "\"yan@theirs.test\"],\"subject\":\"Rechnung Nr. 7\",\"text\":\"x\","
                + "\"tags\":[\"zinc\"]}");
        lab.awaitState(id, "delivered");
        JsonNode found = awaitRows("recipient=zoe@&state=delivered", 1).getFirst();
        assertEquals(id, found.path("id").asString());
        assertEquals("zoe@theirs.test", found.path("recipient").asString());
        assertEquals(2, found.path("recipients").asInt());
        assertEquals("api", found.path("door").asString());
        assertEquals("Rechnung Nr. 7", found.path("subject").asString());
        assertEquals("zinc", found.path("tags").get(0).asString());
        assertEquals(250, found.path("reply").path("code").asInt());
        assertEquals(1, found.path("attempts").asInt());
        for (String filter : List.of("id=" + id, "tag=zinc", "subject=rechnung+7",
                "recipient=ya&tag=zinc", "domain=theirs.test&tag=zinc&door=api&state=delivered"
                + "&stream=transactional&since=2020-01-01T00:00:00Z")) {
            assertFalse(rows(filter).isEmpty(), filter);
            assertTrue(rows(filter).stream().allMatch(r -> r.path("id").asString().equals(id)),
                    filter);
        }
        JsonNode page = lab.api().get("/v1/messages?id=" + id + "&limit=1").json();
        assertEquals("yan@theirs.test", page.path("data").get(0).path("recipient").asString());
        JsonNode next = lab.api().get("/v1/messages?id=" + id + "&limit=1&after="
                + page.path("next").asString()).json();
        assertEquals("zoe@theirs.test", next.path("data").get(0).path("recipient").asString());
        assertTrue(next.path("next").isNull());
        lab.smtp().send("ann@" + Lab.OURS, "xaver@theirs.test",
                "Subject: Hallo\r\nFrom: ann@" + Lab.OURS + "\r\n\r\nx\r\n");
        assertEquals("smtp", awaitRows("recipient=xaver@theirs.test", 1).getFirst().path("door")
                .asString());
    }

    private static List<JsonNode> rows(String filter) {
        return Lab.expect(200, lab.api().get("/v1/messages?" + filter)).path("data").valueStream()
                .toList();
    }

    /** The list follows the facts, soon. */
    private static List<JsonNode> awaitRows(String filter, int n) {
        Lab.await(() -> rows(filter).size() == n, () -> filter + " finds " + rows(filter));
        return rows(filter);
    }

    @Test
    void aMessageTellsAllThatIsKnownOfIt() {
        lab.sink().answers(c -> c.startsWith("RCPT") ? "450 4.2.0 Greylisted" : null);
        String id = lab.post("{\"from\":\"Ann <ann@" + Lab.OURS + ">\",\"to\":\"bob@theirs.test\","
                + "\"subject\":\"Hi\",\"text\":\"x\",\"tags\":[\"t\"],\"metadata\":{\"a\":\"b\"}}");
        lab.awaitEvent(id, "deferred", 1);
        JsonNode m = lab.message(id);
        assertEquals("ann@" + Lab.OURS, m.path("from").asString());
        assertEquals("admin", m.path("credential").asString());
        assertEquals("b", m.path("metadata").path("a").asString());
        JsonNode to = m.path("recipients").get(0);
        assertEquals("deferred", to.path("state").asString());
        assertEquals(1, to.path("attempts").asInt());
        assertEquals("Greylisted", to.path("reply").path("text").asString());
        assertFalse(to.path("changed_at").isNull());
        assertFalse(to.path("next_attempt_at").isNull());
    }

    @Test
    void theConversationOfAFailureIsKeptWithItsTimes() {
        lab.sink().answers(c -> c.startsWith("RCPT") ? "550 5.1.1 Nobody <here>" : null);
        String id = lab.write("nobody@theirs.test");
        lab.awaitState(id, "bounced");
        JsonNode all = Lab.expect(200, lab.api().get("/v1/messages/" + id + "/conversations"))
                .path("data");
        assertEquals(1, all.size());
        JsonNode one = all.get(0);
        assertEquals("nobody@theirs.test", one.path("recipient").asString());
        assertEquals(1, one.path("attempt").asInt());
        List<String> said = one.path("lines").valueStream().map(l -> l.path("from").asString()
                + " " + l.path("text").asString()).toList();
        assertTrue(said.contains("server 550 5.1.1 Nobody <here>"), said.toString());
        assertTrue(said.contains("client RCPT TO:<nobody@theirs.test>"), said.toString());
        List<String> phases = one.path("phases").valueStream().map(p -> p.path("name").asString())
                .toList();
        assertTrue(phases.containsAll(List.of("mail", "rcpt")), phases.toString());
        one.path("phases").forEach(p -> assertTrue(p.path("ms").asLong() >= 0));
        assertEquals(404, lab.api().get("/v1/messages/msg_0000000000000/conversations").status());
    }

    @Test
    void eventsComeAsTheyHappenAndALineThatBreaksLosesAndRepeatsNothing() {
        lab.awaitState(lab.write("early@theirs.test"), "delivered");
        List<String> heard = new ArrayList<>();
        String first;
        try (EventStream live = EventStream.open(lab.api(), "/v1/events")) {
            first = lab.write("a@theirs.test");
            EventStream.Event accepted = live.next().orElseThrow();
            assertEquals("email.accepted", accepted.type());
            assertEquals(first, accepted.data().path("message_id").asString());
            assertEquals(accepted.id(), accepted.data().path("id").asString());
            heard.add(accepted.id());
        }
        // What happens while nobody listens, and what happens after.
        lab.awaitState(first, "delivered");
        try (EventStream again = EventStream.open(lab.api(), "/v1/events", "Last-Event-ID",
                heard.getLast())) {
            String second = lab.write("b@theirs.test");
            while (heard.size() < 4) {
                heard.add(again.next().orElseThrow().id());
            }
            lab.awaitState(second, "delivered");
        }
        List<String> written = new ArrayList<>();
        lab.api().get("/v1/events?limit=1000").json().path("data")
                .forEach(e -> written.add(e.path("id").asString()));
        int begun = written.indexOf(heard.getFirst());
        assertEquals(written.subList(begun, begun + 4), heard);
    }

    @Test
    void aMessagesStreamBeginsAtItsBeginningAndHearsNoOther() {
        lab.sink().answers(c -> c.startsWith("RCPT") ? "450 4.2.0 Greylisted" : null);
        String id = lab.write("grey@theirs.test");
        lab.awaitEvent(id, "deferred", 1);
        lab.sink().heal();
        lab.awaitState(lab.write("somebody-else@theirs.test"), "delivered");
        String path = "/v1/messages/" + id + "/events";
        try (EventStream live = EventStream.open(lab.api(), path);
                EventStream some = EventStream.open(lab.api(),
                        path + "?type=email.delivered,email.bounced")) {
            assertEquals("email.accepted", live.next().orElseThrow().type());
            assertEquals("email.deferred", live.next().orElseThrow().type());
            lab.clock().advance(Duration.ofMinutes(2));
            assertEquals("email.delivered", live.next().orElseThrow().type());
            assertEquals("email.delivered", some.next().orElseThrow().type());
        }
    }

    @Test
    void aRevokedKeyAndAStopEndTheStream() {
        JsonNode key = Lab.expect(201, lab.api().post("/v1/keys",
                "{\"name\":\"r\",\"scopes\":[\"read\"]}"));
        try (WebClient reader = lab.api(key.path("secret").asString());
                EventStream revoked = EventStream.open(reader, "/v1/events");
                EventStream stopped = EventStream.open(lab.api(), "/v1/events")) {
            assertEquals(204, lab.api().delete("/v1/keys/" + key.path("id").asString()).status());
            assertEquals(Optional.empty(), revoked.next());
            long began = System.nanoTime();
            CompletableFuture<Void> stop = CompletableFuture.runAsync(lab::stop);
            assertEquals(Optional.empty(), stopped.next());
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(5));
            stop.join();
        } finally {
            lab.start();
        }
    }
}
