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
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The store goes away between a COMMIT and its answer, and does not come back in time. */
class LostCommitTest {
    private static final String LETTER = "{\"from\":\"ann@ours.test\",\"to\":[\"bob@there.test\"],"
            + "\"subject\":\"Once\",\"text\":\"Once.\"}";
    private Proxy proxy;
    private Lab lab;

    private static final int TRIES = 5;

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
        WebClient.Reply lost = lost(() -> lab.api().post("/v1/messages", LETTER,
                "Idempotency-Key", "once"), WebClient.Reply::text);

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
        String lost = lost(() -> lab.smtp().send("ann@ours.test", "bob@there.test",
                "From: ann@ours.test\r\nSubject: x\r\n\r\nx\r\n").text(), text -> text);

        assertTrue(lost.startsWith("451 4.3.0"), lost);
        assertTrue(lost.contains("may have been kept"), lost);
        back();
        lab.with(Setting.DELIVERY, "direct").restart();
        assertEquals(1, lab.sink().await(1).size(), "it was");
    }

    /** Of a letter whose commit is swallowed. A chore's may come before it: then another one. */
    private <T> T lost(Supplier<T> send, Function<T, String> words) throws IOException {
        T said = null;
        for (int i = 0; i < TRIES && (said == null
                || words.apply(said).contains("nothing was kept")); i++) {
            if (i > 0) {
                back();
            }
            proxy.swallowNextCommitAndStayAway();
            said = send.get();
        }
        return said;
    }

    private void back() throws IOException {
        proxy.shut(false);
        Lab.await(() -> lab.api().get("/readyz").status() == 200, () -> "the store stays away");
    }
}
