package dev.mailmill.kill;

import dev.mailmill.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Mailmill as its users run it: a process of its own that can be killed. */
public final class ServerProcess implements AutoCloseable {
    public static final String KEY = "mm_test_0123456789abcdef0123456789abcdef";

    private static final String MAIN = "dev.mailmill.app.Main";
    private static final String AHEAD = "dev.mailmill.app.AheadServer";

    private int heapMegabytes = 512;
    private long aheadSeconds;
    private int cores = Runtime.getRuntime().availableProcessors();
    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private final int smtpPort;
    private final int httpPort;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build();
    private Process process;

    /** @param settings more environment, over what is set here */
    public ServerProcess(Path folder, Map<String, String> settings) throws IOException {
        this.folder = folder;
        this.smtpPort = FreePort.any();
        this.httpPort = FreePort.any();
        environment.put("MAILMILL_DATA", folder.resolve("data").toString());
        environment.put("MAILMILL_HTTP", "127.0.0.1:" + httpPort);
        environment.put("MAILMILL_SUBMISSION", "127.0.0.1:" + smtpPort);
        environment.put("MAILMILL_SUBMISSIONS", "127.0.0.1:0");
        environment.put("MAILMILL_RECEIVE", "127.0.0.1:0");
        environment.put("MAILMILL_HOSTNAME", "mill.test");
        environment.put("MAILMILL_ADMIN_KEY", KEY);
        environment.put("MAILMILL_TRUSTED_NETWORKS", "127.0.0.0/8");
        environment.putAll(settings);
    }

    public int smtpPort() {
        return smtpPort;
    }

    public URI api() {
        return URI.create("http://127.0.0.1:" + httpPort + "/");
    }

    /** Starts and waits for /readyz. */
    public void start(Map<String, String> more) throws IOException, InterruptedException {
        spawn(more);
        awaitReady();
    }

    /** In place of the usual heap. */
    ServerProcess heap(int megabytes) {
        heapMegabytes = megabytes;
        return this;
    }

    /** The next start is at a later time by its clock: by so much in place of what was said. */
    ServerProcess ahead(Duration by) {
        aheadSeconds = by.toSeconds();
        return this;
    }

    /** As many requests are worked on side by side as on a machine with so many. */
    ServerProcess cores(int number) {
        cores = number;
        return this;
    }

    public void spawn(Map<String, String> more) throws IOException, InterruptedException {
        Files.deleteIfExists(said());
        process = aheadSeconds == 0 ? begin(more, said(), MAIN, "up", "--json")
                : begin(more, said(), AHEAD, Long.toString(aheadSeconds));
    }

    /** Another process with the same settings, until it ends; what it said. */
    String command(String... words) throws IOException, InterruptedException {
        Path out = folder.resolve("command.out");
        Process command = begin(Map.of(), out, MAIN, words);
        if (!command.waitFor(60, TimeUnit.SECONDS)) {
            command.destroyForcibly();
            throw new IOException(String.join(" ", words) + " did not end");
        }
        String said = Files.readString(out);
        if (command.exitValue() != 0) {
            throw new IOException(String.join(" ", words) + " ended with " + command.exitValue()
                    + ": " + said + Files.readString(log().toPath()));
        }
        return said;
    }

    private Process begin(Map<String, String> more, Path out, String main, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(QuickStart.java(),
                "-Xmx" + heapMegabytes + "m", "-XX:+ExitOnOutOfMemoryError",
                "-Djdk.virtualThreadScheduler.parallelism=" + cores,
                // the shipped one, not the tests' own
                "-Dlogback.configurationFile=logback.xml",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(QuickStart.options());
        command.add(main);
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log()));
        builder.environment().keySet().removeIf(k -> k.startsWith("MAILMILL_"));
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        return builder.start();
    }

    private Path said() {
        return folder.resolve("up.json");
    }

    /** What {@code up --json} says once it is up: ports and, on a first start, credentials. */
    public JsonNode welcome() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < end) {
            String said = Files.readString(said()).strip();
            if (said.endsWith("}")) {
                return new ObjectMapper().readTree(said);
            }
            Thread.sleep(20);
        }
        throw new IOException("up --json said nothing:\n" + Files.readString(log().toPath()));
    }

    public File log() {
        return folder.resolve("server.log").toFile();
    }

    public void awaitReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            if (!process.isAlive()) {
                throw new IOException("the server ended with " + process.exitValue() + ":\n"
                        + Files.readString(log().toPath()));
            }
            try {
                if (get("readyz").statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not yet
            }
            Thread.sleep(20);
        }
        throw new IOException("not ready:\n" + Files.readString(log().toPath()));
    }

    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(api().resolve(path))
                .timeout(Duration.ofSeconds(30)).header("Authorization", "Bearer " + KEY).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    public HttpResponse<String> post(String path, String json)
            throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(api().resolve(path))
                .timeout(Duration.ofSeconds(30)).header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Waits for the process to end by itself. */
    public boolean ended(Duration atMost) throws InterruptedException {
        return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    public int exitValue() {
        return process.exitValue();
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().join();
        }
        http.shutdownNow();
    }
}
