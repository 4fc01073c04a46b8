package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a recipient chooses behind the link of a mail, and what is sent then. */
class PreferencesTest {
    private static final String BOB = "bob@there.test";
    private Lab lab;

    @AfterEach
    void stop() {
        lab.close();
    }

    private void open(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.PUBLIC_URL, "https://mill.test")
                .start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"weekly\",\"class\":\"bulk\","
                + "\"title\":\"The <b>weekly</b>\",\"description\":\"What is \\\"new\\\"\","
                + "\"public\":true}"));
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"hidden\",\"class\":\"bulk\"}"));
        Lab.expect(200, lab.api().patch("/v1/streams/bulk", "{\"title\":\"Offers\"}"));
    }

    private String send(String to, String stream) {
        return lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to
                + "\"],\"subject\":\"News\",\"text\":\"Hi\",\"stream\":\"" + stream + "\"}");
    }

    private String page(String to, String stream) {
        lab.awaitState(send(to, stream), "delivered");
        Matcher m = Pattern.compile("<https://mill\\.test(/u/u[a-z2-7]{32})>").matcher(
                lab.sink().received().getLast().text());
        assertTrue(m.find());
        return m.group(1);
    }

    private WebClient.Reply post(String path, String form) {
        WebClient.Reply reply = lab.api("").send(lab.api("").request(path)
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .setHeader("Content-Type", "application/x-www-form-urlencoded"));
        assertEquals("", reply.header("Set-Cookie").orElse(""));
        assertEquals("", reply.header("Location").orElse(""));
        return reply;
    }

    /** The form that holds this button, filled in as it came, with these boxes ticked or not. */
    private static String form(String page, String button, List<String> off, String more) {
        String form = Pattern.compile("<form method=\"post\">(.*?)</form>", Pattern.DOTALL)
                .matcher(page).results().map(r -> r.group(1))
                .filter(f -> f.contains(button)).findFirst().orElseThrow(() ->
                        new AssertionError("no " + button + " in " + page));
        List<String> fields = new ArrayList<>();
        Matcher m = Pattern.compile("<input type=\"(hidden|checkbox)\" name=\"(\\w+)\""
                + " value=\"([^\"]*)\"( checked)?> ?(?:<span>([^<]*))?").matcher(form);
        while (m.find()) {
            boolean on = m.group(1).equals("hidden") || m.group(4) != null;
            boolean dropped = m.group(5) != null && off.contains(m.group(5));
            if (on && !dropped) {
                fields.add(m.group(2) + "=" + m.group(3));
            }
        }
        fields.add("save=yes");
        return fields.stream().collect(Collectors.joining("&")) + more;
    }

    private void awaitSuppressed(String to, String stream) {
        Lab.await(() -> lab.states(send(to, stream)).equals(List.of("suppressed")),
                () -> stream + " is still sent to " + to);
    }

    private List<String> types() {
        return Lab.expect(200, lab.api().get("/v1/events?limit=500")).path("data").valueStream()
                .filter(e -> List.of("email.unsubscribed", "email.received")
                        .contains(e.path("type").asString()))
                .map(e -> e.path("stream").asString() + " " + (e.path("type").asString()
                        .equals("email.received") ? e.at("/data/kind").asString()
                        : "unsubscribed" + (e.at("/data/all").asBoolean() ? " all" : "")))
                .toList();
    }

    @Test
    void thePageFitsAPhone() {
        open(Lab.Engine.SQLITE);
        String bob = page(BOB, "bulk");
        // the longest that it has to say
        post(bob, form(lab.api("").get(bob).text(), "Save", List.of(), "&pause=30"));
        try (Browser browser = Browser.start()) {
            List<String> wrong = new ArrayList<>();
            for (String language : List.of("en", "de")) {
                browser.size(320, 700).open(lab.mill().http()
                        .resolve(bob + "?lang=" + language).toString());
                PagesTest.wide(browser, language, 320, wrong);
                assertEquals(1, browser.run("const r = document.createRange();"
                        + "r.selectNodeContents(document.querySelector('.pause').firstChild);"
                        + "return r.getClientRects().length").asInt(), "its label is one line");
            }
            assertEquals(List.of(), wrong);
        }
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void topicsAreLeftAndTakenBackByTheRecipientAlone(Lab.Engine engine) {
        open(engine);
        String bob = page(BOB, "bulk");
        String eve = page("eve@there.test", "weekly");
        WebClient.Reply page = lab.api("").get(bob);
        assertTrue(page.text().contains("b…@there.test"), page.text());
        assertFalse(page.text().contains(BOB), page.text());
        assertTrue(page.text().contains("The &lt;b&gt;weekly&lt;/b&gt;"), page.text());
        assertTrue(page.text().contains("What is &quot;new&quot;"), page.text());
        assertFalse(page.text().contains("hidden</span>"), "it is not public: " + page.text());
        assertEquals(List.of(), types(), "to look changes nothing");

        String chosen = form(page.text(), "Save", List.of("Offers"), "");
        WebClient.Reply saved = post(bob, chosen);
        assertEquals(200, saved.status(), saved.text());
        assertTrue(saved.text().contains("Offers: you don't get it"), saved.text());
        assertTrue(saved.text().contains("weekly&lt;/b&gt;: you get it"), saved.text());
        told(List.of("bulk unsubscribed"));
        awaitSuppressed(BOB, "bulk");
        assertEquals(200, post(bob, chosen).status(), "posted again");
        told(List.of("bulk unsubscribed"));
        lab.awaitState(send(BOB, "weekly"), "delivered");
        lab.awaitState(send("eve@there.test", "bulk"), "delivered");
        assertTrue(lab.api("").get(eve).text().contains("checked> <span>Offers")
                || !lab.api("").get(eve).text().contains("Offers"), "Bob's choice is Bob's");

        WebClient.Reply undone = post(bob, form(saved.text(), "Undo", List.of(), ""));
        assertTrue(undone.text().contains("Offers: you get it"), undone.text());
        told(List.of("bulk unsubscribed", "bulk resubscribed"));
        Lab.await(() -> lab.states(send(BOB, "bulk")).equals(List.of("delivered"))
                || lab.states(send(BOB, "bulk")).equals(List.of("queued")), () -> "not sent");

        // who came back and clicks the same link of the same mail once more is heard
        assertEquals(200, post(bob, "leave=yes").status());
        toldLast("bulk unsubscribed");
        awaitSuppressed(BOB, "bulk");
        assertEquals(200, post(bob, form(lab.api("").get(bob).text(), "Save", List.of(),
                "&topic=" + id(lab.api("").get(bob).text(), "Offers"))).status());
        toldLast("bulk resubscribed");
        assertEquals(200, post(bob, "List-Unsubscribe=One-Click").status());
        toldLast("bulk unsubscribed");
        awaitSuppressed(BOB, "bulk");
    }

    /** PostgreSQL shows what was committed a moment later than it was. */
    private void told(List<String> all) {
        Lab.await(() -> types().equals(all), () -> types().toString());
    }

    private void toldLast(String last) {
        Lab.await(() -> types().getLast().equals(last), () -> types().toString());
    }

    private static String id(String page, String title) {
        Matcher m = Pattern.compile("name=\"topic\" value=\"(\\d+)\"(?: checked)?> <span>"
                + Pattern.quote(title)).matcher(page);
        assertTrue(m.find(), page);
        return m.group(1);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aPauseEndsByItselfAndNoMarketingDoesNot(Lab.Engine engine) {
        open(engine);
        String bob = page(BOB, "bulk");
        WebClient.Reply paused = post(bob, form(lab.api("").get(bob).text(), "Save", List.of(),
                "&pause=30"));
        assertTrue(paused.text().contains("No marketing is sent to you until"), paused.text());
        assertTrue(paused.text().contains("After that:"), "it gets nothing now: " + paused.text());
        awaitSuppressed(BOB, "weekly");
        lab.awaitState(send(BOB, "transactional"), "delivered");
        assertTrue(post(bob, form(paused.text(), "Undo", List.of(), "")).text()
                .contains("Offers: you get it"));
        Lab.await(() -> !lab.states(send(BOB, "weekly")).equals(List.of("suppressed")),
                () -> "the pause was taken back");
        WebClient.Reply none = post(bob, form(lab.api("").get(bob).text(), "Save", List.of(),
                "&none=yes"));
        assertTrue(none.text().contains("You get no marketing"), none.text());
        told(List.of("bulk unsubscribed all"));
        awaitSuppressed(BOB, "weekly");
        post(bob, form(none.text(), "Undo", List.of(), ""));
        told(List.of("bulk unsubscribed all", "bulk resubscribed_all"));
        Lab.await(() -> !lab.states(send(BOB, "weekly")).equals(List.of("suppressed")),
                () -> "all of it was taken back");

        // a pause that went with all of it comes back with the rest
        post(bob, form(lab.api("").get(bob).text(), "Save", List.of(), "&pause=30"));
        awaitSuppressed(BOB, "weekly");
        WebClient.Reply left = post(bob, "leave=yes&all=yes");
        toldLast("bulk unsubscribed all");
        assertTrue(post(bob, form(left.text(), "Undo", List.of(), "")).text()
                .contains("No marketing is sent to you until"));
        toldLast("bulk resubscribed_all");
        awaitSuppressed(BOB, "weekly");
        post(bob, form(lab.api("").get(bob).text(), "Save", List.of(), "&pause=0"));
        Lab.await(() -> !lab.states(send(BOB, "weekly")).equals(List.of("suppressed")),
                () -> "the pause was taken back");

        post(bob, form(lab.api("").get(bob).text(), "Save", List.of(), "&pause=99999999999999"));
        awaitSuppressed(BOB, "weekly");
        assertTrue(lab.api("").get(bob).text().contains("as it is, until"));
        lab.clock().advance(Duration.ofDays(91));
        assertFalse(lab.states(send(BOB, "weekly")).equals(List.of("suppressed")),
                "no pause is longer than 90 days");
    }

    @Test
    void thePageSpeaksAsTheAddressHasChosen() {
        open(Lab.Engine.SQLITE);
        String bob = page(BOB, "bulk");
        WebClient.Reply german = lab.api("").get(bob + "?lang=de");
        assertTrue(german.text().contains("<html lang=\"de\">"), german.text());
        assertTrue(lab.api("").get(bob).text().contains("<html lang=\"en\">"),
                "to look changes nothing");
        assertTrue(post(bob, form(german.text(), "Speichern", List.of(), "")).text()
                .contains("Ihre Auswahl ist gespeichert"));
        assertTrue(lab.api("").get(page(BOB, "weekly")).text().contains("<html lang=\"de\">"),
                "the next mail's page knows");
        assertTrue(lab.api("").get(page("eve@there.test", "weekly")).text()
                .contains("<html lang=\"en\">"));
        for (String bad : List.of("?lang=<script>", "?lang=xx", "?lang=" + "a".repeat(500))) {
            assertFalse(lab.api("").get(bob + bad.replace("<", "%3C").replace(">", "%3E")).text()
                    .contains("<script"), bad);
        }
    }

    @Test
    void noFormReachesOtherTopicsOrAddresses() {
        open(Lab.Engine.SQLITE);
        String bob = page(BOB, "bulk");
        String hidden = page("eve@there.test", "hidden");
        String id = id(lab.api("").get(hidden).text(), "hidden");
        for (String form : List.of("save=yes&seen=" + id, "save=yes&seen=999999&topic=-1",
                "save=yes&seen=x&pause=-5", "save=yes", "save=yes&address=eve@there.test",
                "save=yes&seen=" + "9".repeat(30), "save=yes&pause=" + "9".repeat(15) + "0")) {
            assertEquals(200, post(bob, form).status(), form);
        }
        assertEquals(List.of(), types());
        assertEquals(400, post(bob, "save=").status());
        assertEquals(413, post(bob, "save=yes&seen=" + "1,".repeat(5_000)).status());
        lab.awaitState(send("eve@there.test", "hidden"), "delivered");
        lab.awaitState(send(BOB, "hidden"), "delivered");
    }

    @Test
    void whoGoesToAndFroForAnHourFillsNoJournal() {
        open(Lab.Engine.SQLITE);
        String bob = page(BOB, "bulk");
        String page = lab.api("").get(bob).text();
        String away = form(page, "Save", List.of("Offers"), "");
        String back = form(page, "Save", List.of(), "");
        for (int i = 0; i < 60; i++) {
            assertEquals(200, post(bob, away).status());
            assertEquals(200, post(bob, back).status());
        }
        assertTrue(types().size() <= 101, types().size() + " facts");
        assertTrue(types().size() >= 99, types().size() + " facts");
        assertEquals("bulk unsubscribed", types().getLast(), "leaving is always heard");
        assertTrue(post(bob, back).text().contains("Offers: you don't get it"));

        lab.clock().advance(Duration.ofDays(1));
        assertTrue(post(bob, back).text().contains("Offers: you get it"));
    }
}
