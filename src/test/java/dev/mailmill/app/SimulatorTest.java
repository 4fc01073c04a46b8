package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Receivers of a domain that is nobody's: the whole way, without a network. */
class SimulatorTest {
    private static final String AT = "@simulator.mailmill.test";
    private static Lab lab;

    @BeforeAll
    static void start() {
        lab = Lab.direct(Lab.Engine.SQLITE);
    }

    @AfterAll
    static void stop() {
        assertEquals(0, lab.sink().connections(), "nobody was asked over the network");
        assertTrue(lab.dns().asked().stream().noneMatch(q -> q.contains("simulator")),
                lab.dns().asked().toString());
        lab.close();
    }

    @ParameterizedTest
    @CsvSource({
            "delivered,       delivered, 250, 2.0.0",
            "Delivered+tag,   delivered, 250, 2.0.0",
            "anybody,         delivered, 250, 2.0.0",
            "open-bot,        delivered, 250, 2.0.0",
            "bounce,          bounced,   550, 5.1.1",
            "bounce+1,        bounced,   550, 5.1.1",
            "full,            bounced,   552, 5.2.2",
            "outlook-5.7.515, bounced,   550, 5.7.515"})
    void aMailboxEndsMailAsItIsCalled(String local, String state, int code, String enhanced) {
        String id = lab.write(local + AT);

        assertEquals(List.of("accepted", state), lab.awaitState(id, state));
        JsonNode reply = lab.awaitEvent(id, state, 1).path("reply");
        assertEquals(code, reply.path("code").asInt());
        assertEquals(enhanced, reply.path("enhanced").asString());
        assertEquals("mx.simulator.mailmill.test", reply.path("host").asString());
    }

    @ParameterizedTest
    @CsvSource({"complain, complained", "late-bounce+7, bounced"})
    void somethingIsSaidOnceItHasArrived(String local, String later) {
        String id = lab.write(local + AT);

        lab.awaitEvent(id, later, 1);
        assertEquals(List.of("accepted", "delivered", later), lab.told(id));
        JsonNode why = Lab.expect(200, lab.api().get("/v1/messages/" + id + "/why"))
                .path("recipients").get(0);
        assertEquals("delivered", why.path("state").asString());
        assertTrue(why.path("words").asString().matches(".*Later: (The recipient called it spam|"
                + ".* It had said yes at first).*"), why.toString());
        assertEquals(List.of("delivered"), lab.states(id));
        assertEquals(404, lab.api().get("/v1/suppressions/" + local + AT).status(),
                "it is nobody's word");
    }

    @Test
    void aGreylistTakesTheSecondAttempt() {
        String id = lab.write("greylist" + AT);
        JsonNode deferred = lab.awaitEvent(id, "deferred", 1);

        assertEquals(451, deferred.path("reply").path("code").asInt());
        assertEquals(1, deferred.path("attempt").asInt());
        lab.clock().advance(Duration.ofMinutes(2));
        assertEquals(List.of("accepted", "deferred", "delivered"),
                lab.awaitState(id, "delivered"));
    }

    @Test
    void aReceiverThatPutsUsOffShutsItsOwnSiteOnlyAndSpendsNoAttempt() {
        String gmail = lab.write("gmail-421" + AT);
        String yahoo = lab.write("yahoo-ts04" + AT);
        JsonNode first = lab.awaitEvent(gmail, "deferred", 1);
        JsonNode other = lab.awaitEvent(yahoo, "deferred", 1);

        assertEquals("4.7.28", first.path("reply").path("enhanced").asString());
        assertTrue(other.path("reply").path("text").asString().contains("TSS04"));
        assertEquals(0, lab.message(gmail).path("recipients").get(0).path("attempts").asInt());
        String behind = lab.write("gmail-421+2" + AT);
        lab.awaitState(lab.write("delivered" + AT), "delivered");
        assertEquals(List.of("queued"), lab.states(behind), "its site is shut");
    }

    @Test
    void aLineThatBreaksAfterTheDotIsToldAndTriedAgain() {
        String id = lab.write("ambiguous" + AT);

        lab.awaitEvent(id, "ambiguous", 1);
        assertEquals(List.of("accepted", "ambiguous", "deferred"), lab.told(id));
    }

    @Test
    void aSlowServerKeepsNobodyElseWaiting() {
        String slow = lab.write("slow" + AT);

        lab.awaitState(lab.write("delivered" + AT), "delivered");
        assertEquals(List.of("queued"), lab.states(slow), "it takes ten seconds");
    }

    private static final String LETTER = "From: ann@" + Lab.OURS + "\r\n\r\nx\r\n";

    private static String told(Lab lab, String to) {
        return Lab.expect(202, lab.api().post("/v1/messages", "{\"from\":\"ann@" + Lab.OURS
                + "\",\"to\":" + to + ",\"text\":\"x\",\"subject\":\"s\"}"))
                .path("note").asString("");
    }

    @Test
    void whereAllIsCapturedItSimulatesToo() {
        try (Lab capture = Lab.prepared(Map.of(Setting.DELIVERY, "capture")).start()) {
            capture.awaitState(capture.write("bounce" + AT), "bounced");
            capture.awaitState(capture.write("delivered" + AT), "delivered");
            capture.awaitState(capture.write("bounce@elsewhere.test"), "captured");
            assertEquals("", told(capture, "[\"bounce" + AT + "\"]"), "for that is not captured");
            assertTrue(told(capture, "[\"a@elsewhere.test\"]").endsWith("not sent."));
            assertTrue(told(capture, "[\"a@elsewhere.test\",\"bounce" + AT + "\"]")
                    .endsWith("but for what the simulator answers."));
            String simulated = capture.smtp().send("ann@" + Lab.OURS, "delivered" + AT, LETTER)
                    .text();
            assertTrue(simulated.matches(".*queued as msg_\\w+"), simulated);
            assertTrue(capture.smtp().send("ann@" + Lab.OURS, "a@elsewhere.test", LETTER).text()
                    .endsWith("(captured, not sent)"));
        }
    }
}
