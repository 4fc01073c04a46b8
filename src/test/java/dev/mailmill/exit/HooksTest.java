package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.mail.State;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What services' words mean, where that is not plain. */
class HooksTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static List<State> ses(String kind, String recipient) {
        String event = "{\"eventType\":\"Bounce\",\"mail\":{\"messageId\":\"m1\"},\"bounce\":{"
                + "\"bounceType\":\"" + kind + "\",\"bounceSubType\":\"General\","
                + "\"bouncedRecipients\":[{\"emailAddress\":\"u@rcpt.test\"" + recipient + "}]}}";
        return Hooks.read(Exit.Kind.SES, JSON.createObjectNode().put("Type", "Notification")
                .put("Message", event)).stream().map(Hooks.Heard::next).toList();
    }

    /** Amazon calls an answer of somebody who is away a bounce: it names no reason. */
    @Test
    void an_answer_of_somebody_who_is_away_is_no_bounce() {
        assertEquals(List.of(), ses("Transient", ""));
        assertEquals(List.of(State.BOUNCED), ses("Transient", ",\"action\":\"failed\","
                + "\"status\":\"4.4.7\",\"diagnosticCode\":\"smtp; 451 4.4.7 expired\""));
        assertEquals(List.of(State.BOUNCED), ses("Permanent", ""));
    }
}
