package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.ProblemType;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The API's reference and its error catalogue, as anybody may read them. */
class ReferenceTest {
    private static Lab lab;
    private static WebClient nobody;

    @BeforeAll
    static void start() {
        lab = Lab.prepared(Lab.Engine.SQLITE.settings()).with(Setting.DELIVERY, "capture").start();
        nobody = lab.api("");
    }

    @AfterAll
    static void stop() {
        nobody.close();
        lab.close();
    }

    private static String page(String path) {
        Reply reply = nobody.get(path);
        assertEquals(200, reply.status(), path);
        assertTrue(reply.header("Content-Security-Policy").orElse("").contains("script-src 'self'"),
                path);
        return reply.text();
    }

    /** The lines to paste, by the operation's id. */
    private static Map<String, String> examples() {
        Map<String, String> examples = new LinkedHashMap<>();
        Matcher m = Pattern.compile("<pre class=\"mono\" id=\"c-(\\w+)\"[^>]*>(.*?)</pre>",
                Pattern.DOTALL).matcher(page("/docs/api"));
        while (m.find()) {
            examples.put(m.group(1), m.group(2).replace("&lt;", "<").replace("&gt;", ">")
                    .replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&"));
        }
        return examples;
    }

    @Test
    void eachExampleRunsAsItStandsAndIsAnsweredAsTheDocumentSays() throws Exception {
        Map<String, String> good = new LinkedHashMap<>();
        JsonNode document = Lab.expect(200, nobody.get("/v1/openapi.json"));
        document.path("paths").forEach(path -> path.forEach(o -> {
            if (o.has("operationId")) {
                // what needs a state that a line can't bring about says what it is answered then
                good.put(o.path("operationId").asString(), o.path("x-example-status").asString(
                        o.path("responses").propertyNames().stream()
                                .filter(s -> s.startsWith("2")).findFirst().orElseThrow()));
            }
        }));
        Map<String, String> examples = examples();
        assertEquals(good.keySet(), new TreeSet<>(examples.keySet()).stream()
                .collect(Collectors.toSet()));
        // what others look for is there first
        assertEquals(good.get("sendMessage"), run(examples.get("sendMessage")));
        assertEquals(good.get("addDomain"), run(examples.get("addDomain")));
        assertEquals(good.get("addPerson"), run(examples.get("addPerson")));
        for (Map.Entry<String, String> one : examples.entrySet()) {
            if (!one.getKey().equals("addPerson")) {
                assertEquals(good.get(one.getKey()), run(one.getValue()), one.getValue());
            }
        }
    }

    /** The status of the last request. */
    private static String run(String example) throws IOException, InterruptedException {
        Path home = Files.createDirectories(lab.folder().resolve("curl"));
        Files.writeString(home.resolve(".curlrc"), "write-out = \"\\n%{http_code}\\n\"\n"
                + "max-time = 10\n");
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", example).redirectErrorStream(true);
        shell.environment().put("KEY", lab.settings().text(Setting.ADMIN_KEY));
        shell.environment().put("CURL_HOME", home.toString());
        Process process = shell.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), example);
        assertEquals(0, process.exitValue(), example + "\n" + said);
        String[] lines = said.strip().split("\n");
        return lines[lines.length - 1];
    }

    @Test
    void theReferenceShowsEachFieldAndScope() {
        String page = page("/docs/api");
        assertTrue(page.contains("scope <code>send</code>"), "its scope");
        for (String field : new String[] {"expires_in", "attachments[].filename", "per_day",
            "recipients[].state", "Idempotency-Key"}) {
            assertTrue(page.contains("<code>" + field + "</code>"), field);
        }
    }

    @Test
    void everyProblemHasAPageWhereItsTypeSaysAndEveryPageIsListed() throws IOException {
        String index = page("/errors");
        String documented = Files.readString(Path.of("docs/api.md"));
        for (ProblemType type : ProblemType.values()) {
            String path = "/errors/" + type.slug();
            String page = page(path);
            assertTrue(page.contains("<h1>" + type.title().replace("'", "&#39;") + "</h1>")
                    || page.contains("<h1>" + type.title() + "</h1>"), path);
            assertTrue(page.contains("What to do"), path);
            assertTrue(index.contains("href=\"" + path + "\""), path + " is not in the index");
            assertTrue(documented.contains("| `" + type.slug() + "` | " + type.status() + " |"),
                    "docs/api.md lacks a row | `" + type.slug() + "` | " + type.status() + " |");
        }
        assertEquals(404, nobody.get("/errors/none").status());
        assertFalse(index.contains("/errors/none"));
    }

    @Test
    void whoMeetsAProblemFindsItsPage() {
        String type = nobody.get("/v1/messages").json().path("type").asString();
        assertTrue(page(type).contains("An API key is needed"));
    }
}
