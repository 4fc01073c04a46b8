package dev.mailmill.app;

import dev.mailmill.Whole;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A real Chromium, led through W3C WebDriver over HTTP. Waits end after ten seconds. To start one
 * takes seconds, so the JVM's tests lend each other theirs, cleared.
 */
final class Browser implements AutoCloseable {
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
    private static final List<String> CHROMIUM = List.of("/usr/bin/chromium",
            "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    /** By language. */
    private static final Map<String, Deque<Browser>> IDLE = new ConcurrentHashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() ->
                IDLE.values().forEach(of -> of.forEach(Browser::quit))));
    }

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();
    private final Process driver;
    private final Path profile;
    private final String session;
    private final URI base;
    private final String language;

    private Browser(Process driver, int port, Path profile, String binary, String language) {
        this.driver = driver;
        this.profile = profile;
        this.language = language;
        this.base = URI.create("http://127.0.0.1:" + port + "/");
        ObjectNode body = Lab.JSON.createObjectNode();
        ObjectNode options = body.putObject("capabilities").putObject("alwaysMatch")
                .put("browserName", "chrome").putObject("goog:chromeOptions")
                .put("binary", binary);
        List.of("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                // a fifth of what a page costs, and nothing of a page
                "--disable-extensions", "--in-process-gpu",
                "--disable-component-extensions-with-background-pages",
                "--disable-features=SpareRendererForSitePerProcess,Translate,MediaRouter",
                "--lang=" + language, "--accept-lang=" + language, "--hide-scrollbars",
                "--user-data-dir=" + profile, "--window-size=1280,900")
                .forEach(options.putArray("args")::add);
        this.session = call("POST", "session", body).path("sessionId").asString();
    }

    /**
     * Those on which a browser looks at a story: both where all is asked for, else they take turns
     * by the day. What a page says of either engine is also asked without a browser.
     */
    static Stream<Lab.Engine> engines() {
        return Arrays.stream(Lab.Engine.values())
                .filter(e -> Whole.ASKED || Whole.turn(e.ordinal(), 2));
    }

    /** Skips the test where there is no Chromium. */
    static Browser start() {
        return start("en");
    }

    /** Of somebody who reads this language. */
    static Browser start(String language) {
        Browser idle = IDLE.getOrDefault(language, new ArrayDeque<>()).poll();
        if (idle != null) {
            return idle;
        }
        String binary = CHROMIUM.stream().filter(p -> Files.isExecutable(Path.of(p))).findFirst()
                .orElse("");
        Assumptions.assumeTrue(!binary.isEmpty() && Files.isExecutable(DRIVER),
                "needs Chromium and its driver: apt-get install chromium chromium-driver");
        try {
            Path profile = Files.createTempDirectory("mailmill-chromium");
            Process driver = new ProcessBuilder(DRIVER.toString(), "--port=0")
                    .redirectErrorStream(true).start();
            BufferedReader said = new BufferedReader(driver.inputReader(StandardCharsets.UTF_8));
            Pattern started = Pattern.compile("started successfully on port (\\d+)");
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                Matcher m = started.matcher(line);
                if (m.find()) {
                    // a process is read by a file: a virtual thread would hold its carrier while
                    // it waits, and two browsers both
                    Thread.ofPlatform().daemon().start(() -> said.lines().forEach(_ -> { }));
                    return new Browser(driver, Integer.parseInt(m.group(1)), profile, binary,
                            language);
                }
            }
            throw new IllegalStateException("chromedriver did not start");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode call(String method, String path, JsonNode body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60)).header("Content-Type", "application/json");
        request.method(method, body == null ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body.toString()));
        try {
            HttpResponse<String> answer =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode value = Lab.JSON.readTree(answer.body()).path("value");
            if (answer.statusCode() != 200) {
                throw new AssertionError(value.path("error").asString() + ": "
                        + value.path("message").asString());
            }
            return value;
        } catch (IOException e) {
            throw new AssertionError("the browser is gone: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private JsonNode in(String method, String path, JsonNode body) {
        return call(method, "session/" + session + (path.isEmpty() ? "" : "/" + path), body);
    }

    private static ObjectNode body() {
        return Lab.JSON.createObjectNode();
    }

    Browser open(String url) {
        in("POST", "url", body().put("url", url));
        return this;
    }

    String url() {
        return in("GET", "url", null).asString();
    }

    String title() {
        return in("GET", "title", null).asString();
    }

    private String element(String css) {
        return in("POST", "element", body().put("using", "css selector").put("value", css))
                .path(ELEMENT).asString();
    }

    /** How many there are. */
    int count(String css) {
        return in("POST", "elements", body().put("using", "css selector").put("value", css))
                .size();
    }

    /** As a person sees it. */
    String text(String css) {
        return in("GET", "element/" + element(css) + "/text", null).asString();
    }

    String page() {
        return text("body");
    }

    Browser click(String css) {
        Lab.await(() -> clicked(css), () -> url() + " has no " + css + " to click: " + page());
        return this;
    }

    /** A live list may be replaced between looking and clicking, for a person too. */
    private boolean clicked(String css) {
        try {
            in("POST", "element/" + element(css) + "/click", body());
            return true;
        } catch (AssertionError e) {
            if (replaced(e)) {
                return false;
            }
            throw e;
        }
    }

    Browser type(String css, String text) {
        String id = element(css);
        in("POST", "element/" + id + "/clear", body());
        in("POST", "element/" + id + "/value", body().put("text", text));
        return this;
    }

    /** Keys to whatever has the focus; WebDriver's code points for Tab, Enter and the like. */
    Browser press(String keys) {
        ObjectNode actions = body();
        ObjectNode keyboard = actions.putArray("actions").addObject().put("type", "key")
                .put("id", "keyboard");
        var steps = keyboard.putArray("actions");
        keys.codePoints().mapToObj(Character::toString).forEach(k -> {
            steps.addObject().put("type", "keyDown").put("value", k);
            steps.addObject().put("type", "keyUp").put("value", k);
        });
        in("POST", "actions", actions);
        return this;
    }

    JsonNode run(String script) {
        ObjectNode body = body().put("script", script);
        body.putArray("args");
        return in("POST", "execute/sync", body);
    }

    /** A script that calls {@code arguments[0]} with its answer. */
    JsonNode runAsync(String script) {
        ObjectNode body = body().put("script", script);
        body.putArray("args");
        return in("POST", "execute/async", body);
    }

    Browser frame(String css) {
        ObjectNode body = body();
        body.putObject("id").put(ELEMENT, element(css));
        in("POST", "frame", body);
        return this;
    }

    Browser top() {
        ObjectNode body = body();
        body.putNull("id");
        in("POST", "frame", body);
        return this;
    }

    Browser size(int width, int height) {
        cdp("Emulation.setDeviceMetricsOverride", body().put("width", width)
                .put("height", height).put("deviceScaleFactor", 1).put("mobile", width < 500));
        return this;
    }

    /** What the system prefers: {@code light} or {@code dark}. */
    Browser prefers(String scheme) {
        media(body().put("name", "prefers-color-scheme").put("value", scheme));
        return this;
    }

    private void media(ObjectNode feature) {
        ObjectNode media = body();
        ArrayNode features = media.putArray("features");
        if (!feature.isEmpty()) {
            features.add(feature);
        }
        cdp("Emulation.setEmulatedMedia", media);
    }

    private void cdp(String command, ObjectNode parameters) {
        ObjectNode body = body().put("cmd", command);
        body.set("params", parameters);
        in("POST", "goog/cdp/execute", body);
    }

    Browser picture(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, Base64.getDecoder().decode(
                    in("GET", "screenshot", null).asString()));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Browser await(String css, String text) {
        Lab.await(() -> there(css, text),
                () -> url() + " has no " + css + " with \"" + text + "\": " + page());
        return this;
    }

    /** A page that is just replaced by another has nothing yet. */
    private boolean there(String css, String text) {
        try {
            return text(css).contains(text);
        } catch (AssertionError e) {
            if (e.getMessage().startsWith("no such element") || replaced(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Whether the page went away between two calls: ChromeDriver has two words for it. */
    private static boolean replaced(AssertionError e) {
        return e.getMessage().startsWith("stale element")
                || e.getMessage().contains("does not belong to the document");
    }

    /** As new, for the next test that asks for one; what can't be cleared ends. */
    @Override
    public void close() {
        try {
            top();
            open("about:blank");
            cdp("Network.clearBrowserCookies", body());
            cdp("Emulation.clearDeviceMetricsOverride", body());
            media(body());
            if (in("GET", "window/handles", null).size() == 1) {
                IDLE.computeIfAbsent(language, _ -> new ConcurrentLinkedDeque<>()).push(this);
                return;
            }
        } catch (AssertionError e) {
            // whoever waits for it sees why
        }
        quit();
    }

    private void quit() {
        driver.descendants().forEach(ProcessHandle::destroyForcibly);
        driver.destroyForcibly();
        try {
            driver.waitFor();
            // its files are many, and nobody waits for them to go
            new ProcessBuilder("rm", "-rf", profile.toString()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
