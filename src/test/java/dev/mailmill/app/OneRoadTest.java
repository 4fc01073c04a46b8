package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkServer.Received;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One letter through both doors is one kind of mail: the same deliveries, the same facts. */
class OneRoadTest {
    private static final List<String> TO =
            List.of("bob@there.test", "later@there.test", "nobody@there.test");

    @ParameterizedTest
    @EnumSource
    void bothDoorsLeadToTheSameDeliveriesAndFacts(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            lab.sink().answers(c -> c.startsWith("RCPT TO:<nobody") ? "550 5.7.1 Not from you"
                    : c.startsWith("RCPT TO:<later") ? "450 4.2.0 Come back" : null);

            String bySmtp = lab.smtpOn("transactional").send("ann@ours.test", TO, ("""
                    From: Ann <ann@ours.test>
                    To: bob@there.test, later@there.test, nobody@there.test
                    Subject: Hello

                    It works.
                    """).replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8), "").id();
            settled(lab, bySmtp);
            String byApi = lab.post("""
                    {"from": "Ann <ann@ours.test>", "to": ["bob@there.test", "later@there.test",
                     "nobody@there.test"], "subject": "Hello", "text": "It works.\\r\\n"}""");
            settled(lab, byApi);

            assertEquals(deliveries(lab, bySmtp), deliveries(lab, byApi));
            assertEquals(facts(lab, bySmtp), facts(lab, byApi));
            assertTrue(facts(lab, byApi).get("later@there.test").get(1).contains("\"until\":6"),
                    "a minute, for it is no one-time code: " + facts(lab, byApi));
            assertEquals(List.of("delivered", "delivered", "bounced"), lab.states(byApi));
            arrivedSigned(lab);
        }
    }

    /** The first try of all three, and the second of the one that is told to come back. */
    private static void settled(Lab lab, String id) {
        lab.awaitEvent(id, "deferred", 1);
        lab.awaitEvent(id, "bounced", 1);
        lab.awaitEvent(id, "delivered", 1);
        var before = lab.sink();
        before.answers(c -> null);
        lab.clock().advance(Duration.ofMinutes(2));
        lab.awaitEvent(id, "delivered", 2);
        before.answers(c -> c.startsWith("RCPT TO:<nobody") ? "550 5.7.1 Not from you"
                : c.startsWith("RCPT TO:<later") ? "450 4.2.0 Come back" : null);
    }

    private static List<String> deliveries(Lab lab, String id) {
        JsonNode message = lab.message(id);
        Instant accepted = Instant.parse(message.path("accepted_at").asString());
        List<String> seen = new ArrayList<>();
        seen.add(message.path("stream").asString() + " " + message.path("subject").asString());
        message.path("recipients").forEach(r -> seen.add(r.path("to").asString() + " "
                + r.path("state").asString() + " " + r.path("attempts") + " lives "
                + Duration.between(accepted, Instant.parse(r.path("expires_at").asString()))));
        return seen;
    }

    /** By recipient, in their order, with all that they say; waits to ten seconds. */
    private static Map<String, List<String>> facts(Lab lab, String id) {
        Map<String, List<String>> facts = new TreeMap<>();
        for (JsonNode event : lab.events(id)) {
            ObjectNode data = ((ObjectNode) event.path("data")).deepCopy();
            if (event.path("type").asString().equals("email.accepted")) {
                assertTrue(data.path("size").asInt() > 100);
                data.remove(List.of("door", "size"));
            }
            if (data.has("until")) {
                data.put("until", Math.round(Duration.between(
                        Instant.parse(event.path("at").asString()),
                        Instant.parse(data.path("until").asString())).toMillis() / 10_000.0));
            }
            facts.computeIfAbsent(event.path("recipient").asString(), _ -> new ArrayList<>())
                    .add(event.path("type").asString() + " " + event.path("stream").asString()
                            + " " + data);
        }
        return facts;
    }

    private static void arrivedSigned(Lab lab) {
        List<Received> came = lab.sink().await(4);
        assertEquals(4, came.size());
        for (Received mail : came) {
            assertEquals(List.of("ours.test"), lab.signers(mail.message()));
            assertTrue(mail.mail().matches("MAIL FROM:<b[a-z2-7]{32}@bounces\\.ours\\.test>.*"),
                    mail.mail());
            for (String line : List.of("From: Ann <ann@ours.test>", "Subject: Hello",
                    "To: bob@there.test, later@there.test, nobody@there.test")) {
                assertTrue(("\r\n" + mail.text()).contains("\r\n" + line + "\r\n"), mail.text());
            }
            assertTrue(mail.text().endsWith("\r\n\r\nIt works.\r\n"), mail.text());
        }
        assertEquals(4, came.stream().map(Received::mail).distinct().count(),
                "a return path for each copy");
        assertFalse(came.stream().anyMatch(m -> m.rcpts().toString().contains("nobody")));
    }
}
