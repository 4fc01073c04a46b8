package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Proxy;
import dev.mailmill.sql.StoreSettings.Limits;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The store goes away between a COMMIT and its answer, and does not come back in time. */
class LostCommitTest {
    private static final String LETTER = "{\"from\":\"ann@ours.test\",\"to\":[\"bob@there.test\"],"
            + "\"subject\":\"Once\",\"text\":\"Once.\"}";
    private Proxy proxy;
    private Lab lab;

    /** Nothing is delivered, so that the next commit is the letter's. */
    @BeforeEach
    void start() throws IOException {
        proxy = Proxy.toPostgres();
        Limits usual = Limits.DEFAULT;
        lab = Lab.prepared(Map.of(Setting.DATABASE, Postgres.migrated(proxy.port())))
                .with(new Limits(usual.acceptsMax(), usual.urgentMax(), usual.readsMax(),
                        usual.freeMin(), usual.ballast(), 1_000, usual.leaseMillis()))
                .with(Setting.DELIVERY, "hold").start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
    }

    @AfterEach
    void stop() throws IOException {
        lab.close();
        proxy.close();
    }

    @Test
    void theApiSaysThatItMayBeKeptAndTheKeyFindsIt() throws IOException {
        proxy.swallowNextCommitAndStayAway();

        WebClient.Reply lost = lab.api().post("/v1/messages", LETTER, "Idempotency-Key", "once");

        assertEquals(503, lost.status());
        assertEquals("maybe-kept", lost.slug());
        assertTrue(lost.json().path("detail").asString().contains("may have been kept"));
        assertFalse(lost.text().contains("nothing was kept"));
        back();
        WebClient.Reply again = lab.api().post("/v1/messages", LETTER, "Idempotency-Key", "once");
        assertEquals(202, again.status(), again.text());
        assertEquals(Optional.of("true"), again.header("Idempotent-Replayed"));
        lab.with(Setting.DELIVERY, "direct").restart();
        lab.awaitState(again.json().path("id").asString(), "delivered");
        assertEquals(1, lab.sink().received().size(), "once");
    }

    @Test
    void theSmtpDoorSaysThatItMayBeKept() throws IOException {
        proxy.swallowNextCommitAndStayAway();

        String lost = lab.smtp().send("ann@ours.test", "bob@there.test",
                "From: ann@ours.test\r\nSubject: x\r\n\r\nx\r\n").text();

        assertTrue(lost.startsWith("451 4.3.0"), lost);
        assertTrue(lost.contains("may have been kept"), lost);
        back();
        lab.with(Setting.DELIVERY, "direct").restart();
        assertEquals(1, lab.sink().await(1).size(), "it was");
    }

    private void back() throws IOException {
        proxy.shut(false);
        Lab.await(() -> lab.api().get("/readyz").status() == 200, () -> "the store stays away");
    }
}
