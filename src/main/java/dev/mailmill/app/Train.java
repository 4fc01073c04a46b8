package dev.mailmill.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * A server of its own in a temporary folder, with mail at both doors: what the JVM watches when the
 * launcher has it write an ahead-of-time cache (JEP 514), so that each later start is quick.
 */
@Command(name = "train", hidden = true,
        description = "Runs a short load, for the JVM's ahead-of-time cache.")
final class Train implements java.util.concurrent.Callable<Integer> {
    private static final int MESSAGES = 300;
    private static final int SOCKET_MILLIS = 10_000;
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final String DOMAIN = "example.com";

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("mailmill-train");
        Settings settings = Settings.of(Map.of(Setting.DATA, folder.toString(),
                Setting.HTTP, "127.0.0.1:0", Setting.SUBMISSION, "127.0.0.1:0",
                Setting.SUBMISSIONS, "127.0.0.1:0", Setting.TRUSTED_NETWORKS, "127.0.0.0/8"));
        try (Mailmill mill = Mailmill.start(settings, Mailmill.Role.SERVER);
                Remote remote = Remote.at(mill.http().toString(), mill.operatorToken())) {
            remote.post("v1/domains", Remote.JSON.createObjectNode().put("name", DOMAIN)
                    .put("trust", true));
            for (int i = 0; i < MESSAGES; i++) {
                remote.post("v1/messages", Remote.JSON.createObjectNode()
                        .put("from", "ann@" + DOMAIN).put("to", "bob@example.org")
                        .put("subject", "Hello").put("text", "It works. ".repeat(100))
                        .put("html", "<p>It works.</p>"));
            }
            for (int i = 0; i < MESSAGES; i++) {
                submit(mill.submissionPort());
            }
            await(remote);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            }
        }
        return 0;
    }

    private static void submit(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(SOCKET_MILLIS);
            BufferedReader in = new BufferedReader(new InputStreamReader(
                    socket.getInputStream(), StandardCharsets.US_ASCII));
            OutputStream out = socket.getOutputStream();
            reply(in);
            for (String line : new String[] {"EHLO client.example.com",
                "MAIL FROM:<ann@" + DOMAIN + ">", "RCPT TO:<bob@example.org>", "DATA",
                "From: ann@" + DOMAIN + "\r\nTo: bob@example.org\r\nSubject: Hello\r\n\r\n"
                        + "It works.\r\n".repeat(300) + ".", "QUIT"}) {
                out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
                reply(in);
            }
        }
    }

    private static void reply(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
    }

    private static void await(Remote remote) {
        long end = System.nanoTime() + DRAIN_NANOS;
        while (System.nanoTime() < end && !remote.get("metrics").path("text").asString("")
                .contains("mailmill_queue_deliveries 0")) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
        remote.get("v1/events?limit=100");
    }
}
