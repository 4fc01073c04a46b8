package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.kill.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A real server on its first start, in a folder of its own, with the login and the key that it
 * made; and its API, to see what became of mail.
 */
final class Lab implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FINAL_SECONDS = 30;
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Path folder;
    private final ServerProcess server;
    private final JsonNode welcome;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final List<JsonNode> seen = new ArrayList<>();
    private String after = "";

    /** @param settings besides the ports; nobody is trusted unless they say so */
    Lab(Map<String, String> settings) throws IOException, InterruptedException {
        folder = Files.createTempDirectory("mailmill-clients");
        Map<String, String> all = new HashMap<>(settings);
        all.putIfAbsent("MAILMILL_TRUSTED_NETWORKS", "");
        server = new ServerProcess(folder, all);
        try {
            server.start(Map.of());
            welcome = server.welcome();
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    int smtp() {
        return welcome.path("submission").asInt();
    }

    int smtps() {
        return welcome.path("submissions").asInt();
    }

    String user() {
        return welcome.path("smtp_username").asString();
    }

    String password() {
        return welcome.path("smtp_password").asString();
    }

    String key() {
        return welcome.path("api_key").asString();
    }

    URI api() {
        return server.api();
    }

    Path folder() {
        return folder;
    }

    /** The one that it made for itself. */
    Path certificate() {
        return folder.resolve("data/tls/self-signed.crt");
    }

    ServerProcess server() {
        return server;
    }

    /** A recipient that no other test has. */
    static String fresh(String name) {
        return name + "-" + NAMES.incrementAndGet() + "@example.org";
    }

    /** Text of the guide, with this server's ports in place of the usual ones. */
    String here(String text) {
        return text.replace("2587", Integer.toString(smtp()))
                .replace("2465", Integer.toString(smtps()))
                .replace("8025", Integer.toString(api().getPort()));
    }

    /** The same for files, where no shell fills in the login. */
    String filled(String text) {
        return here(text).replace("$USER_NAME", user()).replace("$PASSWORD", password());
    }

    Map<String, String> environment() {
        return Map.of("USER_NAME", user(), "PASSWORD", password(), "KEY", key());
    }

    Program.Said run(String... command) throws IOException, InterruptedException {
        return Program.run(folder, environment(), new byte[0], List.of(command));
    }

    /** A block of the guide, or any script, as a person at a shell runs it. */
    Program.Said shell(String script) throws IOException, InterruptedException {
        return run("sh", "-eu", "-c", here(script));
    }

    // ---- what became of it

    /** Waits for an event of one of these types for that recipient. */
    JsonNode await(String recipient, String... types) throws IOException, InterruptedException {
        List<String> wanted = List.of(types);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FINAL_SECONDS);
        while (System.nanoTime() < end) {
            for (JsonNode event : events(recipient)) {
                if (wanted.contains(event.path("type").asString())) {
                    return event;
                }
            }
            Thread.sleep(20);
        }
        throw new IOException("no " + wanted + " for " + recipient + ", but " + events(recipient));
    }

    /** Waits until it is captured. @return the message's id */
    String captured(String recipient) throws IOException, InterruptedException {
        return await(recipient, "email.captured").path("message_id").asString();
    }

    List<JsonNode> events(String recipient) throws IOException, InterruptedException {
        return events().stream()
                .filter(e -> e.path("recipient").asString("").equals(recipient)).toList();
    }

    /** All of the Journal up to now. */
    synchronized List<JsonNode> events() throws IOException, InterruptedException {
        while (true) {
            JsonNode page = get("v1/events?limit=1000"
                    + (after.isEmpty() ? "" : "&after=" + after));
            page.path("data").forEach(seen::add);
            after = page.path("next").asString();
            if (page.path("data").isEmpty()) {
                return List.copyOf(seen);
            }
        }
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(request(path));
        assertEquals(200, answer.statusCode(), () -> text(answer.body()));
        return JSON.readTree(answer.body());
    }

    /** Its octets, one character each. */
    String raw(String message) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(request("v1/messages/" + message + "/raw"));
        assertEquals(200, answer.statusCode(), () -> text(answer.body()));
        return octets(answer.body());
    }

    JsonNode post(String path, String json) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(request(path).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
        assertEquals(2, answer.statusCode() / 100, () -> text(answer.body()));
        return JSON.readTree(answer.body());
    }

    /** As the operator: the domain counts as proven. */
    void trust(String domain) throws IOException, InterruptedException {
        HttpResponse<String> answer = server.post("v1/domains",
                "{\"name\":\"" + domain + "\",\"trust\":true}");
        assertEquals(201, answer.statusCode(), answer.body());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(api().resolve(path)).timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key());
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String octets(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** As its UTF-8 octets, one character each. */
    static String octets(String text) {
        return octets(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The first field off: what the client sent, when it sent all that a message needs. */
    static String withoutTrace(String raw) {
        return raw.replaceFirst("(?s)\\AReceived:.*?\\r\\n(?![ \\t])", "");
    }

    @Override
    public void close() {
        server.close();
        http.shutdownNow();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a temporary folder may stay
        }
    }
}
