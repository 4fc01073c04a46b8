package dev.mailmill.app;

import dev.mailmill.smtp.SinkServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * A real rspamd with Debian's own rules, on a loopback port. It asks nobody but the DNS that it is
 * given: the shared lists of its makers are switched off.
 */
final class Rspamd implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/rspamd");
    /** It compiles its rules when it starts. */
    private static final int START_SECONDS = 240;

    private final Process process;
    private final Path log;
    /** An offer of HTTP/2 makes it lose the body. */
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;

    private Rspamd(Process process, Path log, URI base) {
        this.process = process;
        this.log = log;
        this.base = base;
    }

    /** Why it can't run here; empty when it can. */
    static Optional<String> absent() {
        return Files.isExecutable(PROGRAM) ? Optional.empty()
                : Optional.of("rspamd is not installed (Debian: apt-get install rspamd)");
    }

    /** @param folder an empty one */
    static Rspamd start(Path folder, InetSocketAddress dns) throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = any.getLocalPort();
        }
        Files.createDirectories(folder.resolve("local/override.d"));
        Files.createDirectories(folder.resolve("local/local.d"));
        Files.createDirectories(folder.resolve("state"));
        // its servers' names are looked up by the machine's resolver before anything else
        Files.writeString(folder.resolve("local/override.d/fuzzy_check.conf"),
                "enabled = false;\n");
        Files.writeString(folder.resolve("conf"), """
                .include "$CONFDIR/common.conf"
                options {
                  pidfile = "$RUNDIR/pid";
                  .include "$CONFDIR/options.inc"
                  .include(priority=1,duplicate=merge) "$LOCAL_CONFDIR/local.d/options.inc"
                  disable_hyperscan = true;
                }
                logging { type = "console"; level = "warning"; }
                worker "normal" {
                  bind_socket = "127.0.0.1:%d";
                  count = 1;
                  task_timeout = 60s;
                  .include "$CONFDIR/worker-normal.inc"
                }
                """.formatted(port));
        Files.writeString(folder.resolve("local/local.d/options.inc"),
                "dns { nameserver = [\"127.0.0.1:" + dns.getPort() + "\"]; timeout = 10s; }\n"
                        + "local_addrs = [];\ntask_timeout = 60s;\n");
        String state = folder.resolve("state").toString();
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(PROGRAM.toString(), "--no-fork", "--insecure",
                "--config", folder.resolve("conf").toString(), "--var=DBDIR=" + state,
                "--var=RUNDIR=" + state, "--var=LOGDIR=" + state,
                "--var=LOCAL_CONFDIR=" + folder.resolve("local"))
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Rspamd judge = new Rspamd(process, log, URI.create("http://127.0.0.1:" + port + "/"));
        try {
            judge.awaitPong();
        } catch (IOException e) {
            judge.close();
            throw e;
        }
        return judge;
    }

    private void awaitPong() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try {
                send(HttpRequest.newBuilder(base.resolve("ping")).GET());
                return;
            } catch (IOException e) {
                if (System.nanoTime() - end > 0 || !process.isAlive()) {
                    throw new IOException("rspamd does not answer: " + log(), e);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    /** Its symbols with what each adds to the score: more is worse. */
    Map<String, Double> symbols(SinkServer.Received copy, String address, String host)
            throws Exception {
        JsonNode said = Lab.JSON.readTree(send(HttpRequest.newBuilder(base.resolve("checkv2"))
                .header("IP", address).header("Helo", host).header("Hostname", host)
                .header("From", StrangersJudgeTest.path(copy.mail()))
                .header("Rcpt", StrangersJudgeTest.path(copy.rcpts().getFirst()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(copy.message()))));
        Map<String, Double> symbols = new TreeMap<>();
        said.path("symbols").forEachEntry((name, s) ->
                symbols.put(name, s.path("score").asDouble()));
        return symbols;
    }

    /** Its own words. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString()).body();
    }

    @Override
    public void close() {
        http.close();
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
