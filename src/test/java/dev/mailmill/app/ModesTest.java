package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkTls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Where accepted mail goes is one setting, and the word in the state says which it was. */
class ModesTest {
    @Test
    void captureKeepsMailOfAnybodyAndSendsNone() {
        try (Lab lab = Lab.prepared(Map.of(Setting.DELIVERY, "capture")).start()) {
            lab.theirs("there.test");

            String byApi = lab.post("{\"from\":\"me@example.com\",\"to\":[\"bob@there.test\"],"
                    + "\"subject\":\"Hi\",\"text\":\"Hi.\"}");
            String bySmtp = lab.smtp().send("me@example.com", "bob@there.test",
                    "From: me@example.com\r\nTo: bob@there.test\r\nSubject: Hi\r\n\r\nHi.\r\n")
                    .id();

            assertEquals(List.of("accepted", "captured"), lab.awaitState(byApi, "captured"));
            assertEquals(List.of("accepted", "captured"), lab.awaitState(bySmtp, "captured"));
            assertEquals(0, lab.sink().connections());
        }
    }

    @Test
    void stagingDeliversToItsOwnPeopleOnly() {
        try (Lab lab = Lab.prepared(Map.of(Setting.DELIVER_ONLY, "*@staff.test, qa@there.test"))
                .start()) {
            lab.own(Lab.OURS);
            lab.theirs("staff.test");
            lab.theirs("there.test");

            String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"bob@staff.test\","
                    + "\"QA@there.test\",\"customer@there.test\",\"bob@sub.staff.test\"],"
                    + "\"subject\":\"Hi\",\"text\":\"Hi.\"}");

            Lab.await(() -> lab.states(id).equals(
                    List.of("delivered", "delivered", "captured", "captured")),
                    () -> lab.events(id).toString());
            assertEquals(2, lab.sink().received().size());
        }
    }

    @Test
    void aSmartHostTakesMailOverAndThatIsCalledRelayed() {
        SinkTls certificate = SinkTls.of("localhost");
        try (Lab lab = Lab.prepared(Map.of())) {
            lab.sink().tls(certificate.server());
            lab.with(Setting.DELIVERY, "smtp://us:secret@localhost:" + lab.sink().port())
                    .with(ClientTls.verifiedBy(certificate.client())).start();
            lab.own(Lab.OURS);

            String id = lab.write("bob@anywhere.test");

            assertEquals(List.of("accepted", "relayed"), lab.awaitState(id, "relayed"));
            assertTrue(lab.sink().await(1).getFirst().secure());
            assertEquals("AUTH PLAIN AHVzAHNlY3JldA==", lab.sink().commands().stream()
                    .filter(c -> c.startsWith("AUTH")).findFirst().orElse("no login"));
            assertEquals(List.of(Lab.OURS),
                    lab.signers(lab.sink().received().getFirst().message()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void mailThatWaitedInCaptureLeavesOnlyWithAProvenDomain(Lab.Engine engine) {
        try (Lab lab = Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture").start()) {
            lab.theirs("there.test");
            String id = waiting(lab);

            lab.with(Setting.DELIVERY, "direct").restart();

            JsonNode why = lab.awaitEvent(id, "deferred", 1).path("reply");
            assertTrue(why.path("text").asString().startsWith("ours.test is not verified for this"
                    + " account; run ./mailmill domain add ours.test"), why.toString());
            assertEquals(0, lab.sink().connections());
            lab.own(Lab.OURS);
            lab.clock().advance(Duration.ofMinutes(6));
            assertEquals(List.of("accepted", "deferred", "delivered"),
                    lab.awaitState(id, "delivered"));
            assertEquals(1, lab.sink().received().size());
        }
    }

    @Test
    void whatIsNeverProvenIsLookedAtQuietlyUntilItsTimeIsOver() {
        try (Lab lab = Lab.prepared(Map.of()).with(Setting.DELIVERY, "capture").start()) {
            lab.theirs("there.test");
            String id = waiting(lab);
            lab.with(Setting.DELIVERY, "direct").restart();
            lab.awaitEvent(id, "deferred", 1);
            for (int i = 0; i < 3; i++) {
                String before = next(lab, id);
                lab.clock().advance(Duration.ofMinutes(6));
                Lab.await(() -> next(lab, id).compareTo(before) > 0, () -> "not looked at again");
            }

            lab.clock().advance(Duration.ofDays(3));

            assertEquals(List.of("accepted", "deferred", "expired"),
                    lab.awaitState(id, "expired"));
            assertTrue(lab.awaitEvent(id, "expired", 1).toString().contains("not verified"));
            assertEquals(0, lab.sink().connections());
        }
    }

    private static String next(Lab lab, String id) {
        return lab.message(id).path("recipients").path(0).path("next_attempt_at").asString();
    }

    /** Accepted in capture mode a minute ago, and not captured before the server stopped. */
    private static String waiting(Lab lab) {
        lab.stop();
        lab.startWithoutDelivery();
        String id = lab.write("bob@there.test");
        assertEquals(List.of("queued"), lab.states(id));
        lab.clock().advance(Duration.ofMinutes(1));
        return id;
    }

    @ParameterizedTest
    @EnumSource
    void heldMailIsDeliveredByALaterStart(Lab.Engine engine) {
        try (Lab lab = Lab.prepared(engine.settings()).with(Setting.DELIVERY, "hold").start()) {
            lab.own(Lab.OURS);
            lab.theirs("there.test");

            String byApi = lab.write("bob@there.test");
            String bySmtp = lab.smtp().send("ann@ours.test", "eve@there.test",
                    "From: ann@ours.test\r\nTo: eve@there.test\r\nSubject: Hi\r\n\r\nHi.\r\n")
                    .id();

            assertEquals(List.of("queued"), lab.states(byApi));
            assertEquals(List.of("queued"), lab.states(bySmtp));
            lab.with(Setting.DELIVERY, "direct").restart();
            assertEquals(List.of("accepted", "delivered"), lab.awaitState(byApi, "delivered"));
            assertEquals(List.of("accepted", "delivered"), lab.awaitState(bySmtp, "delivered"));
            assertEquals(2, lab.sink().received().size());
        }
    }
}
