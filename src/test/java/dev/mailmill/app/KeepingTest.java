package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long mail is remembered is a setting; pages say what is gone, and what is not over stays. */
class KeepingTest {
    private Lab lab;

    @AfterEach
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void contentEventsAndRecipientsGoWhenTheSettingsSay(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture")
                .with(Setting.CONTENT_DAYS, "7")
                .with(Setting.FACT_DAYS, "62").start();
        Visitor.owner(lab);
        lab.own(Lab.OURS);
        String done = lab.write("done@example.org");
        lab.awaitState(done, "captured");
        // content of a day with an open delivery stays
        lab.clock().advance(Duration.ofDays(1));
        String later = lab.post("""
                {"from": "ann@%s", "to": ["later@example.org"], "subject": "In autumn",
                 "text": "Hello", "send_at": "%s"}
                """.formatted(Lab.OURS, lab.clock().instant().plus(Duration.ofDays(300))));
        Visitor ben = in();
        Lab.await(() -> ben.get("/messages").text().contains("later@example.org"),
                () -> ben.get("/messages").text());
        String settings = ben.get("/settings").text();
        assertTrue(settings.contains(">7 days</td>") && settings.contains(">62 days</td>")
                && settings.contains(">112 days</td>"), settings);

        Visitor second = goneBy(7, done, "The content is gone");
        assertTrue(second.get("/messages/" + done).text().contains("<b>Captured</b>"));

        second = goneBy(55, done, "What happened is not known any more: events are kept for 62");
        assertTrue(second.get("/messages/" + done).text().contains("done@example.org"));
        Visitor now = second;
        Lab.await(() -> !now.get("/messages").text().contains("done@example.org"),
                () -> now.get("/messages").text());
        assertTrue(now.get("/messages").text().contains("later@example.org"),
                "what is still to be sent is in the list");
        assertTrue(now.get("/messages/" + later + "?view=text").text().contains("Hello"));
        assertFalse(now.get("/messages/" + later).text().contains("not known any more")
                && now.get("/messages/" + later).text().contains("The content is gone"));

        goneBy(51, done, "There is no message with this id");
        assertEquals(java.util.List.of("scheduled"), lab.states(later));
    }

    /** The days pass, and the server's own chores do the rest. */
    private Visitor goneBy(int days, String message, String words) {
        lab.clock().advance(Duration.ofDays(days));
        lab.restart();
        Visitor again = in();
        Lab.await(() -> again.get("/messages/" + message).text().contains(words),
                () -> again.get("/messages/" + message).text());
        return again;
    }

    /** Logged in: a day of the clock ends a session. */
    private Visitor in() {
        Visitor visitor = new Visitor(lab);
        visitor.post("/login", "email", "ann@example.org", "password", PagesTest.PASSWORD);
        return visitor;
    }
}
