package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** A person in front of a real Chromium; the engines take turns. */
class PagesTest {
    static final String PASSWORD = "correct horse battery";
    static final Path AXE =
            Path.of("src/test/clients/node/node_modules/axe-core/axe.min.js");
    private static final String TAB = "\uE004";
    private static final String ENTER = "\uE007";

    /** A capturing server that nobody owns yet. */
    static Lab capturing(Lab.Engine engine) {
        return Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture").start();
    }

    static String base(Lab lab) {
        String url = lab.mill().base().toString();
        return url.substring(0, url.length() - 1);
    }

    /** By the first start's link. */
    static void enter(Browser browser, Lab lab) {
        browser.open(lab.mill().welcome().orElseThrow().toString())
                .type("input[name=email]", "ann@example.org")
                .type("input[name=password]", PASSWORD).click("button[type=submit]")
                .await("h1", "Now");
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void fromTheFirstLinkToTheFirstMail(Lab.Engine engine) {
        try (Lab lab = capturing(engine); Browser browser = Browser.start()) {
            browser.open(base(lab) + "/domains").await("h1", "Log in");
            assertTrue(browser.url().endsWith("/login?next=%2Fdomains"), browser.url());
            enter(browser, lab);
            browser.open(base(lab) + "/messages").await("h1", "Messages");
            assertTrue(browser.page().contains("Captured, not sent"), browser.page());
            assertTrue(browser.page().contains("No mail yet"), browser.page());

            String id = lab.post("""
                    {"from":"Shop <shop@ours.test>","to":["ann@there.test"],
                     "subject":"Your <b>receipt</b>","text":"Thanks.","tags":["receipt"],
                     "html":"<h1>Thank you</h1><script>parent.document.title='taken'</script>"}""");
            lab.awaitState(id, "captured");
            browser.await("table.linked", "ann@there.test").await("table.linked", "captured");
            browser.click("a.whole").await("h1", "Your <b>receipt</b>");
            assertTrue(browser.url().endsWith("/messages/" + id), browser.url());
            assertTrue(browser.page().contains("Captured, not sent"), browser.page());
            browser.await("#timeline", "It was kept and shown here");
            browser.frame("iframe.mail").await("h1", "Thank you").top();
            assertFalse(browser.title().contains("taken"), browser.title());
            browser.open(base(lab) + "/messages/" + id + "?view=text")
                    .await("pre.content", "Thanks.");
            browser.open(base(lab) + "/messages/" + id + "?view=headers")
                    .await("pre.content", "Subject: Your <b>receipt</b>");
            browser.open(base(lab) + "/messages/" + id + "?view=raw")
                    .await("pre.content", "multipart/alternative");

            browser.open(base(lab) + "/messages").click(".self form button")
                    .await("h1", "Log in");
            browser.open(base(lab) + "/messages").await("h1", "Log in");
            browser.type("input[name=email]", "ann@example.org")
                    .type("input[name=password]", "wrong").click("button[type=submit]")
                    .await("[role=alert]", "do not fit");
            browser.type("input[name=password]", PASSWORD).click("button[type=submit]")
                    .await("h1", "Messages");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void domainsAndCredentialsAreSetUpWithTheKeyboardAlone(Lab.Engine engine) {
        try (Lab lab = capturing(engine); Browser browser = Browser.start()) {
            enter(browser, lab);
            browser.open(base(lab) + "/domains").press(TAB);
            assertEquals("Skip to the content", browser.run(
                    "return document.activeElement.textContent").asString());
            browser.run("document.querySelector('input[name=name]').focus()");
            browser.press("shop.test" + ENTER).await("h1", "shop.test");
            assertTrue(browser.page().contains("v=DKIM1; k=rsa;"), browser.page());
            browser.run("document.querySelector('main button.main').focus()");
            browser.press(ENTER).await("[role=status]", "not verified yet");
            assertTrue(browser.page().contains("Nothing is published"), browser.page());

            browser.open(base(lab) + "/credentials");
            browser.run("document.querySelectorAll('input[name=name]')[1].focus()");
            browser.press("printer" + ENTER).await("[role=status]", "Keep it now");
            String id = browser.text("#made-user");
            String secret = browser.text("#made-secret");
            assertTrue(lab.smtp(id, secret).send("me@shop.test", "ann@there.test",
                    "From: me@shop.test\r\nSubject: Hi\r\n\r\nHi.\r\n").taken());
            browser.open(base(lab) + "/credentials");
            assertFalse(browser.page().contains(secret), "shown once");
            browser.click("a[href='/credentials/" + id + "/revoke']")
                    .await("h1", "Revoke printer?");
            assertTrue(browser.page().contains("535 5.7.8"), browser.page());
            browser.click("button.danger").await("[role=status]", id + " is revoked");
            assertFalse(lab.smtp(id, secret).send("me@shop.test", "ann@there.test",
                    "From: me@shop.test\r\n\r\nHi.\r\n").taken());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void theListIsFilteredByItsUrlAndTheTimelineShowsTheConversation(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine); Browser browser = Browser.start()) {
            enter(browser, lab);
            lab.theirs("there.test");
            lab.awaitState(lab.write("bob@there.test"), "delivered");
            lab.sink().answers(line -> line.startsWith("RCPT") ? "550 5.1.1 no such user" : null);
            String id = lab.write("nobody@there.test");
            lab.awaitState(id, "bounced");
            browser.open(base(lab) + "/messages").await("#rows", "bob@there.test")
                    .await("#rows", "nobody@there.test");
            browser.open(base(lab) + "/messages?state=bounced").await("#rows", "nobody@");
            assertFalse(browser.text("#rows").contains("bob@"), browser.text("#rows"));
            browser.open(base(lab) + "/messages?to=bo").await("#rows", "bob@there.test");
            assertFalse(browser.text("#rows").contains("nobody@"), browser.text("#rows"));
            browser.open(base(lab) + "/messages?to=" + id).await("h1", "Hello");
            browser.await("#timeline", "There is no such mailbox").click("summary")
                    .await(".talk", "RCPT TO:<nobody@there.test>").await(".talk", "no such user");
            assertTrue(browser.text(".talk").matches("(?s).*\\d+ ms.*"), browser.text(".talk"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void aLetterForLaterIsTakenBackAndSentAgainByButtons(Lab.Engine engine) {
        try (Lab lab = capturing(engine); Browser browser = Browser.start()) {
            enter(browser, lab);
            String id = lab.post("""
                    {"from":"shop@ours.test","to":["ann@there.test"],"subject":"Sale",
                     "text":"Soon.","send_at":"%s"}""".formatted(
                    lab.clock().instant().plus(Duration.ofDays(2))));
            String year = Integer.toString(lab.clock().instant().plus(Duration.ofDays(2))
                    .atOffset(java.time.ZoneOffset.UTC).getYear());
            browser.open(base(lab) + "/messages").await("table.linked", "scheduled")
                    .await("td.state .soft", year);
            browser.click("a.whole").await("#timeline", "to be sent")
                    .await("#timeline", "It waits for the time that was asked for");
            assertEquals(0, browser.count("form[action$='/resend']"));
            browser.click("form[action$='/cancel'] button")
                    .await("[role=status]", "Cancelled: it is not sent.")
                    .await("#timeline", "The sender took it back");
            assertEquals(List.of("cancelled"), lab.states(id));
            browser.click("form[action$='/resend'] button")
                    .await("[role=status]", "Sent again, as this new message.")
                    .await("#timeline", "It was kept and shown here");
            assertFalse(browser.url().contains(id), browser.url());
            assertTrue(browser.text("dl").contains(id), "says where it comes from");
            browser.open(base(lab) + "/messages?state=cancelled").await("#rows", "ann@there");
        }
    }

    /** On one engine: what a page looks like does not come from the store. */
    @Test
    void aTemplateIsWrittenLookedAtPublishedAndSent() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            lab.theirs("example.org");
            enter(browser, lab);
            browser.open(base(lab) + "/templates").type("input[name=alias]", "welcome")
                    .click("button.main").await(".crumbs", "welcome");
            // what is written is kept and looked at without a button
            browser.type("input[name=subject]", ", at last");
            browser.await("#look .subject", ", at last");
            browser.frame("iframe.desktop").await("body", "Hello Ann").top();
            browser.type("textarea[name=markup]", "<img src=x>");
            browser.await("#look .findings", "alt text");
            browser.click("#publish ~ form button").await(".notice.bad", "alt");
            browser.type("textarea[name=markup]", "{{#if")
                    .await("#look .notice.bad", "does not end");
            Lab.expect(200, lab.api().patch("/v1/templates/welcome",
                    "{\"html\":\"<p>Hello {{name}}</p>\"}"));
            browser.open(base(lab) + "/templates/welcome").click("#publish ~ form button")
                    .await(".title", "version 1 is sent");
            browser.open(base(lab) + "/templates").await("td.state", "version 1");
            assertFalse(browser.text("td.state").contains("differs"), browser.text("td.state"));
            browser.open(base(lab) + "/templates/welcome")
                    .type("input[name=from]", "ann@ours.test").click("#send ~ form button")
                    .await("h1", ", at last");
            assertTrue(lab.sink().await(1).getFirst().text().contains("Hello Ann"));
            browser.open(base(lab) + "/templates/welcome?locale=fr")
                    .type("input[name=subject]", "Bonjour").await("#look .subject", "Bonjour");
            assertEquals("fr", Lab.expect(200, lab.api().get("/v1/templates/welcome"))
                    .path("locales").propertyNames().iterator().next());
            browser.open(base(lab) + "/templates").await("td.state", "draft differs");
        }
    }

    @Test
    void aWebhookIsAddedTriedAndToldAgain() throws IOException {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver();
                Browser browser = Browser.start()) {
            lab.theirs("there.test");
            enter(browser, lab);
            browser.open(base(lab) + "/webhooks").type("input[name=url]", "no address")
                    .type("input[name=events]", "email.delivered");
            browser.run("document.querySelector('input[name=url]').type = 'text'");
            browser.click("button.main").await("[role=alert]", "address");
            browser.type("input[name=url]", to.url()).click("button.main")
                    .await("#secret", "whsec_");
            String page = base(lab) + "/webhooks/" + Lab.expect(200,
                    lab.api().get("/v1/webhooks")).at("/data/0/id").asString();
            browser.click("form[action$='/test'] button").await("[role=status]", "answered 200");
            lab.write("bob@there.test");
            Lab.await(() -> to.calls() == 2, () -> to.calls() + " calls");
            Lab.await(() -> browser.open(page).text("table").contains("email.delivered"),
                    browser::page);
            browser.click("form[action$='/again'] button").await(".title", "enabled");
            Lab.await(() -> to.calls() == 3, () -> to.calls() + " calls");
            browser.click("form[action$='/disable'] button").await(".title", "disabled");
            browser.open(base(lab) + "/webhooks").await(".pill", "disabled");
        }
    }

    /** Light and wide, and with more on it, each is seen by {@link EveryPageTest}. */
    @Test
    void aPageThatHasHardlyAnythingIsFreeOfSeriousBarriersToo() throws IOException {
        Assumptions.assumeTrue(Files.exists(AXE),
                "needs axe-core: npm ci in src/test/clients/node");
        String axe = Files.readString(AXE);
        try (Lab lab = capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            List<String> barriers = new ArrayList<>();
            browser.open(base(lab) + "/errors/busy");
            barriers(browser, axe, barriers);
            enter(browser, lab);
            barriers(browser, axe, barriers);
            lab.own("ours.test");
            String id = lab.write("bob@there.test");
            lab.awaitState(id, "captured");
            Lab.expect(201, lab.api().post("/v1/templates", TemplatesTest.WELCOME));
            browser.prefers("dark").size(360, 900);
            for (String path : List.of("/", "/messages", "/messages/" + id, "/domains",
                    "/domains/ours.test", "/credentials", "/connect", "/queue", "/sources",
                    "/exits", "/feedback-loops", "/suppressions", "/settings",
                    "/settings/people", "/settings/sign-in", "/settings/audit", "/templates",
                    "/templates/welcome", "/webhooks")) {
                browser.open(base(lab) + path);
                barriers(browser, axe, barriers);
                wide(browser, path, 360, barriers);
            }
            browser.prefers("light").size(1280, 900).open(base(lab) + "/messages/" + id);
            barriers(browser, axe, barriers);
            wide(browser, "/messages", 1280, barriers);
            assertEquals(List.of(), barriers);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void theQueueShowsWhatHoldsMailAndTakesAWord(Lab.Engine engine) throws Exception {
        Assumptions.assumeTrue(Files.exists(AXE),
                "needs axe-core: npm ci in src/test/clients/node");
        String axe = Files.readString(AXE);
        try (Lab lab = Lab.direct(engine); Browser browser = Browser.start()) {
            Screenshots.Life.queue(lab);
            enter(browser, lab);
            browser.open(base(lab) + "/queue").await("#queue-live", "mx.busy.test")
                    .await("#queue-live", "Too many connections");
            List<String> barriers = new ArrayList<>();
            barriers(browser, axe, barriers);
            browser.size(360, 900);
            wide(browser, "/queue", 360, barriers);
            barriers(browser, axe, barriers);
            assertEquals(List.of(), barriers);
            browser.size(1280, 900).click("td.acts button").await("h1", "Queue");
            Lab.await(() -> !browser.page().contains("Prices are wrong"), browser::page);
            browser.type("input[name=reason]", "a look").type("input[name=site]", "mx.gmx.test")
                    .click("form.row button.main").await("section", "a look");
        }
    }

    /** What makes a narrow screen scroll to the side is a barrier too. */
    static void wide(Browser browser, String path, int width, List<String> barriers) {
        int wide = browser.run("return document.documentElement.scrollWidth").asInt();
        if (wide > width) {
            barriers.add(path + " is " + wide + " px wide at " + width + ": "
                    + browser.run("return [...document.querySelectorAll('*')]"
                    + ".filter(e => e.getBoundingClientRect().right > innerWidth"
                    + " && !e.closest('pre, .scroll, .talk')).map(e => e.tagName"
                    + " + '.' + e.className + ' ' + e.textContent.slice(0, 40))"
                    + ".slice(-3).join(' | ')").asString());
        }
    }

    static void barriers(Browser browser, String axe, List<String> barriers) {
        browser.run(axe);
        JsonNode found = browser.runAsync("axe.run(document, {resultTypes: ['violations']})"
                + ".then(r => arguments[0]({"
                + "passes: r.passes.length, violations: r.violations.filter("
                + "v => ['serious', 'critical'].includes(v.impact))"
                + ".map(v => v.id + ' ' + v.nodes.map(n => n.html + ' '"
                + " + (n.any[0] ? n.any[0].message : '')).join('; '))}))");
        assertTrue(found.path("passes").asInt() > 5, "axe looked at nothing");
        found.path("violations").forEach(v -> barriers.add(browser.url() + " " + v.asString()));
    }
}
