package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkServer.Fault;
import dev.mailmill.smtp.SinkServer.Stage;
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

/** What the world does to mail, told as facts: later, never, nobody there, perhaps. */
@ParameterizedClass
@EnumSource
class OutcomesTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
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
    void aGreylistedLetterIsDeliveredWhenItsTimeHasCome() {
        lab.theirs("grey.test");
        lab.sink().answers(c -> c.startsWith("RCPT") ? "450 4.2.0 Greylisted" : null);

        String id = lab.write("bob@grey.test");
        JsonNode deferred = lab.awaitEvent(id, "deferred", 1);

        assertReply(450, "4.2.0", "Greylisted", "mx.grey.test", deferred);
        assertEquals(List.of("deferred"), lab.states(id));
        lab.sink().heal();
        lab.clock().advance(Duration.ofMinutes(2));
        assertEquals(List.of("accepted", "deferred", "delivered"),
                lab.awaitState(id, "delivered"));
        assertEquals(2, lab.awaitEvent(id, "delivered", 1).path("attempt").asInt());
    }

    @Test
    void aRefusalBouncesInTheRemotesOwnWords() {
        lab.theirs("stern.test");
        lab.sink().answers(c -> c.equals(".") ? "554-5.7.1 Your words\r\n554 5.7.1 displease us"
                : null);

        String id = lab.write("bob@stern.test");

        assertEquals(List.of("accepted", "bounced"), lab.awaitState(id, "bounced"));
        JsonNode bounced = lab.awaitEvent(id, "bounced", 1);
        assertReply(554, "5.7.1", "Your words displease us", "mx.stern.test", bounced);
        assertEquals(false, bounced.path("late").asBoolean());
    }

    @Test
    void aDomainThatIsNotBouncesAtOnce() {
        String id = lab.write("bob@nowhere.test");

        assertEquals(List.of("accepted", "bounced"), lab.awaitState(id, "bounced"));
        JsonNode reply = lab.awaitEvent(id, "bounced", 1).path("reply");
        assertEquals("5.1.2", reply.path("enhanced").asString());
        assertTrue(reply.path("text").asString().contains("nowhere.test"), reply.toString());
        assertTrue(reply.path("code").isNull());
    }

    @Test
    void aDnsThatCanNotSayDefersAndSpendsNoAttempt() {
        lab.dns().unknown("MX", "silent.test");

        String id = lab.write("bob@silent.test");
        JsonNode deferred = lab.awaitEvent(id, "deferred", 1);

        assertEquals("4.4.3", deferred.path("reply").path("enhanced").asString());
        assertEquals(0, lab.message(id).path("recipients").get(0).path("attempts").asInt());
        lab.theirs("silent.test");
        lab.clock().advance(Duration.ofMinutes(7));
        assertEquals(List.of("accepted", "deferred", "delivered"),
                lab.awaitState(id, "delivered"));
    }

    @Test
    void aNullMxBouncesAtOnce() {
        lab.dns().mx("mute.test", "0 .");

        String id = lab.write("bob@mute.test");

        assertEquals(List.of("accepted", "bounced"), lab.awaitState(id, "bounced"));
        JsonNode reply = lab.awaitEvent(id, "bounced", 1).path("reply");
        assertEquals(556, reply.path("code").asInt());
        assertEquals("5.1.10", reply.path("enhanced").asString());
    }

    @Test
    void aServerThatIsDownShutsItsLaneAndMailFlowsAfterThePause() {
        // nothing listens there on the sink's port
        lab.dns().mx("down.test", "10 mx.down.test").a("mx.down.test", "127.0.0.2");

        String first = lab.write("bob@down.test");
        JsonNode deferred = lab.awaitEvent(first, "deferred", 1);
        String second = lab.write("eve@down.test");

        assertEquals("4.4.1", deferred.path("reply").path("enhanced").asString());
        assertEquals(0, lab.message(first).path("recipients").get(0).path("attempts").asInt());
        assertEquals(List.of("queued"), lab.states(second), "nobody tries while the lane is shut");
        lab.dns().a("mx.down.test", "127.0.0.1");
        lab.clock().advance(Duration.ofMinutes(7));
        lab.awaitState(first, "delivered");
        assertEquals(List.of("accepted", "delivered"), lab.awaitState(second, "delivered"));
    }

    @Test
    void aLineThatDiesAfterTheDotIsToldAndTheLetterIsSentAgain() {
        lab.theirs("perhaps.test");
        lab.sink().fault(Stage.DOT, Fault.FIN);

        String id = lab.write("bob@perhaps.test");
        JsonNode ambiguous = lab.awaitEvent(id, "ambiguous", 1);

        assertEquals("4.4.2", ambiguous.path("reply").path("enhanced").asString());
        lab.sink().heal();
        lab.clock().advance(Duration.ofMinutes(2));
        assertEquals(List.of("accepted", "ambiguous", "deferred", "delivered"),
                lab.awaitState(id, "delivered"));
    }

    @Test
    void aStreamMayHoldWhatPerhapsArrived() {
        lab.theirs("invoiced.test");
        Lab.expect(201, lab.api().post("/v1/streams",
                "{\"name\":\"invoices\",\"on_ambiguous\":\"hold\"}"));
        lab.sink().fault(Stage.DOT, Fault.RST);

        String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"bob@invoiced.test\"],"
                + "\"subject\":\"Invoice\",\"text\":\"1 EUR\",\"stream\":\"invoices\"}");

        assertEquals(List.of("accepted", "ambiguous", "held"), lab.awaitState(id, "held"));
        lab.sink().heal();
        lab.clock().advance(Duration.ofHours(1));
        String later = lab.write("eve@invoiced.test");
        lab.awaitState(later, "delivered");
        assertEquals(List.of("held"), lab.states(id), "a person decides");
    }

    @Test
    void aCodeThatExpiresInAQuarterOfAnHourIsNotDeliveredAfterIt() {
        lab.theirs("late.test");
        lab.sink().answers(c -> c.startsWith("MAIL") ? "451 4.3.0 Busy" : null);

        String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"bob@late.test\"],"
                + "\"subject\":\"Your code\",\"text\":\"123456\",\"expires_in\":\"15m\"}");
        JsonNode deferred = lab.awaitEvent(id, "deferred", 1);
        lab.sink().heal();
        lab.clock().advance(Duration.ofMinutes(16));

        assertEquals(List.of("accepted", "deferred", "expired"), lab.awaitState(id, "expired"));
        assertEquals(1, deferred.path("attempt").asInt());
        assertTrue(lab.sink().received().stream().noneMatch(
                m -> m.rcpts().toString().contains("bob@late.test")));
    }

    @Test
    void whatWaitsBehindAShutLaneExpiresWithTheLanesFault() {
        lab.dns().mx("gone.test", "10 mx.gone.test").a("mx.gone.test", "127.0.0.2");
        String code = "{\"from\":\"ann@ours.test\",\"to\":[\"bob@gone.test\"],"
                + "\"subject\":\"Your code\",\"text\":\"1\",\"expires_in\":\"4m\"}";

        String first = lab.post(code);
        lab.awaitEvent(first, "deferred", 1);
        String second = lab.post(code);
        lab.clock().advance(Duration.ofMinutes(5));

        lab.awaitState(first, "expired");
        assertEquals(List.of("accepted", "expired"), lab.awaitState(second, "expired"));
        JsonNode last = lab.awaitEvent(second, "expired", 1).path("reply");
        assertEquals("4.4.1", last.path("enhanced").asString(""), lab.events(second).toString());
    }

    private static void assertReply(int code, String enhanced, String text, String host,
            JsonNode data) {
        JsonNode reply = data.path("reply");
        assertEquals(code, reply.path("code").asInt(), data.toString());
        assertEquals(enhanced, reply.path("enhanced").asString());
        assertEquals(text, reply.path("text").asString());
        assertEquals(host, reply.path("host").asString());
    }
}
