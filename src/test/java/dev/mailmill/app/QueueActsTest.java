package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.smtp.SinkServer.Fault;
import dev.mailmill.smtp.SinkServer.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail that waits is counted, then acted on by whom it concerns. */
class QueueActsTest {
    private static String send(Lab lab, String to) {
        return lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to
                + "\"],\"subject\":\"s\",\"text\":\"x\",\"stream\":\"bulk\"}");
    }

    private static void pause(Lab lab) {
        Lab.expect(201, lab.api(lab.mill().operatorToken()).post("/v1/queue/pause",
                "{\"all\":true,\"reason\":\"a look\"}"));
    }

    private static String paused(Lab lab, String to) {
        String id = send(lab, to);
        Lab.await(() -> why(lab, id).equals("paused"), () -> why(lab, id));
        return id;
    }

    private static String why(Lab lab, String id) {
        return Lab.expect(200, lab.api().get("/v1/messages/" + id + "/why")).path("recipients")
                .get(0).path("constraint").asString();
    }

    private static String words(Lab lab, String id) {
        return Lab.expect(200, lab.api().get("/v1/messages/" + id + "/why")).path("recipients")
                .get(0).path("words").asString();
    }

    /** Somebody whom the owner lets in. */
    static Visitor somebody(Visitor owner, String email, String role) {
        String page = owner.submit("/settings/people", "email", email, "role", role).text();
        String token = page.replaceAll("(?s).*welcome\\?token=([a-z2-7]{52}).*", "$1");
        Visitor in = new Visitor(owner.lab());
        assertEquals(303, in.post("/welcome", "token", token, "password",
                "a password of theirs").status());
        return in;
    }

    /** The same, of another account. */
    static Visitor stranger(Visitor owner) {
        Visitor eve = somebody(owner, "eve@elsewhere.test", "admin");
        long other = owner.lab().mill().accounts().makeTenant("elsewhere").orElseThrow();
        owner.lab().store().write(h -> h.execute("UPDATE person SET tenant = ? WHERE role ="
                + " 'admin'", other));
        return eve;
    }

    private static String follow(Visitor visitor, Reply reply) {
        assertEquals(303, reply.status(), reply.text());
        return visitor.get(reply.header("Location").orElseThrow()).text();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsConfirmedIsCancelledOrBouncedAndTheRestStays(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            lab.dns().mx("gone.test", "10 mx.gone.test").mx("other.test", "10 mx.other.test")
                    .mx("workspace.test", "10 aspmx.l.google.com");
            pause(lab);
            List<String> gone = List.of(paused(lab, "a@gone.test"), paused(lab, "b@gone.test"),
                    paused(lab, "c@gone.test"));
            String stays = paused(lab, "a@other.test");
            String hosted = paused(lab, "a@workspace.test");

            String asked = ann.get("/queue/act?act=cancel&domain=Gone.test").text();
            assertTrue(asked.contains("This would cancel 3 deliveries to gone.test."), asked);
            assertTrue(ann.get("/queue/act?act=cancel&domain=gone.test&state=queued").text()
                    .contains("3 deliveries that are queued to gone.test"));
            assertTrue(ann.get("/queue/act?act=cancel&domain=gone.test&state=deferred").text()
                    .contains("Nothing fits"));
            assertTrue(ann.get("/queue/act?act=cancel&stream=bulk").text()
                    .contains("5 deliveries of the stream bulk"));
            assertTrue(ann.get("/queue/act?act=bounce&provider=google").text()
                    .contains("1 delivery at google"));
            assertEquals(403, ann.post("/queue/act", "act", "cancel", "domain", "gone.test")
                    .status(), "without the session's token");
            assertEquals(List.of("queued"), lab.states(gone.getFirst()), "nothing by looking");

            String told = follow(ann, ann.submit("/queue/act", "act", "cancel", "domain",
                    "gone.test"));
            assertTrue(told.contains("3 deliveries to gone.test are cancelled."), told);
            gone.forEach(id -> assertEquals(List.of("cancelled"), lab.states(id)));
            assertEquals(List.of("queued"), lab.states(stays));

            Reply unsaid = ann.submit("/queue/act", "act", "bounce", "provider", "google");
            assertEquals(422, unsaid.status());
            assertTrue(unsaid.text().contains("Say why"), unsaid.text());
            told = follow(ann, ann.submit("/queue/act", "act", "bounce", "provider", "google",
                    "reason", "moved away"));
            assertTrue(told.contains("1 delivery at google is bounced."), told);
            assertTrue(lab.events(hosted).toString().contains("moved away"));
            assertTrue(words(lab, hosted).startsWith("Ended by the operator: moved away."),
                    words(lab, hosted));
            assertEquals(List.of("queued"), lab.states(stays));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWaitsForItsNextTryIsTriedAndARefusalSentAgainOnce(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            lab.theirs("slow.test");
            lab.theirs("strict.test");
            lab.sink().answers(line -> line.startsWith("RCPT") ? "450 4.2.1 not now" : null);
            String id = send(lab, "a@slow.test");
            lab.awaitState(id, "deferred");
            lab.sink().heal();
            String later = lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":"
                    + "[\"b@slow.test\"],\"subject\":\"s\",\"text\":\"x\",\"send_at\":\""
                    + lab.clock().instant().plusSeconds(3600) + "\"}");
            String asked = ann.get("/queue/act?act=flush&domain=slow.test").text();
            assertTrue(asked.contains("This would try 1 delivery to slow.test now."), asked);
            assertEquals(List.of("deferred"), lab.states(id));
            assertTrue(follow(ann, ann.submit("/queue/act", "act", "flush", "domain",
                    "slow.test")).contains("1 delivery to slow.test is tried now."));
            lab.awaitState(id, "delivered");
            assertEquals(List.of("scheduled"), lab.states(later), "its sender wants it later");

            lab.sink().answers(line -> line.equals(".") ? "550 5.7.26 no DMARC record" : null);
            String refused = send(lab, "a@strict.test");
            lab.awaitState(refused, "bounced");
            lab.sink().heal();
            // the journal is read as far as no transaction is open before it
            Lab.await(() -> ann.get("/queue/act?act=requeue&domain=strict.test").text()
                    .contains("This would send up to 1 refused deliver"), () -> "not seen");
            String[] again = {"act", "requeue", "domain", "strict.test"};
            assertTrue(follow(ann, ann.submit("/queue/act", again))
                    .contains("1 delivery to strict.test is sent again."));
            Lab.await(() -> lab.sink().received().stream().anyMatch(m ->
                    m.rcpts().toString().contains("strict.test")), () -> "nothing came");
            assertTrue(follow(ann, ann.submit("/queue/act", again))
                    .contains("No deliveries to strict.test are sent again."));
        }
    }

    /** Which servers a domain has is remembered for an hour; mail can lie in memory for longer. */
    @Test
    void whatLiesInMemoryIsCancelledByItsSiteAlsoWhenTheSiteIsOld() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("slow.test");
            lab.sink().fault(Stage.BANNER, Fault.STALL);
            List<String> all = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                all.add(send(lab, "a" + i + "@slow.test"));
            }
            Lab.await(() -> lab.sink().open() > 0, () -> "nobody called");
            lab.clock().advance(Duration.ofMinutes(61));
            JsonNode counted = Lab.expect(200, lab.api(lab.mill().operatorToken())
                    .post("/v1/queue/cancel", "{\"provider\":\"other\",\"dry_run\":true}"));
            assertEquals(30, counted.path("count").asInt(), counted.toString());
            assertTrue(all.stream().noneMatch(id -> lab.states(id).contains("cancelled")));
            JsonNode told = Lab.expect(200, lab.api(lab.mill().operatorToken())
                    .post("/v1/queue/cancel", "{\"provider\":\"other\"}"));
            assertEquals(422, lab.api(lab.mill().operatorToken()).post("/v1/queue/cancel",
                    "{\"site\":\"exit:relay\"}").status(), "it would find nothing");
            lab.sink().heal();
            long cancelled = all.stream().filter(id -> lab.states(id).contains("cancelled"))
                    .count();
            assertTrue(cancelled >= 20, cancelled + " of " + all.size() + ": " + told);
        }
    }

    @Test
    void anotherAccountsMailIsOutOfReachAndAViewerOnlyLooks() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            lab.dns().mx("there.test", "10 mx.there.test");
            pause(lab);
            String id = paused(lab, "a@there.test");
            Visitor vic = somebody(ann, "vic@example.org", "viewer");
            String seen = vic.get("/queue/act?act=cancel&domain=there.test").text();
            assertTrue(seen.contains("1 delivery to there.test"), seen);
            assertFalse(seen.contains("action=\"/queue/act\""), "no button");
            assertEquals(403, vic.submit("/queue/act", "act", "cancel", "domain", "there.test")
                    .status());

            Visitor eve = stranger(ann);
            assertFalse(eve.get("/queue").text().contains("name=\"whose\""));
            assertTrue(eve.get("/queue/act?act=cancel&domain=there.test").text()
                    .contains("Nothing fits"));
            for (String act : List.of("cancel", "bounce", "flush", "requeue")) {
                assertEquals(422, eve.submit("/queue/act", "act", act, "whose", "all", "domain",
                        "there.test", "reason", "x").status(), act);
                assertTrue(follow(eve, eve.submit("/queue/act", "act", act, "domain",
                        "there.test", "reason", "x")).contains("No deliveries"), act);
            }
            for (String[] wrong : new String[][] {{"stream", "none"}, {"provider", "none"},
                {"state", "delivered"}, {"domain", ""}}) {
                assertEquals(422, ann.submit("/queue/act", "act", "cancel", wrong[0], wrong[1])
                        .status(), wrong[0]);
            }
            assertEquals(404, ann.submit("/queue/act", "act", "drop", "domain", "there.test")
                    .status());
            assertEquals(List.of("queued"), lab.states(id));
            assertTrue(follow(ann, ann.submit("/queue/act", "act", "cancel", "whose", "all",
                    "domain", "there.test")).contains("1 delivery to there.test, whoever"));
        }
    }
}
