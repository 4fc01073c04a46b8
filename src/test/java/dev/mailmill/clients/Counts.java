package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Many messages for one recipient. */
final class Counts {
    private Counts() {
    }

    /** Waits until that many are captured: each accepted and captured once, none more. */
    static void captured(Lab lab, String recipient, int messages) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (count(lab, recipient, "email.captured") < messages && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        List<JsonNode> events = lab.events(recipient);
        assertEquals(messages, count(lab, recipient, "email.captured"));
        assertEquals(messages, count(lab, recipient, "email.accepted"));
        assertEquals(messages, events.stream().map(e -> e.path("message_id").asString())
                .collect(Collectors.toSet()).size());
        assertEquals(2L * messages, events.size(), "nothing but these two");
    }

    private static long count(Lab lab, String recipient, String type) throws Exception {
        return lab.events(recipient).stream()
                .filter(e -> e.path("type").asString().equals(type)).count();
    }
}
