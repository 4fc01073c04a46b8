package dev.mailmill.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What somebody reads who is woken by it. */
class LetterTest {
    private static final Instant AT = Instant.parse("2026-11-29T01:02:03.456Z");

    private static String text(Course.What what, Duration lasted) {
        Alert alert = new Alert(1, 1, Rule.QUEUE_AGE_BULK, "", Alert.Phase.FIRING, AT,
                Optional.of(AT), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), "", 14_400, 90, "The oldest waits.");
        return new Letter("msg_1", what, alert, AT.plus(lasted), URI.create("https://m.test/"))
                .text();
    }

    @Test
    void times_are_told_as_people_say_them() {
        String firing = text(Course.What.FIRING, Duration.ZERO);
        assertTrue(firing.startsWith("The oldest waits.\n4 h 0 min; the line is 90.0 s.\n"
                + "Since 2026-11-29 01:02 UTC.\nWhat to do: "), firing);
        assertTrue(firing.endsWith("\nhttps://m.test/alerts"), firing);
        assertEquals("Since 2026-11-29 01:02 UTC, over after 3 d 2 h.",
                text(Course.What.RESOLVED, Duration.ofHours(74)).lines().toList().get(2));
    }
}
