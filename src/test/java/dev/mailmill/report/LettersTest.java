package dev.mailmill.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mime.StatusReport.Action;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a message goes back to its sender. */
class LettersTest {
    private static final Instant WHEN = Instant.parse("2026-11-28T05:00:00Z");

    private static String report(Letter letter) throws Exception {
        Message message = new Message(1, 1, 1, Door.SMTP, "key", WHEN, "ann@ours.test", "",
                "FULL", Submission.Options.NONE, letter);
        Delivery delivery = new Delivery(1, 1, 1, 1, TrafficClass.TRANSACTIONAL, "bob@there.test",
                "there.test", "", "", State.BOUNCED, 1, WHEN, WHEN);
        Content.Raw raw = new Letters("mx.ours.test").write(message, delivery, Action.FAILED,
                false, Reply.local("5.7.30", "the message needs REQUIRETLS"), WHEN);
        return new String(raw.body().open().readAllBytes(), UTF_8);
    }

    /** A report goes its own way, which may be in clear (RFC 8689 §5). */
    @Test
    void the_content_of_what_goes_under_tls_only_does_not_come_back_in_clear() throws Exception {
        Letter open = new Letter("Subject: Lunch\r\n".getBytes(UTF_8),
                Body.of("At noon?\r\n".getBytes(UTF_8)), 0, "Lunch", "<a@ours.test>",
                List.of("ann@ours.test"));
        assertEquals(List.of(true, true), found(report(open)));
        assertEquals(List.of(true, false), found(report(open.requiringTls())));
    }

    private static List<Boolean> found(String report) {
        return List.of(report.contains("\r\nSubject: Lunch\r\n"), report.contains("At noon?"));
    }
}
