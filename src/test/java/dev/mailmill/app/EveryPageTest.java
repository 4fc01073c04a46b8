package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** All that the router shows to a person, whichever page it is: a new one is in by itself. */
@DisplayName("Every page")
class EveryPageTest {
    private static final Path AXE =
            Path.of("src/test/clients/node/node_modules/axe-core/axe.min.js");
    private static final Pattern ROUTE = Pattern.compile("gate\\.(?:get|openGet)\\(router,"
            + "\\s*(?:(?:Gatekeeper\\.)?([A-Z_]+)(?:\\s*\\+\\s*)?)?(?:\"([^\"]*)\")?");
    /** Nothing on a page leads there. */
    private static final Set<String> BY_MAIL = Set.of("/welcome");
    /** English words that no German sentence has. */
    private static final String ENGLISH = "\\\\b(the|and|are|is|with|not|this|yet|of)\\\\b";

    @Test
    void isFreeOfSeriousBarriersLightAndDarkWideAndNarrow() throws IOException {
        Assumptions.assumeTrue(Files.exists(AXE),
                "needs axe-core: npm ci in src/test/clients/node");
        String axe = Files.readString(AXE);
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            List<String> barriers = new ArrayList<>();
            browser.open(PagesTest.base(lab) + "/login");
            PagesTest.barriers(browser, axe, barriers);
            browser.open(lab.mill().welcome().orElseThrow().toString());
            PagesTest.barriers(browser, axe, barriers);
            List<String> paths = life(lab, browser);
            for (String path : paths) {
                for (String scheme : List.of("light", "dark")) {
                    int width = scheme.equals("light") ? 1280 : 360;
                    browser.prefers(scheme).size(width, 900).open(PagesTest.base(lab) + path);
                    // axe takes most of the time: by day either of them, both over two
                    if (Whole.ASKED || Whole.turn(paths.indexOf(path) + width / 1280, 2)) {
                        PagesTest.barriers(browser, axe, barriers);
                    }
                    PagesTest.wide(browser, path, width, barriers);
                }
            }
            assertEquals(List.of(), barriers);
        }
    }

    @Test
    void speaksGermanToWhoAsksForItAndFitsANarrowScreen() throws IOException {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start("de")) {
            List<String> wrong = new ArrayList<>();
            for (String path : life(lab, browser)) {
                browser.size(360, 900).open(PagesTest.base(lab) + path);
                assertEquals("de", browser.run("return document.documentElement.lang")
                        .asString(), path);
                PagesTest.wide(browser, path, 360, wrong);
                browser.run("""
                        const words = document.createTreeWalker(document.body,
                            NodeFilter.SHOW_TEXT);
                        const left = [];
                        while (words.nextNode()) {
                          const of = words.currentNode.parentElement;
                          // subjects are their senders' words
                          if (!/^Your (parcel|code) is/.test(words.currentNode.data.trim())
                              && !of.closest('pre, code, .mono, script, textarea, [lang=en]')
                              && new RegExp("%s", 'i').test(words.currentNode.data)) {
                            left.push(words.currentNode.data.trim().slice(0, 120));
                          }
                        }
                        return left;""".formatted(ENGLISH)).forEach(left ->
                                wrong.add(path + " says: " + left.asString()));
            }
            assertEquals(List.of(), wrong);

            // the switch of the side bar holds against what the browser asks for
            browser.size(1280, 900).open(PagesTest.base(lab) + "/queue")
                    .await("h1", "Warteschlange");
            browser.run("const s = document.querySelector('[data-language]'); s.value = 'en';"
                    + " s.dispatchEvent(new Event('change'))");
            browser.await("h1", "Queue").open(PagesTest.base(lab) + "/domains")
                    .await("h1", "Domains").await("main", "Add a domain");
            assertTrue(browser.run("return document.cookie").asString()
                    .contains("language=en"), "the cookie keeps it");
        }
    }

    /** Something on each page; logs in, and answers where all of them are. */
    private static List<String> life(Lab lab, Browser browser) throws IOException {
        Screenshots.Life.live(lab);
        Screenshots.Life.exits(lab);
        Lab.expect(201, lab.api().post("/v1/templates", TemplatesTest.WELCOME));
        Lab.expect(201, lab.api().post("/v1/webhooks", "{\"url\":\"https://app.example.com/\"}"));
        browser.open(lab.mill().welcome().orElseThrow().toString())
                .type("input[name=email]", "ann@example.org")
                .type("input[name=password]", "long enough to be kept")
                .click("button[type=submit]").await("header", "Mailmill");
        return pages(lab, browser);
    }

    /** One address for each route of a page: its own, or the first that a page leads to. */
    private static List<String> pages(Lab lab, Browser browser) throws IOException {
        Set<String> routes = routes();
        routes.removeAll(BY_MAIL);
        Map<String, String> found = new LinkedHashMap<>();
        Deque<String> next = new ArrayDeque<>(routes.stream().filter(r -> !r.contains("{"))
                .toList());
        List<String> pages = new ArrayList<>();
        while (!next.isEmpty()) {
            String path = next.removeFirst();
            String route = routes.stream().filter(r -> path.replaceAll("[?#].*", "")
                    .matches(r.replaceAll("\\{[a-z]+}", "[^/]+")))
                    // the literal one where both fit
                    .min(Comparator.comparing(r -> r.contains("{"))).orElse("");
            if (route.isEmpty() || found.putIfAbsent(route, path) != null) {
                continue;
            }
            // a part of a page, a file and a frame are routes too
            List<String> links = new ArrayList<>();
            browser.runAsync("""
                    fetch('%s').then(r => r.ok && (r.headers.get('Content-Type') || '')
                        .startsWith('text/html') ? r.text() : '').then(t => {
                      const page = new DOMParser().parseFromString(t, 'text/html');
                      arguments[0](page.querySelector('main#main, #main') === null ? []
                        : ['page', ...[...page.querySelectorAll('a[href^="/"]')]
                            .map(a => a.getAttribute('href'))]);
                    })""".formatted(path)).forEach(l -> links.add(l.asString()));
            if (!links.isEmpty()) {
                pages.add(path);
                next.addAll(links.subList(1, links.size()));
            }
        }
        Set<String> missed = new TreeSet<>(routes);
        missed.removeAll(found.keySet());
        missed.removeIf(r -> r.matches("/messages/\\{id}/(html|timeline)")
                || r.matches("/templates/\\{id}/look"));
        assertEquals(Set.of(), missed, "no page leads here: let life() make something for it");
        assertTrue(pages.size() > 20, pages.toString());
        return pages;
    }

    /** As the classes of pages give them to the gatekeeper. */
    private static Set<String> routes() throws IOException {
        Set<String> all = new LinkedHashSet<>();
        String gatekeeper = Files.readString(
                Path.of("src/main/java/dev/mailmill/dashboard/Gatekeeper.java"));
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/mailmill/dashboard"))) {
            for (Path file : files.sorted().toList()) {
                String source = Files.readString(file);
                Matcher m = ROUTE.matcher(source);
                while (m.find()) {
                    String begin = "";
                    if (m.group(1) != null) {
                        Matcher constant = Pattern.compile("String " + m.group(1)
                                + " = \"([^\"]*)\"").matcher(source + gatekeeper);
                        assertTrue(constant.find(), file + " has no " + m.group(1));
                        begin = constant.group(1);
                    }
                    all.add(begin + (m.group(2) == null ? "" : m.group(2)));
                }
            }
        }
        return all;
    }
}
