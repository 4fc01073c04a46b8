package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A person who finds a stream stopped and a key held, sees why, and says how it goes on. */
class ContainmentPagesTest {
    private static final int THEFT = 300;

    /** What is there to be seen. */
    record Scene(String waits, String shop, WebClient thief, String held) {
    }

    /** A bulk stream that bounces, then a key that is used as never before. Its owner looks on. */
    static Scene scene(Lab lab, Browser browser) {
        PagesTest.enter(browser, lab);
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        lab.sink().answers(l -> l.startsWith("RCPT TO:<bad") ? "550 5.1.1 no such user" : null);
        lab.post(letter("bulk", "bad", 30));
        lab.post(letter("bulk", "good", 170));
        Lab.await(() -> Lab.expect(200, lab.api().get("/v1/queue")).path("pauses").valueStream()
                .anyMatch(p -> p.path("author").asString().equals("containment")),
                () -> "" + lab.api().get("/v1/containment").text());
        var made = Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"shop\"}"));
        lab.clock().advance(Duration.ofDays(15));
        String hour = Long.toString(lab.clock().instant().getEpochSecond() / 3_600);
        Lab.await(() -> lab.store().read(h -> h.createQuery("SELECT count(*) FROM"
                + " containment_cursor WHERE name = 'credentials' AND position = '" + hour + "'")
                .mapTo(Integer.class).one()) == 1, () -> "the hour is not counted");
        WebClient thief = lab.api(made.path("secret").asString());
        String held = sent(thief, letter("transactional", "good", THEFT));
        lab.awaitState(held, "held");
        browser.open(PagesTest.base(lab) + "/login")
                .type("input[name=email]", "ann@example.org")
                .type("input[name=password]", PagesTest.PASSWORD).click("button[type=submit]")
                .await("h1", "Now");
        return new Scene(lab.post(letter("bulk", "late", 1)), made.path("id").asString(), thief,
                held);
    }

    private static String letter(String stream, String who, int count) {
        return "{\"from\":\"ann@" + Lab.OURS + "\",\"subject\":\"Spring\",\"text\":\"x\","
                + "\"stream\":\"" + stream + "\",\"to\":" + IntStream.range(0, count)
                .mapToObj(i -> "\"" + who + i + "@there.test\"")
                .collect(Collectors.joining(",", "[", "]")) + "}";
    }

    private static String sent(WebClient by, String letter) {
        return Lab.expect(202, by.post("/v1/messages", letter)).path("id").asString();
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void whatIsContainedSaysWhyAndGoesOnOrEndsByAWord(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine); Browser browser = Browser.start()) {
            Scene scene = scene(lab, browser);
            String base = PagesTest.base(lab);
            browser.open(base + "/messages/" + scene.waits())
                    .await("#timeline", "paused by containment: 30 hard bounces in 200 tries")
                    .await("#timeline", "The page Queue");
            browser.open(base + "/queue").await("h2#contained", "Streams that do harm");
            String told = browser.text("section[aria-labelledby=contained]");
            for (String part : List.of("bulk", "stopped", "30 hard bounces in 200 tries in 24 h"
                    + " (15.00 %)", "no such user", "Clean its list first")) {
                assertTrue(told.contains(part), part + " in " + told);
            }
            assertEquals(0, browser.count("#pauses"), "told once");
            browser.click("form[action='/queue/streams/bulk/resume'] button");
            Lab.await(() -> browser.count("#contained") == 0, browser::page);
            lab.awaitState(scene.waits(), "delivered");

            browser.open(base + "/messages/" + scene.held())
                    .await("#timeline", "the credential " + scene.shop() + " is held")
                    .await("#timeline", "The page Credentials");
            browser.open(base + "/credentials").await("h2#held", "Held")
                    .await("section[aria-labelledby=held]", THEFT + " recipients in this hour;"
                            + " the most of its last 7 days was 0 in an hour");
            browser.click("form[action='/credentials/" + scene.shop() + "/release'] button")
                    .await("[role=status]", scene.shop() + " goes on, and " + THEFT
                            + " deliveries are let go");
            assertEquals(0, browser.count("#held"));
            lab.awaitState(scene.held(), "delivered");

            Lab.expect(201, lab.api().post("/v1/queue/pause",
                    "{\"stream\":\"bulk\",\"reason\":\"to look\"}"));
            String spam = sent(scene.thief(), letter("bulk", "good", 3));
            browser.click("a[href='/credentials/" + scene.shop() + "/contain']")
                    .await("h1", "Contain shop?").click("button.danger")
                    .await("[role=status]", scene.shop() + " is contained: it is revoked, and 3"
                            + " deliveries are cancelled");
            assertTrue(browser.text("section[aria-labelledby=keys]").contains(
                    "revoked by ann@example.org, and its queue is cancelled"), browser.page());
            assertEquals(List.of("cancelled", "cancelled", "cancelled"), lab.states(spam));
            assertEquals(401, scene.thief().get("/v1/events").status());
            scene.thief().close();
        }
    }

    @Test
    void thesePagesAreFreeOfSeriousBarriers() throws IOException {
        Assumptions.assumeTrue(Files.exists(PagesTest.AXE),
                "needs axe-core: npm ci in src/test/clients/node");
        String axe = Files.readString(PagesTest.AXE);
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            Scene scene = scene(lab, browser);
            List<String> barriers = new ArrayList<>();
            for (int width : List.of(1280, 360)) {
                browser.prefers(width == 360 ? "dark" : "light").size(width, 900);
                for (String path : List.of("/queue", "/credentials",
                        "/credentials/" + scene.shop() + "/contain")) {
                    browser.open(PagesTest.base(lab) + path);
                    PagesTest.barriers(browser, axe, barriers);
                    PagesTest.wide(browser, path, width, barriers);
                }
            }
            assertEquals(List.of(), barriers);
            scene.thief().close();
        }
    }
}
