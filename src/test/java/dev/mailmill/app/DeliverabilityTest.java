package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.feedback.Feedback;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who did not take mail, and why: the page says what servers said, and nothing else. */
class DeliverabilityTest {
    private static final String AT = "@simulator.mailmill.test";
    private static final String HOSTILE =
            "550 5.7.1 <script>alert(1)</script> \"'><img src=x onerror=alert(2)> =cmd|calc";
    private static final String DENIED = "550 5.7.515 Access denied, sending domain ours.test does"
            + " not meet the required authentication level";

    /** What each kind of recipient's server says. */
    private static String answer(String line) {
        if (!line.startsWith("RCPT TO:<")) {
            return null;
        }
        String who = line.substring("RCPT TO:<".length()).replaceAll("[0-9]*@.*", "");
        return switch (who) {
            case "gone" -> "550 5.1.1 The email account that you tried to reach does not exist";
            case "full" -> "552 5.2.2 The recipient's inbox is out of storage space";
            case "denied" -> DENIED;
            case "hostile" -> HOSTILE;
            case "busy" -> "451 4.3.2 Server busy, please try again later";
            case "spam" -> "550 5.7.1 Message content rejected as spam";
            default -> null;
        };
    }

    private static String mail(Lab lab, String who, int count, String domain, String more) {
        return lab.post("{\"from\":\"Example Shop <orders@" + Lab.OURS + ">\",\"subject\":"
                + "\"Your receipt\",\"text\":\"It works.\"" + more + ",\"to\":"
                + IntStream.range(0, count).mapToObj(i -> "\"" + who + i + "@" + domain + "\"")
                .collect(Collectors.joining(",", "[", "]")) + "}");
    }

    /** Receivers that take, refuse, put off, take back and complain. */
    static void story(Lab lab) {
        for (String domain : List.of("gmail.com", "outlook.com", "yahoo.com", "gmx.net",
                "there.test")) {
            lab.theirs(domain);
        }
        lab.sink().answers(DeliverabilityTest::answer);
        List<String> sent = new ArrayList<>();
        sent.add(mail(lab, "ann", 90, "gmail.com", ""));
        sent.add(mail(lab, "bob", 60, "outlook.com", ""));
        sent.add(mail(lab, "eve", 40, "yahoo.com", ""));
        sent.add(mail(lab, "dan", 30, "gmx.net", ""));
        for (String id : sent) {
            lab.awaitState(id, "delivered");
        }
        lab.awaitState(mail(lab, "gone", 3, "gmail.com", ""), "bounced");
        lab.awaitState(mail(lab, "gone", 1, "yahoo.com", ""), "bounced");
        lab.awaitState(mail(lab, "full", 2, "yahoo.com", ""), "bounced");
        lab.awaitState(mail(lab, "denied", 7, "outlook.com", ""), "bounced");
        lab.awaitState(mail(lab, "spam", 1, "gmx.net", ",\"tags\":[\"receipt\"]"), "bounced");
        lab.awaitState(mail(lab, "hostile", 1, "there.test", ""), "bounced");
        lab.awaitEvent(mail(lab, "busy", 1, "outlook.com", ""), "deferred", 1);
        lab.awaitState(lab.post(one("delivered")), "delivered");
        lab.awaitEvent(lab.post(one("late-bounce")), "bounced", 1);
        lab.awaitEvent(lab.post(one("complain")), "complained", 1);
        Lab.await(() -> number(lab, "bounced") >= 15 && number(lab, "bounced_late") == 1
                && number(lab, "complained") == 1 && number(lab, "deferred") == 1,
                () -> lab.api().get("/v1/stats").text());
        Lab.expect(200, lab.api().post("/v1/domains/" + Lab.OURS + "/check", ""));
    }

    /** Some mail in each of the hours before. */
    static void hours(Lab lab, int hours) {
        lab.theirs("yahoo.com");
        lab.sink().answers(DeliverabilityTest::answer);
        for (int i = 0; i < hours; i++) {
            List<String> ids = new ArrayList<>(List.of(mail(lab, "ann", 12 + 3 * (i % 4),
                    "yahoo.com", "")));
            if (i % 3 != 1) {
                ids.add(mail(lab, "gone" + (100 + i), 1, "yahoo.com", ""));
            }
            for (String id : ids) {
                Lab.await(() -> lab.states(id).stream().noneMatch(s -> s.equals("queued")),
                        () -> lab.states(id).toString());
            }
            lab.clock().advance(Duration.ofHours(1));
        }
    }

    private static String one(String box) {
        return "{\"from\":\"orders@" + Lab.OURS + "\",\"to\":\"" + box + AT
                + "\",\"subject\":\"Hello\",\"text\":\"x\"}";
    }

    private static long number(Lab lab, String figure) {
        return Lab.expect(200, lab.api().get("/v1/stats")).at("/totals/" + figure).asLong();
    }

    /** What receivers send the day after. */
    static void reports(Lab lab) {
        LocalDate day = LocalDate.ofInstant(lab.clock().instant(), ZoneOffset.UTC).minusDays(1);
        FeedbackTest.loops(lab);
        for (int i = 1; i < 4; i++) {
            lab.mill().feedback().keep(Feedback.read(FeedbackTest.dmarc(day.minusDays(i),
                    "google.com", Lab.OURS).getBytes(UTF_8)));
        }
        lab.mill().feedback().keep(Feedback.read(FeedbackTest.tls(day).getBytes(UTF_8)));
    }
}
