package dev.mailmill.send;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.http.EventStream;
import dev.mailmill.http.WebClient;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who hears what on a stream of events, and what a list's filters refuse. */
class LiveEventsTest {
    private static final String HELLO = "{\"from\":\"ann@example.com\",\"to\":\"bob@example.org\","
            + "\"subject\":\"Hello\",\"text\":\"Hi\"}";

    private final SendLab lab = new SendLab();

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void oneTenantHearsNothingOfAnother() {
        try (EventStream ours = EventStream.open(lab.ours, "/v1/events");
                EventStream theirs = EventStream.open(lab.theirs, "/v1/events")) {
            String mine = post(lab.ours);
            String other = post(lab.theirs);
            assertEquals(mine, ours.next().orElseThrow().data().path("message_id").stringValue());
            assertEquals(other,
                    theirs.next().orElseThrow().data().path("message_id").stringValue());
            assertEquals(404, lab.theirs.get("/v1/messages/" + mine + "/events").status());
            assertEquals(404, lab.theirs.send(lab.theirs.request("/v1/messages/" + mine
                    + "/events").setHeader("Accept", "text/event-stream").GET()).status());
            assertEquals(404,
                    lab.theirs.get("/v1/messages/" + mine + "/conversations").status());
        }
    }

    @Test
    void aFilteredStreamHearsItsTypesOnly() {
        String id = post(lab.ours);
        try (EventStream some = EventStream.open(lab.ours,
                "/v1/events?type=email.bounced&after=0.0.0")) {
            lab.store.happen(Ids.parse("msg_", id), State.DEFERRED,
                    new Fact.Deferred(Reply.local("4.4.1", "later"), 1, SendLab.NOW));
            lab.store.happen(Ids.parse("msg_", id), State.BOUNCED,
                    new Fact.Bounced(Reply.local("5.1.2", "no"), 2, false));
            EventStream.Event heard = some.next().orElseThrow();
            assertEquals("email.bounced", heard.type());
            assertEquals("email.bounced", heard.data().path("type").stringValue());
        }
    }

    @Test
    void whoComesAgainWithOldNewsHearsTheRest() {
        for (int i = 0; i < 1_500; i++) {
            post(lab.ours);
        }
        try (EventStream live = EventStream.open(lab.ours, "/v1/events?after=0.0.0")) {
            String last = "";
            for (int i = 0; i < 700; i++) {
                last = live.next().orElseThrow().id();
            }
            try (EventStream again = EventStream.open(lab.ours, "/v1/events", "Last-Event-ID",
                    last)) {
                for (int i = 700; i < 1_500; i++) {
                    String next = again.next().orElseThrow().id();
                    assertEquals(live.next().orElseThrow().id(), next);
                }
                post(lab.ours);
                assertEquals(live.next().orElseThrow().id(), again.next().orElseThrow().id());
            }
        }
    }

    @Test
    void anIdThatIsNoneOfOursIsRefusedBeforeTheStreamBegins() {
        assertEquals(422, lab.ours.send(lab.ours.request("/v1/events")
                .setHeader("Accept", "text/event-stream").setHeader("Last-Event-ID", "17").GET())
                .status());
    }

    @Test
    void aFilterThatIsNotUnderstoodIsNamed() {
        for (String wrong : List.of("colour=red", "state=sent", "door=fax", "stream=none",
                "id=17", "since=yesterday", "until=2026-13-01T00:00:00Z", "recipient=",
                "tag=%0a", "template=none", "after=x", "limit=1001", "domain=..", "subject=%20")) {
            WebClient.Reply reply = lab.ours.get("/v1/messages?" + wrong);
            assertEquals(422, reply.status(), wrong);
            String name = wrong.substring(0, wrong.indexOf('='));
            assertEquals(List.of("query/" + name), reply.pointers(), wrong);
        }
        // Another tenant's stream is no stream.
        assertEquals(200, lab.ours.get("/v1/messages?stream=bulk").status());
        assertEquals(422, lab.theirs.get("/v1/messages?stream=bulk").status());
        assertEquals(403, lab.maySend.get("/v1/messages").status());
    }

    private static String post(WebClient who) {
        return who.post("/v1/messages", HELLO).json().path("id").stringValue();
    }
}
