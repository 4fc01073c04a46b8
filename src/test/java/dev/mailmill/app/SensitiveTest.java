package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail whose content is a secret: nobody but the owner reads it, and soon nobody at all. */
@ParameterizedClass
@EnumSource
class SensitiveTest {
    private static final String SECRET = "code-4711";
    private static Lab lab;
    private static Visitor owner;
    private static Visitor developer;
    private static WebClient reader;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings())
                .with(Setting.DELIVER_ONLY, "*@there.test, *@grey.test").start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        lab.theirs("grey.test");
        lab.sink().answers(c -> c.contains("@grey.test") ? "451 4.7.1 later" : null);
        Lab.expect(201, lab.api().post("/v1/streams",
                "{\"name\":\"resets\",\"sensitive\":true}"));
        owner = Visitor.owner(lab);
        String page = owner.submit("/settings/people", "email", "dev@example.org", "role",
                "admin").text();
        developer = new Visitor(lab);
        developer.post("/welcome", "token", page.replaceAll(
                "(?s).*welcome\\?token=([a-z2-7]{52}).*", "$1"), "password", "a password of dev");
        reader = lab.api(Lab.expect(201, lab.api().post("/v1/keys",
                "{\"scopes\":[\"read\",\"send\"]}")).path("secret").asString());
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        reader.close();
        lab.close();
    }

    private static String write(String to) {
        return write(to, "Use it: " + SECRET);
    }

    private static String write(String to, String text) {
        return lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"" + to + "\"],\"subject\":\"Your "
                + SECRET + "\",\"stream\":\"resets\",\"html\":\"<p>" + SECRET
                + "\",\"text\":\"" + text + "\"}");
    }

    private static int raw(String id) {
        return lab.api().get("/v1/messages/" + id + "/raw").status();
    }

    @Test
    void onlyTheOwnerReadsItWhileItWaits() {
        String id = write("bob@grey.test");
        lab.awaitEvent(id, "deferred", 1);
        String path = "/messages/" + id;

        assertTrue(lab.api().get("/v1" + path + "/raw").text().contains(SECRET));
        WebClient.Reply refused = reader.get("/v1" + path + "/raw");
        assertEquals(403, refused.status());
        assertEquals("missing-scope", refused.slug());
        for (String view : List.of("html", "text", "headers", "raw")) {
            String shown = developer.get(path + "?view=" + view).text();
            assertTrue(shown.contains("Only the owner sees its content"), shown);
            assertFalse(shown.contains(SECRET), view);
        }
        for (String part : List.of("/html", "/download")) {
            assertEquals(403, developer.get(path + part).status());
            assertFalse(developer.get(path + part).text().contains(SECRET));
            assertTrue(owner.get(path + part).text().contains(SECRET));
        }
        assertTrue(owner.get(path + "?view=text").text().contains("Use it: " + SECRET));
    }

    @Test
    void theSubjectIsShownToNobody() {
        String id = write("eve@grey.test");
        lab.awaitEvent(id, "deferred", 1);

        JsonNode message = lab.message(id);
        assertEquals("(sensitive)", message.path("subject").asString());
        assertTrue(message.path("sensitive").asBoolean());
        Lab.await(() -> lab.api().get("/v1/messages?recipient=eve@grey.test").text().contains(id),
                () -> "not in the list");
        for (String seen : List.of("/v1/messages?recipient=eve@grey.test", "/v1/messages/" + id,
                "/v1/messages/" + id + "/events", "/v1/messages/" + id + "/conversations",
                "/v1/messages?subject=" + SECRET)) {
            assertFalse(lab.api().get(seen).text().contains(SECRET), seen);
        }
        assertFalse(lab.api().get("/v1/messages?subject=4711").text().contains(id));
        assertFalse(owner.get("/messages").text().contains(SECRET));
    }

    @Test
    void itIsDroppedWhenTheLastDeliveryHasEnded() {
        String large = "x".repeat(300_000);
        String small = write("bob@there.test");
        String big = write("bob@there.test", large);
        String kept = lab.write("bob@there.test");
        for (String id : List.of(small, big)) {
            lab.awaitState(id, "delivered");
            Lab.await(() -> raw(id) == 410, () -> id + " is still there");
        }
        lab.awaitState(kept, "delivered");

        WebClient.Reply gone = lab.api().get("/v1/messages/" + small + "/raw");
        assertEquals("gone", gone.slug());
        assertTrue(gone.text().contains("sensitive stream"), gone.text());
        String page = owner.get("/messages/" + small + "?view=raw").text();
        assertTrue(page.contains("The content is gone") && !page.contains(SECRET), page);
        assertTrue(page.contains("bob@there.test"), "what happened stays");
        assertEquals(410, owner.get("/messages/" + small + "/download").status());
        assertEquals(List.of("accepted", "delivered"), lab.told(small));
        assertEquals(200, raw(kept));
        Lab.await(() -> files() == 0, () -> files() + " large bodies are left");
    }

    @Test
    void oneOpenDeliveryKeepsIt() {
        String id = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"a@there.test\","
                + "\"b@grey.test\"],\"subject\":\"x\",\"stream\":\"resets\",\"text\":\"x\"}");
        lab.awaitEvent(id, "deferred", 1);
        Lab.await(() -> lab.states(id).getFirst().equals("delivered"), () -> "not delivered");
        String next = write("c@there.test");
        Lab.await(() -> raw(next) == 410, () -> "dropped later than this one");

        assertEquals(200, raw(id));
        lab.clock().advance(Duration.ofDays(3));
        lab.awaitEvent(id, "expired", 1);
        Lab.await(() -> raw(id) == 410, () -> id + " is still there");
    }

    @Test
    void whatIsCapturedIsDroppedToo() {
        String id = write("bob@nowhere.test");
        lab.awaitState(id, "captured");
        Lab.await(() -> raw(id) == 410, () -> id + " is still there");

        assertTrue(owner.get("/messages/" + id).text().contains("also where it was captured"));
    }

    @Test
    void whatHasEndedIsNotSentAgain() {
        String id = write("bob@nowhere.test");
        lab.awaitState(id, "captured");

        WebClient.Reply again = lab.api().post("/v1/messages/" + id + "/resend", "");

        assertEquals("not-resendable", again.slug(), again.text());
        assertFalse(owner.get("/messages/" + id).text().contains("Send again"));
    }

    @Test
    void aStreamIsMadeSensitiveForWhatComesFromThen() {
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"codes\"}"));
        String before = lab.write("bob@there.test");
        Lab.expect(200, patch("codes", "{\"sensitive\":true}"));
        String after = lab.post("{\"from\":\"ann@ours.test\",\"to\":[\"bob@there.test\"],"
                + "\"stream\":\"codes\",\"subject\":\"x\",\"text\":\"x\"}");
        Lab.await(() -> raw(after) == 410, () -> after + " is still there");

        assertEquals(200, raw(before));
        assertFalse(Lab.expect(200, patch("codes", "{\"sensitive\":false}")).path("sensitive")
                .asBoolean());
        assertEquals(404, patch("nobody", "{}").status());
        assertEquals(List.of("/class", "/sensitive"),
                patch("codes", "{\"sensitive\":1,\"class\":\"bulk\"}").pointers().stream().sorted()
                        .toList());
    }

    private static WebClient.Reply patch(String stream, String json) {
        return lab.api().patch("/v1/streams/" + stream, json);
    }

    /** Of large bodies; on PostgreSQL they are rows. */
    private long files() {
        if (engine == Lab.Engine.POSTGRES) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(lab.data().resolve("content"))) {
            return all.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
