package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** A stop and a start change nothing but the time. */
class RestartTest {
    private static final String LETTER = "{\"from\":\"ann@ours.test\",\"to\":[\"bob@there.test\"],"
            + "\"subject\":\"Once\",\"text\":\"Once.\"}";

    @ParameterizedTest
    @EnumSource
    void everythingIsKeptAndWhatWasOpenIsDelivered(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            lab.theirs("grey.test");
            lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@grey") ? "451 4.7.0 x" : null);
            String done = lab.write("bob@there.test");
            lab.awaitState(done, "delivered");
            String open = lab.write("bob@grey.test");
            lab.awaitEvent(open, "deferred", 1);
            String waiting = lab.write("eve@grey.test");
            List<JsonNode> before = lab.events(done);
            JsonNode domains = lab.api().get("/v1/domains").json();

            lab.restart();
            lab.sink().heal();

            assertEquals(before, lab.events(done));
            assertEquals(domains, lab.api().get("/v1/domains").json());
            assertEquals(Optional.empty(), lab.mill().firstStart(), "secrets are shown once");
            lab.clock().advance(Duration.ofMinutes(7));
            assertEquals(List.of("accepted", "deferred", "delivered"),
                    lab.awaitState(open, "delivered"));
            lab.awaitState(waiting, "delivered");
            lab.awaitState(lab.smtp().send("ann@ours.test", "late@there.test",
                    "From: ann@ours.test\r\nTo: late@there.test\r\nSubject: x\r\n\r\nx\r\n").id(),
                    "delivered");
            assertEquals(4, lab.sink().received().size(), "each once");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLargeLetterThatWaitedIsStillTheSame(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            String body = "All work and no play makes Jack a dull boy, says 0123456789.\r\n"
                    .repeat(10_000);
            lab.sink().answers(c -> c.startsWith("MAIL") ? "451 4.3.0 Busy" : null);
            String id = lab.smtp().send("ann@ours.test", "bob@there.test",
                    "From: ann@ours.test\r\nTo: bob@there.test\r\nSubject: Long\r\n\r\n" + body)
                    .id();
            lab.awaitEvent(id, "deferred", 1);

            lab.restart();
            lab.sink().heal();
            lab.clock().advance(Duration.ofMinutes(6));
            lab.awaitState(id, "delivered");

            byte[] came = lab.sink().await(1).getFirst().message();
            assertTrue(new String(came, java.nio.charset.StandardCharsets.US_ASCII)
                    .endsWith("\r\n\r\n" + body));
            assertEquals(List.of(Lab.OURS), lab.signers(came));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSameRequestIsAnsweredAgainAndNotSentAgain(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            JsonNode first = Lab.expect(202, keyed(lab, LETTER));
            lab.awaitState(first.path("id").asString(), "delivered");

            lab.restart();
            WebClient.Reply again = keyed(lab, LETTER);
            WebClient.Reply other = keyed(lab, LETTER.replace("Once.", "Twice."));

            assertEquals(first.path("id"), Lab.expect(202, again).path("id"));
            assertEquals(Optional.of("true"), again.header("Idempotent-Replayed"));
            assertEquals(409, other.status());
            assertEquals(1, lab.sink().received().size());
            lab.clock().advance(Duration.ofHours(25));
            String second = Lab.expect(202, keyed(lab, LETTER)).path("id").asString();
            assertTrue(!second.equals(first.path("id").asString()), "the key was forgotten");
            lab.awaitState(second, "delivered");
        }
    }

    private static WebClient.Reply keyed(Lab lab, String body) {
        return lab.api().post("/v1/messages", body, "Idempotency-Key", "order-17");
    }
}
