package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether mail arrives, at one look: the home page, with and without scripts. */
class NowTest {
    private static final String ENTER = "\uE007";
    private static final String DOWN = "\uE015";

    private static void counted(Lab lab, String figure, int n) {
        Lab.await(() -> Lab.expect(200, lab.api().get("/v1/stats")).at("/totals/" + figure)
                .asInt() == n, () -> figure + " is not " + n);
    }

    /** What a page without scripts says, without its marks. */
    private static String said(String page) {
        return page.replaceAll("(?s)<svg.*?</svg>|<[^>]+>", " ").replaceAll("&#39;", "'")
                .replaceAll("\\s+", " ");
    }

    private static String tile(String page, String show) {
        Matcher m = Pattern.compile("(?s)<a href=\"/\\?show=" + show + "&amp;span=24h\".*?</a>")
                .matcher(page);
        // the spans above the tiles lead to the number that is shown too
        String last = m.results().map(r -> r.group()).reduce((_, b) -> b)
                .orElseThrow(() -> new AssertionError(page));
        return said(last).strip();
    }

    @ParameterizedTest
    @EnumSource
    void theNumbersAreTheJournalsAndNobodyElses(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            assertTrue(said(ann.get("/").text()).contains("No mail yet"));
            lab.theirs("gmail.com");
            lab.sink().answers(line -> line.startsWith("RCPT") && line.contains("gone")
                    ? "550 5.1.1 <script>no such user</script>" : null);
            for (int i = 0; i < 8; i++) {
                lab.awaitState(lab.write("bob" + i + "@gmail.com"), "delivered");
            }
            lab.smtp().send("ann@" + Lab.OURS, "eve@gmail.com", "From: ann@" + Lab.OURS
                    + "\r\nTo: eve@gmail.com\r\n\r\nHi.\r\n");
            lab.awaitState(lab.write("gone@gmail.com"), "bounced");
            counted(lab, "delivered", 9);
            counted(lab, "bounced", 1);
            // what was read a moment ago is shown for a second
            lab.clock().advance(Duration.ofSeconds(6));

            String page = ann.get("/").text();
            assertEquals("Accepted 10 API 90 % · SMTP 10 %", tile(page, "accepted"));
            assertEquals("Delivered 90 % 9 of 10", tile(page, "delivered"));
            assertEquals("Rejected 10 % 1 of 10 by providers", tile(page, "rejected"));
            assertEquals("Opened by people – nothing tracked", tile(page, "opened"));
            assertEquals("Complaints unknown nobody tells of them", tile(page, "complaints"));
            String words = said(page);
            for (String part : List.of("Flowing All lanes flow. 10 accepted in the last 24 hours,"
                    + " 90 % delivered (9 of 10).", "Gmail 10 90 % (9 of 10)",
                    "No such mailbox Gmail")) {
                assertTrue(words.contains(part), part + " in " + words);
            }
            assertTrue(page.contains("<polyline class=\"bad\""), "drawn without scripts");
            assertTrue(words.contains("As a table"), words);
            assertFalse(page.contains("<script>no such"), page);

            String chosen = ann.get("/?show=rejected&span=7d").text();
            assertTrue(chosen.contains("<h2 id=\"chart\">Rejected "), chosen);
            assertTrue(chosen.contains("per six hours, UTC"), chosen);
            String odd = ann.get("/?show=%3Ci%3E&span=99y").text();
            assertTrue(odd.contains("<h2 id=\"chart\">Delivered "), odd);

            Visitor eve = QueueActsTest.stranger(ann);
            String hers = said(eve.get("/").text());
            assertTrue(hers.contains("No mail yet"), hers);
            assertFalse(hers.contains("Gmail"), hers);
            assertFalse(eve.get("/palette?q=ours").text().contains(Lab.OURS));
            assertTrue(ann.get("/palette?q=ours").text().contains("/domains/" + Lab.OURS));
        }
    }

    @Test
    void theWorstThingIsSaidFirstAndWhatItNeeds() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            lab.theirs("outlook.com");
            lab.awaitState(lab.write("bob@outlook.com"), "delivered");
            counted(lab, "delivered", 1);
            lab.sink().answers(line -> line.startsWith("RCPT")
                    ? "421 4.7.500 Server busy. Please try again later" : null);
            for (int i = 0; i < 6; i++) {
                lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"stream\":\"bulk\",\"to\":\"r" + i
                        + "@outlook.com\",\"subject\":\"Spring\",\"text\":\"x\"}");
            }
            Lab.await(() -> {
                lab.clock().advance(Duration.ofSeconds(2));
                return said(ann.get("/").text()).contains("Microsoft puts us off");
            }, () -> said(ann.get("/").text()));
            String page = said(ann.get("/").text());
            assertTrue(page.contains("Bulk mail to Microsoft waits"), page);
            assertTrue(page.contains("resting"), page);
            assertEquals("Rejected 0 % 0 of 1 by providers", tile(ann.get("/").text(), "rejected"),
                    "what waits is not rejected");
            Lab.expect(201, lab.api().post("/v1/domains", "{\"name\":\"news.example\"}"));
            Lab.expect(200, lab.api().post("/v1/domains/news.example/check", ""));
            lab.clock().advance(Duration.ofSeconds(6));
            page = ann.get("/").text();
            assertTrue(said(page).contains("news.example: the TXT row for DKIM is missing."),
                    said(page));
            assertTrue(page.contains("class=\"button\" href=\"/domains/news.example\""), page);
            assertTrue(said(page).contains("the public address is not https"), said(page));
        }
    }

    @Test
    void theSimulatorsMailIsItsOwnAlsoWhileItWaits() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            lab.awaitEvent(lab.write("gmail-421@simulator.mailmill.test"), "deferred", 1);
            counted(lab, "deferred", 1);
            lab.clock().advance(Duration.ofSeconds(6));
            Lab.await(() -> said(ann.get("/").text()).contains("Simulator 0 – (0 of 0) 1"),
                    () -> said(ann.get("/").text()));
            assertFalse(said(ann.get("/").text()).contains("Everyone else"));
            Lab.await(() -> ann.get("/messages?provider=simulator").text().contains(">gmail-421@"),
                    () -> ann.get("/messages?provider=simulator").text());
            assertFalse(ann.get("/messages?provider=others").text().contains(">gmail-421@"));
        }
    }

    @Test
    void fromTheFirstButtonToALiveChart() throws IOException {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            browser.await("main", "No mail yet").click("form[action='/first-mail'] button")
                    .await("h1", "It works").await("main", "captured");
            counted(lab, "captured", 1);
            browser.open(PagesTest.base(lab) + "/").await("[data-live=accepted]", "1")
                    .await("[data-health]", "nothing is sent");
            browser.await("[data-live-lamp]", "live").run("window.same = true");
            lab.awaitState(lab.write("bob@there.test"), "captured");
            browser.await("[data-live=accepted]", "2").await("[data-health]", "2 kept");
            assertTrue(browser.run("return window.same === true").asBoolean(), "no new page");

            browser.click("a[href*='show=accepted']").await("#chart", "Accepted");
            assertTrue(browser.url().endsWith("/?show=accepted&span=24h"), browser.url());
            Lab.await(() -> browser.count(".graph.by-script canvas") == 1, browser::page);
            browser.click("a[href*='span=7d']").await("#chart", "per six hours");

            keyboard(lab, browser);
            List<String> barriers = new ArrayList<>();
            String axe = Files.exists(PagesTest.AXE) ? Files.readString(PagesTest.AXE) : "";
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(scheme.equals("dark") ? 360 : 1280, 900)
                        .open(PagesTest.base(lab) + "/");
                browser.await("[data-live=accepted]", "2");
                PagesTest.wide(browser, "/", scheme.equals("dark") ? 360 : 1280, barriers);
                browser.run("document.querySelector('[data-palette]').click()");
                browser.await("#palette-list", "Queue");
                if (!axe.isEmpty()) {
                    PagesTest.barriers(browser, axe, barriers);
                    browser.run("document.getElementById('palette').close()");
                    PagesTest.barriers(browser, axe, barriers);
                }
            }
            assertEquals(List.of(), barriers);
        }
    }

    private static void keyboard(Lab lab, Browser browser) {
        browser.open(PagesTest.base(lab) + "/").await("h1", "Now");
        browser.press("gm").await("h1", "Messages");
        browser.press("?").await("#keys", "next and previous row");
        browser.run("document.getElementById('keys').close()");
        browser.run("document.body.dispatchEvent(new KeyboardEvent('keydown',"
                + " {key: 'k', ctrlKey: true, bubbles: true}))");
        browser.await("#palette-list", "Messages").press("que");
        Lab.await(() -> browser.text("#palette-list").startsWith("Queue"),
                () -> browser.text("#palette-list"));
        assertEquals("palette-0", browser.run("return document.getElementById('palette-input')"
                + ".getAttribute('aria-activedescendant')").asString());
        browser.press(DOWN);
        assertEquals("true", browser.run("return document.getElementById('palette-1')"
                + ".getAttribute('aria-selected')").asString());
        assertTrue(browser.text("#palette-1").startsWith("Mail to que"),
                browser.text("#palette-list"));
        browser.press("\uE013" + ENTER).await("h1", "Queue");
    }
}
