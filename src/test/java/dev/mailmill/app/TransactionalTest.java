package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dashboard.Interpreter;
import java.io.ByteArrayInputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Each mail that comes with the program is triggered by the lines of the page Connect, and
 * docs/transactional.md shows these lines.
 */
class TransactionalTest {
    private static final Path GUIDE = Path.of("docs/transactional.md");
    private static final Path WRITTEN = Path.of("target/transactional.md");
    /** What follows it is made here. */
    private static final String MARK = "<!-- from here on made by TransactionalTest -->\n";
    private static final String SHOWN = "password-reset";
    private static final Pattern ID = Pattern.compile("\"id\":\"(msg_[a-z0-9]+)\"");
    private static final Pattern BLOCK =
            Pattern.compile("^```([a-z]+)\\n(.*?)\\n```$", Pattern.MULTILINE | Pattern.DOTALL);

    private final Lab lab = PagesTest.capturing(Lab.Engine.SQLITE);
    private final Visitor ann = Visitor.owner(lab);
    @TempDir
    Path folder;

    @AfterEach
    void close() {
        lab.close();
    }

    private static String connect(String alias, String language) {
        return "/connect?template=" + alias + "&language=" + language;
    }

    /** What the page has to copy. */
    private String text(String alias, String language) {
        String page = ann.get(connect(alias, language)).text();
        String rest = page.substring(page.indexOf('>', page.indexOf("id=\"c-template\"")) + 1);
        return rest.substring(0, rest.indexOf("</pre>")).replace("&lt;", "<").replace("&gt;", ">")
                .replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&");
    }

    private JsonNode taken(String alias) {
        JsonNode made = Lab.expect(201,
                lab.api().post("/v1/templates", "{\"starter\":\"" + alias + "\"}"));
        Lab.expect(200, lab.api().post("/v1/templates/" + alias + "/publish", ""));
        return made;
    }

    private Map<String, String> environment() {
        return Map.of("KEY", lab.mill().firstStart().orElseThrow().key().secret(),
                "URL", PagesTest.base(lab));
    }

    @ParameterizedTest
    @EnumSource
    void whatThePageShowsSendsEachStarter(Interpreter interpreter) throws Exception {
        interpreter.needed();
        Map<String, JsonNode> samples = new LinkedHashMap<>();
        StartersTest.ALL.forEach(alias -> samples.put(alias, taken(alias).path("sample")));
        ObjectNode odd = (ObjectNode) Lab.JSON.readTree("""
                {"alias": "odd", "subject": "{{title}}", "html": "<p>{{title}} {{words}}</p>",
                 "text": "{{#each lines}}[{{this}}]{{/each}}"}""");
        ObjectNode data = odd.putObject("sample").put("title", "Ann's \"5 $ off\" — ☕")
                .put("words", "</script> & <b>${HOME}</b>");
        List.of("it's", "\\", "\\n", "$(id)", "\"\"\"", "?>", "Köln 東京", "EOF")
                .forEach(data.putArray("lines")::add);
        Lab.expect(201, lab.api().post("/v1/templates", odd.toString()));
        Lab.expect(200, lab.api().post("/v1/templates/odd/publish", ""));
        samples.put("odd", data);

        String said = interpreter.run(samples.keySet().stream()
                .map(alias -> text(alias, interpreter.id())).toList(), folder, environment());
        List<String> ids = ID.matcher(said).results().map(r -> r.group(1)).toList();
        assertEquals(samples.size(), ids.size(), said);
        int next = 0;
        for (Map.Entry<String, JsonNode> one : samples.entrySet()) {
            String id = ids.get(next++);
            lab.awaitState(id, "captured");
            ObjectNode asked = Lab.JSON.createObjectNode().put("template", one.getKey());
            asked.set("data", one.getValue());
            JsonNode seen = Lab.expect(200,
                    lab.api().post("/v1/templates/render", asked.toString()));
            Map<String, String> parts =
                    parts(lab.api().get("/v1/messages/" + id + "/raw").raw().body());
            assertEquals(seen.path("text").asString().strip(), parts.get("text/plain"),
                    one.getKey());
            assertEquals(seen.path("html").asString().strip(), parts.get("text/html"),
                    one.getKey());
            JsonNode message = lab.message(id);
            assertEquals(seen.path("subject").asString(), message.path("subject").asString());
            assertEquals(one.getKey().equals("newsletter"),
                    message.path("stream").asString().equals("bulk"), one.getKey());
        }
    }

    /** By their type, as who reads them sees them. */
    private static Map<String, String> parts(byte[] raw) throws Exception {
        Map<String, String> parts = new HashMap<>();
        MimeTokenStream tokens = new MimeTokenStream();
        tokens.parse(new ByteArrayInputStream(raw));
        for (EntityState state = tokens.getState(); state != EntityState.T_END_OF_STREAM;
                state = tokens.next()) {
            if (state == EntityState.T_BODY) {
                parts.put(tokens.getBodyDescriptor().getMimeType(), new String(
                        tokens.getDecodedInputStream().readAllBytes(),
                        Charset.forName(tokens.getBodyDescriptor().getCharset()))
                        .replace("\r\n", "\n").strip());
            }
        }
        return parts;
    }

    @Test
    void thePageSaysHowFarATemplateIsAndShowsNoSecret() {
        String page = ann.get(connect(SHOWN, "python")).text();
        assertTrue(page.contains("It is not yours yet"), page);
        assertTrue(page.contains("'template': '" + SHOWN), "escaped for HTML it is \n" + page);
        assertEquals(303, ann.submit("/templates/starter", "starter", SHOWN).status());
        assertTrue(ann.get(connect(SHOWN, "php")).text().contains(SHOWN + "@draft"));
        Lab.expect(200, lab.api().post("/v1/templates/" + SHOWN + "/publish", ""));
        // the lines are those of what is sent, not of what is being written
        Lab.expect(200, lab.api().patch("/v1/templates/" + SHOWN,
                "{\"sample\":{\"name\":\"somebody else\"}}"));
        String sent = ann.get(connect(SHOWN, "curl")).text();
        assertTrue(sent.contains("The version that is published is sent"), sent);
        assertFalse(sent.contains("somebody else"), sent);
        var first = lab.mill().firstStart().orElseThrow();
        assertFalse(sent.contains(first.key().secret()) || sent.contains(first.smtp().secret()));
        // what nobody has leads to one's own, an unknown language to curl
        assertTrue(text("no-such", "cobol").contains("\"template\": \"" + SHOWN + "\""));
        // another account sees none of it
        Lab.expect(404, lab.tenant("other").get("/v1/templates/" + SHOWN));
    }

    /** Without a load of the page, so that nobody is thrown to its top. */
    @Test
    void aPersonChoosesTemplateAndLanguage() {
        taken("invoice");
        try (Browser browser = Browser.start()) {
            browser.open(PagesTest.base(lab) + "/login").type("input[name=email]",
                    "ann@example.org").type("input[name=password]", PagesTest.PASSWORD)
                    .click("button[type=submit]").await("h1", "Now")
                    .open(PagesTest.base(lab) + "/connect");
            assertTrue(browser.text("#c-template").contains("\"template\": \"invoice\""));
            browser.run("window.same = true");
            browser.click("#in-php").await("#c-template", "<?php")
                    .run("const s = document.querySelector('#template select'); s.value = '"
                            + SHOWN + "'; s.dispatchEvent(new Event('change', {bubbles: true}))");
            browser.await("#template", "It is not yours yet")
                    .await("#c-template", "'template' => '" + SHOWN + "'");
            assertTrue(browser.run("return window.same === true").asBoolean());
            assertTrue(browser.url().endsWith("language=php&template=" + SHOWN), browser.url());
            browser.click("#template form.does button").await("h1", "Password reset")
                    .click("a[href^='/connect?template=']").await("#template",
                            "It was never published");
        }
    }

    @Test
    void theGuideShowsWhatThePageShows() throws Exception {
        StringBuilder made = new StringBuilder();
        made.append("\n## In five languages\n\nFor `").append(SHOWN).append("`:\n");
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put("curl", "curl sh");
        kinds.put("java", "Java, `Send.java` java");
        kinds.put("javascript", "JavaScript, `send.mjs` js");
        kinds.put("python", "Python, `send.py` python");
        kinds.put("php", "PHP, `send.php` php");
        kinds.forEach((language, title) -> made.append("\n### ")
                .append(title, 0, title.lastIndexOf(' ')).append("\n\n```")
                .append(title, title.lastIndexOf(' ') + 1, title.length()).append('\n')
                .append(shown(SHOWN, language)).append("\n```\n"));
        made.append("\n## Each mail\n");
        JsonNode all = Lab.expect(200, lab.api().get("/v1/templates/starters")).path("data");
        for (JsonNode starter : all) {
            String alias = starter.path("alias").asString();
            made.append("\n### ").append(alias).append("\n\n")
                    .append(starter.path("description").asString()).append("\n\n");
            String lines = shown(alias, "curl");
            table(taken(alias), made);
            made.append("\n```sh\n").append(lines).append("\n```\n");
        }
        String guide = Files.readString(GUIDE);
        String head = guide.substring(0, guide.indexOf(MARK) + MARK.length());
        Files.writeString(WRITTEN, head + made);
        assertEquals(head + made, guide, WRITTEN + " has it as it should be: cp " + WRITTEN + " "
                + GUIDE);
    }

    /** With the usual address in place of this server's. */
    private String shown(String alias, String language) {
        return text(alias, language).replace(PagesTest.base(lab), "http://127.0.0.1:8025");
    }

    private void table(JsonNode made, StringBuilder out) {
        List<String> must = new ArrayList<>();
        List<String> may = new ArrayList<>();
        made.path("variables").properties().forEach(e -> {
            JsonNode v = e.getValue();
            boolean needed = refusedWithout(made, e.getKey());
            (needed ? must : may).add("| `" + e.getKey() + "` | " + v.path("type").asString()
                    + " | " + (needed ? "**required**" : v.has("default")
                            ? "default `" + v.path("default") + "`" : "optional")
                    + " | " + v.path("description").asString() + " |\n");
        });
        out.append("| variable | type | needed | |\n|---|---|---|---|\n");
        must.forEach(out::append);
        may.forEach(out::append);
    }

    private boolean refusedWithout(JsonNode made, String variable) {
        ObjectNode message = Lab.JSON.createObjectNode().put("from", "me@ours.test")
                .put("to", "ann@there.test").put("dry_run", true)
                .put("template", made.path("alias").asString());
        message.set("data", ((ObjectNode) made.path("sample").deepCopy()).without(variable));
        var reply = lab.api().post("/v1/messages", message.toString());
        if (reply.status() == 422) {
            assertEquals(List.of("/data/" + variable), reply.pointers());
            return true;
        }
        assertEquals(200, reply.status(), reply.text());
        return false;
    }

    @Test
    void whatIsRequiredIsSaidOnThePageAndInTheListOfStarters() throws Exception {
        Set<String> common = Set.of("company_name", "company_address", "help_url", "logo_url",
                "brand_color");
        String list = Files.readString(Path.of("docs/templates.md"));
        for (String alias : StartersTest.ALL) {
            JsonNode made = taken(alias);
            Set<String> must = new TreeSet<>();
            Set<String> may = new TreeSet<>();
            made.path("variables").propertyNames().forEach(v ->
                    (refusedWithout(made, v) ? must : may).add(v));
            String page = ann.get(connect(alias, "curl")).text();
            assertEquals(must, names(page, "<code>([a-z_]+)</code><small[^>]*>[^<]*</small></td>"
                    + "<td>[a-z]+</td><td class=\"state\"><b>required</b>"), alias);
            Matcher row = Pattern.compile("(?m)^\\| `" + alias
                    + "` \\|[^|]*\\|([^|]*)\\|([^|]*)\\|$").matcher(list);
            assertTrue(row.find(), alias);
            must.remove("company_name");
            may.removeAll(common);
            assertEquals(must, names(row.group(1), "`([a-z_]+)`"), alias);
            assertEquals(may, names(row.group(2), "`([a-z_]+)`"), alias);
        }
    }

    private static Set<String> names(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().map(r -> r.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The guide from its top, as somebody reads and pastes it. */
    @Test
    void whoPastesTheGuideHasSentAMail() throws Exception {
        Interpreter.CURL.needed();
        String head = Files.readString(GUIDE).split(Pattern.quote(MARK), 2)[0];
        List<String> ids = pasted(head);
        assertEquals(1, ids.size());
        lab.awaitState(ids.getFirst(), "captured");
        assertEquals("Reset your password", lab.message(ids.getFirst()).path("subject")
                .asString());
    }

    @Test
    void whoPastesTheFirstTemplateHasSentIt() throws Exception {
        Interpreter.CURL.needed();
        List<String> subjects = new ArrayList<>();
        for (String id : pasted(Files.readString(Path.of("docs/templates.md")))) {
            lab.awaitState(id, "captured");
            subjects.add(lab.message(id).path("subject").asString());
        }
        assertEquals(List.of("Reset your password", "Welcome, Ann", "Welcome, Ann"), subjects);
    }

    /** Runs the shell's blocks of a document in their order; the messages that they sent. */
    private List<String> pasted(String document) throws Exception {
        List<String> blocks = new ArrayList<>();
        Matcher m = BLOCK.matcher(document.replaceAll("(?m)^ {3}", ""));
        while (m.find()) {
            if (m.group(1).equals("sh")) {
                blocks.add(m.group(2).replace("http://127.0.0.1:8025", PagesTest.base(lab)));
            }
        }
        // curl says nothing of a refusal by its end; then there is a problem in what it prints
        String said = Interpreter.CURL.run(List.of(String.join("\necho\n", blocks)), folder,
                Map.of("KEY", environment().get("KEY")));
        assertFalse(said.contains("\"status\":4"), said);
        return ID.matcher(said).results().map((MatchResult r) -> r.group(1)).toList();
    }
}
