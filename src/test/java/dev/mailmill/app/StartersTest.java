package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The templates that come with the program are taken, tried, published and sent. */
class StartersTest {
    /** What issue 6 asks for. */
    static final List<String> ALL = List.of("email-confirmation", "account-activation",
            "account-created", "password-reset", "suspicious-login", "application-error",
            "purchase-receipt", "shipping-notice", "policy-notification", "invoice",
            "trial-ending", "newsletter", "double-opt-in", "preference-change");
    /** A reader on a slow line waits for no more. */
    private static final int OCTETS_MAX = 30 * 1024;

    private Lab lab;
    @TempDir
    Path folder;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    private JsonNode starter(String alias) {
        return Lab.expect(200, lab.api().get("/v1/templates/starters/" + alias));
    }

    private JsonNode take(int status, String body) {
        return Lab.expect(status, lab.api().post("/v1/templates", body));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void eachIsTakenPassesItsTestsAndIsSentWithItsSample(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        JsonNode list = Lab.expect(200, lab.api().get("/v1/templates/starters")).path("data");
        assertEquals(ALL, list.valueStream().map(s -> s.path("alias").asString()).toList());
        List<String> said = new ArrayList<>();
        for (String alias : ALL) {
            JsonNode made = take(201, "{\"starter\":\"" + alias + "\"}");
            assertEquals(alias, made.path("alias").asString());
            assertEquals(alias.equals("newsletter"), made.path("bulk").asBoolean(), alias);
            assertEquals(Set.of("de"), Set.copyOf(made.path("locales").propertyNames()), alias);
            assertTrue(made.path("tests").size() >= 2, alias);
            JsonNode report = Lab.expect(200,
                    lab.api().post("/v1/templates/" + alias + "/test", ""));
            report.path("findings").forEach(f -> said.add(alias + ": " + f));
            if (report.path("passed").asBoolean()) {
                Lab.expect(200, lab.api().post("/v1/templates/" + alias + "/publish", "{}"));
            }
        }
        assertEquals(List.of(), said);
        for (String alias : ALL) {
            for (String locale : List.of("en", "de")) {
                said.addAll(sent(alias, locale));
            }
        }
        assertEquals(List.of(), said);
    }

    /** What is wrong with a copy. */
    private List<String> sent(String alias, String locale) {
        List<String> said = new ArrayList<>();
        JsonNode sample = starter(alias).path("sample");
        String id = lab.post("{\"from\":\"shop@ours.test\",\"to\":\"ann@there.test\","
                + "\"template\":\"" + alias + "\",\"locale\":\"" + locale + "\",\"data\":"
                + sample + "}");
        lab.awaitState(id, "captured");
        JsonNode seen = Lab.expect(200, lab.api().post("/v1/templates/render",
                "{\"template\":\"" + alias + "\",\"locale\":\"" + locale + "\",\"data\":" + sample
                        + "}"));
        assertEquals(seen.path("subject").asString(), lab.message(id).path("subject").asString());
        String text = seen.path("text").asString();
        String html = seen.path("html").asString();
        // whatever the sample says can be read, in both parts
        sample.properties().forEach(e -> {
            if (e.getValue().isString() && !e.getKey().matches(".*(_on|_at|at|_seen|color|preview"
                    + "|currency)")) {
                String value = e.getValue().asString();
                if (!text.contains(value)) {
                    said.add(alias + "/" + locale + " lacks " + value + ": " + text);
                }
                if (!org.jsoup.parser.Parser.unescapeEntities(html, false).contains(value)) {
                    said.add(alias + "/" + locale + " lacks " + value + ": " + html);
                }
            }
        });
        assertTrue(html.contains("lang=\"" + locale + "\""), html);
        for (String hole : List.of("{{", "}}", "null", "undefined", "\n\n\n")) {
            if (text.contains(hole)) {
                said.add(alias + "/" + locale + " has a hole: " + text);
            }
        }
        String raw = lab.api().get("/v1/messages/" + id + "/raw").text();
        assertTrue(raw.contains("multipart/alternative") && raw.contains("text/plain"), raw);
        assertTrue(html.getBytes(StandardCharsets.UTF_8).length < OCTETS_MAX, alias);
        return said;
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whatIsSaidBesideAStarterChangesIt(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        JsonNode made = take(201, """
                {"starter":"password-reset","alias":"reset","name":"Our reset","subject":"Reset",
                 "locales":{"de":null}}""");
        assertEquals("reset", made.path("alias").asString());
        assertEquals("Our reset", made.path("name").asString());
        assertEquals("Reset", made.path("subject").asString());
        assertEquals(0, made.path("locales").size());
        assertEquals(starter("password-reset").path("html"), made.path("html"));
        assertEquals("Password reset", take(201, "{\"starter\":\"password-reset\"}").path("name")
                .asString());
        take(409, "{\"starter\":\"password-reset\"}");
        assertTrue(take(422, "{\"starter\":\"passwort\"}").toString().contains("password-reset"));
        assertTrue(take(422, "{\"starter\":\"invoice\",\"kind\":\"layout\"}").toString()
                .contains("\"/kind\""));
        assertTrue(take(422, "{\"alias\":\"starters\",\"subject\":\"x\"}").toString()
                .contains("\"/alias\""));
        assertTrue(take(422, "{\"subject\":\"x\"}").toString().contains("\"/alias\""));
        Lab.expect(404, lab.api().get("/v1/templates/starters/passwort"));
        Lab.expect(404, lab.api().get("/v1/templates/starters/index"));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whatEachNeedsIsDeclaredAndWhatHasADefaultIsNotAskedFor(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        Map<String, Set<String>> undeclared = new HashMap<>();
        for (String alias : ALL) {
            JsonNode made = take(201, "{\"starter\":\"" + alias + "\"}");
            Set<String> declared = Set.copyOf(made.path("variables").propertyNames());
            made.path("required").forEach(r -> {
                String name = r.asString().replaceFirst("\\[].*", "");
                if (!declared.contains(name)) {
                    undeclared.computeIfAbsent(alias, _ -> new java.util.TreeSet<>()).add(name);
                }
            });
            assertTrue(made.path("required").toString().contains("company_name"), alias);
            assertFalse(made.path("required").toString().contains("brand_color"), alias);
            made.path("variables").properties().forEach(v -> assertFalse(
                    v.getValue().path("description").asString().isEmpty(), alias + v.getKey()));
        }
        assertEquals(Map.of(), undeclared);
    }

    /** WCAG 2.2, 1.4.3, for all text that is seen; large text too, to be plain. */
    private static final String FAINT = """
            const rgb = t => (t.match(/[0-9.]+/g) || []).map(Number);
            const lum = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92
                : Math.pow((v + 0.055) / 1.055, 2.4)).reduce((s, v, i) =>
                s + v * [0.2126, 0.7152, 0.0722][i], 0);
            const found = [];
            for (const e of document.querySelectorAll('body *')) {
              const own = [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim());
              if (!own || !e.getClientRects().length || e.closest('[style*="display:none"]'))
                continue;
              let at = e, back = [0, 0, 0, 0];
              while (at && (back = rgb(getComputedStyle(at).backgroundColor))[3] === 0)
                at = at.parentElement;
              const a = lum(rgb(getComputedStyle(e).color)), b = lum(at ? back : [255, 255, 255]);
              const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              if (ratio < 4.5) found.push(e.textContent.trim().slice(0, 40) + ' ' + ratio);
            }
            return found.join('; ');""";

    /** With its sample, and with the last of its tests: long names, many items. */
    @Test
    void eachCanBeReadOnATelephoneAndInTheDark() throws IOException {
        lab = PagesTest.capturing(Lab.Engine.SQLITE);
        List<String> barriers = new ArrayList<>();
        try (Browser browser = Browser.start()) {
            for (String alias : ALL) {
                JsonNode made = take(201, "{\"starter\":\"" + alias + "\"}");
                JsonNode last = made.path("tests").get(made.path("tests").size() - 1);
                for (JsonNode data : List.of(made.path("sample"), last.path("data"))) {
                    look(browser, alias, data, barriers);
                }
            }
        }
        assertEquals(List.of(), barriers);
    }

    private void look(Browser browser, String alias, JsonNode data, List<String> barriers)
            throws IOException {
        for (String locale : List.of("en", "de")) {
            String html = Lab.expect(200, lab.api().post("/v1/templates/render",
                    "{\"template\":\"" + alias + "\",\"draft\":true,\"locale\":\"" + locale
                            + "\",\"data\":" + data + "}")).path("html").asString();
            Path file = Files.writeString(folder.resolve(alias + ".html"), html);
            browser.size(360, 800).open(file.toUri().toString());
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme);
                String what = alias + "/" + locale + "/" + scheme;
                PagesTest.wide(browser, what, 360, barriers);
                String faint = browser.run(FAINT).asString();
                if (!faint.isEmpty()) {
                    barriers.add(what + ": " + faint);
                }
            }
            assertEquals("", browser.run("""
                    return [...document.querySelectorAll('img:not([alt]),table:not([role])')]
                        .map(e => e.outerHTML.slice(0, 80)).join()""").asString(), alias);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void thePageTakesOneByAButton(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        try (Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            browser.open(PagesTest.base(lab) + "/templates").await("main", "There is none yet");
            assertEquals(ALL.size(), browser.count("button[aria-label^='Use ']"));
            browser.click("button[aria-label='Use Password reset']")
                    .await("h1", "Password reset");
            assertTrue(browser.url().endsWith("/templates/password-reset"), browser.url());
            assertEquals("password-reset", Lab.expect(200,
                    lab.api().get("/v1/templates/password-reset")).path("alias").asString());
            browser.open(PagesTest.base(lab) + "/templates")
                    .click("button[aria-label='Use Password reset']")
                    .await("[role=alert]", "password-reset already");
        }
    }
}
