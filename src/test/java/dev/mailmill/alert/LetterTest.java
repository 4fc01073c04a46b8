package dev.mailmill.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Words;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What somebody reads who is woken by it. */
class LetterTest {
    private static final Instant AT = Instant.parse("2026-11-29T01:02:03.456Z");

    private static String text(Course.What what, Duration lasted) {
        return letter(what, "", lasted).text();
    }

    private static Letter letter(Course.What what, String about, Duration lasted) {
        Alert alert = new Alert(1, 1, Rule.QUEUE_AGE_BULK, about, Alert.Phase.FIRING, AT,
                Optional.of(AT), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), "", 14_400, 90, "The oldest waits.");
        return new Letter("msg_1", what, alert, AT.plus(lasted), URI.create("https://m.test/"));
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

    @Test
    void a_long_name_that_is_not_ascii_is_many_short_words() {
        String head = new String(letter(Course.What.FIRING, "größter Strom ".repeat(6),
                Duration.ZERO).head("alerts@m.test", "ops@m.test"), StandardCharsets.US_ASCII);
        assertTrue(head.lines().allMatch(l -> l.length() <= 78), head);
        String subject = head.substring(head.indexOf("Subject:") + 8, head.indexOf("\r\nDate:"));
        assertTrue(subject.split("\r\n").length > 2, head);
        assertTrue(Words.decode(subject.replace("\r\n", "")).strip()
                .startsWith("[warning] Bulk mail waits in the queue: größter Strom größter"), head);
        assertTrue(head.startsWith("From: Mailmill <alerts@m.test>\r\nTo: <ops@m.test>\r\n"),
                head);
    }
}
