package dev.mailmill.app;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server as a command sees it: the running one, found by a file in the data folder, or one named
 * with {@code --server}, or, where none runs, the store opened by this process for one command.
 */
final class Remote implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** For a list of a million rows. */
    private static final Duration LONG = Duration.ofMinutes(10);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;
    private final String key;
    private final Runnable atEnd;

    private Remote(URI base, String key, Runnable atEnd) {
        this.base = base;
        this.key = key;
        this.atEnd = atEnd;
    }

    private static final Pattern FIELD = Pattern.compile("^/([a-z_]+)(?= |$)");
    private static final Pattern LISTS = Pattern.compile(
            "GET /v1/(webhook|stream|exit|route|queue)s? lists");

    /** The server said no, or nothing; the message is for people. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient JsonNode problem;

        Refused(String message, JsonNode problem) {
            super(message);
            this.problem = problem;
        }

        JsonNode problem() {
            return problem;
        }
    }

    static Remote at(String server, String key) {
        return new Remote(URI.create(server.endsWith("/") ? server : server + "/"), key, () -> { });
    }

    /** The server that runs on the data folder, else one that lives as long as this command. */
    static Remote of(Settings settings) {
        Optional<Remote> running = running(settings.data());
        if (running.isPresent()) {
            return running.get();
        }
        Mailmill own = Mailmill.start(settings, Mailmill.Role.MAINTENANCE);
        return new Remote(own.http(), own.operatorToken(), own::close);
    }

    static Optional<Remote> running(Path data) {
        Path file = Mailmill.addressFile(data);
        Path token = Mailmill.tokenFile(data);
        if (!Files.exists(file) || !Files.exists(token)) {
            return Optional.empty();
        }
        try {
            Remote remote = at(Files.readString(file).strip(), Files.readString(token).strip());
            remote.send("GET", "healthz", null);
            return Optional.of(remote);
        } catch (IOException | Refused | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    URI base() {
        return base;
    }

    /** A word as a part of a path, whatever was typed. */
    static String segment(String word) {
        return URLEncoder.encode(word, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode get(String path) {
        return send("GET", path, null);
    }

    /** A list from its first page to its last. */
    JsonNode all(String path) {
        ObjectNode whole = (ObjectNode) get(path);
        String next = whole.path("next").asString("");
        while (!next.isEmpty()) {
            JsonNode page = get(path + (path.contains("?") ? "&" : "?") + "after="
                    + segment(next));
            whole.withArray("data").addAll((ArrayNode) page.path("data"));
            next = page.path("next").asString("");
        }
        return whole.putNull("next");
    }

    JsonNode post(String path, JsonNode body) {
        return send("POST", path, body);
    }

    JsonNode patch(String path, JsonNode body) {
        return send("PATCH", path, body);
    }

    /** Says a field of a request, unless nobody gave it. */
    static void put(ObjectNode body, String name, String value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    JsonNode delete(String path) {
        return send("DELETE", path, null);
    }

    /** A body that is no JSON. */
    JsonNode upload(String path, String type, byte[] body) {
        return json(sent(request(path).header("Content-Type", type)
                .timeout(LONG)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.ofString()));
    }

    /** An answer that may be large, into a file. */
    void download(String path, Path file) {
        sent(request(path).timeout(LONG).build(), answer -> answer.statusCode() / 100 == 2
                ? HttpResponse.BodySubscribers.mapping(
                        HttpResponse.BodySubscribers.ofFile(file), Path::toString)
                : HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE)
                .header("Authorization", "Bearer " + key);
    }

    private JsonNode send(String method, String path, JsonNode body) {
        HttpRequest.Builder request = request(path);
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
        }
        return json(sent(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private String sent(HttpRequest request, HttpResponse.BodyHandler<String> into) {
        try {
            HttpResponse<String> answer = http.send(request, into);
            if (answer.statusCode() / 100 != 2) {
                JsonNode json = json(answer.body());
                throw new Refused(sentence(answer.statusCode(), json), json);
            }
            return answer.body();
        } catch (ConnectException e) {
            throw new Refused("Nothing answers at " + base + ".", JSON.createObjectNode());
        } catch (IOException e) {
            // the client wraps what went wrong at the file that an answer is written into
            throw new Refused(e.getCause() instanceof FileSystemException file
                    ? "The file " + file.getFile() + " can't be written."
                    : "The server at " + base + " broke off: " + e.getMessage(),
                    JSON.createObjectNode());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused("Interrupted.", JSON.createObjectNode());
        }
    }

    private static JsonNode json(String text) {
        try {
            return text.isBlank() ? JSON.createObjectNode() : JSON.readTree(text);
        } catch (JacksonException e) {
            ObjectNode node = JSON.createObjectNode();
            return node.put("text", text);
        }
    }

    private static String sentence(int status, JsonNode problem) {
        StringBuilder words = new StringBuilder();
        JsonNode errors = problem.path("errors");
        // a single one is what the detail says already
        if (errors.size() > 1) {
            words.append("The server refuses these:");
            for (JsonNode error : errors) {
                words.append("\n  ").append(spoken(error.path("pointer").asString()))
                        .append("  ").append(spoken(error.path("detail").asString()));
            }
        } else {
            words.append(spoken(problem.path("detail")
                    .asString(problem.path("title").asString(""))));
        }
        return words.isEmpty() ? "The server answered " + status + "." : words.toString();
    }

    /** Whoever typed a command knows of no pointers and paths. */
    private static String spoken(String words) {
        Matcher field = FIELD.matcher(words);
        String plain = field.find() ? field.group(1)
                + words.substring(field.end()) : words;
        plain = plain.replace("GET /v1/alert-routes lists", "./mailmill alerts --routes shows")
                .replace("GET /v1/alerts lists", "./mailmill alerts shows");
        return LISTS.matcher(plain).replaceAll("./mailmill $1 list shows");
    }

    @Override
    public void close() {
        http.close();
        atEnd.run();
    }
}
