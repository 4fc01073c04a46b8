package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A small story, and every number that operators watch is right after it. */
class MetricsTest {
    @ParameterizedTest
    @EnumSource
    void theNumbersTellTheStory(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            lab.sink().answers(c -> c.startsWith("RCPT TO:<nobody") ? "550 5.1.1 No"
                    : c.startsWith("RCPT TO:<later") ? "450 4.2.0 Later" : null);
            lab.awaitState(lab.write("bob@there.test"), "delivered");
            lab.awaitState(lab.write("nobody@there.test"), "bounced");
            String later = lab.smtpOn("bulk").send("ann@ours.test", "later@there.test",
                    "From: ann@ours.test\r\nSubject: x\r\n\r\nx\r\n").id();
            lab.awaitEvent(later, "deferred", 1);

            Map<String, Double> n = numbers(lab);
            assertEquals(3, n.get("mailmill_events_total{type=\"email.accepted\"}"));
            assertEquals(1, n.get("mailmill_events_total{type=\"email.delivered\"}"));
            assertEquals(1, n.get("mailmill_events_total{type=\"email.bounced\"}"));
            assertEquals(1, n.get("mailmill_events_total{type=\"email.deferred\"}"));
            assertEquals(1, n.get("mailmill_queue_deliveries"));
            for (String name : new String[] {"mailmill_accept_seconds",
                "mailmill_first_attempt_seconds"}) {
                assertEquals(2, n.get(name + "_count{class=\"transactional\",door=\"api\"}"));
                assertEquals(1, n.get(name + "_count{class=\"bulk\",door=\"smtp\"}"));
                assertEquals(0, n.get(name + "_count{class=\"bulk\",door=\"api\"}"));
                assertEquals(2, n.get(name
                        + "_bucket{class=\"transactional\",door=\"api\",le=\"+Inf\"}"));
            }
            assertTrue(n.keySet().stream().anyMatch(
                    k -> k.startsWith("mailmill_store_commit_seconds_count")), n.toString());

            lab.sink().heal();
            lab.clock().advance(Duration.ofMinutes(20));
            lab.awaitState(later, "delivered");

            n = numbers(lab);
            assertEquals(0, n.get("mailmill_queue_deliveries"));
            assertEquals(2, n.get("mailmill_events_total{type=\"email.delivered\"}"));
            assertEquals(1, n.get(
                    "mailmill_first_attempt_seconds_count{class=\"bulk\",door=\"smtp\"}"),
                    "the second attempt is no first one");
        }
    }

    private static Map<String, Double> numbers(Lab lab) {
        Map<String, Double> numbers = new TreeMap<>();
        try (var anybody = lab.api("")) {
            anybody.get("/metrics").text().lines().filter(l -> !l.startsWith("#")).forEach(l ->
                    numbers.put(l.substring(0, l.lastIndexOf(' ')),
                            Double.valueOf(l.substring(l.lastIndexOf(' ') + 1))));
        }
        return numbers;
    }
}
