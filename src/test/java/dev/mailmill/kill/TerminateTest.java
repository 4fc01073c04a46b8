package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** SIGTERM while everybody holds on to the server: it ends in time all the same. */
@Timeout(120)
class TerminateTest {
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    private static final String LETTER = "{\"from\":\"ann@kill.test\",\"to\":[\"bob@there.test\"],"
            + "\"subject\":\"Hello\",\"text\":\"Hi\"}";
    @TempDir
    Path folder;

    @Test
    void theServerEndsWithin10SecondsAndLosesNothing() throws Exception {
        try (SilentSink silent = new SilentSink(); LedgerSink sink = new LedgerSink();
                ServerProcess server = new ServerProcess(folder,
                        Map.of("MAILMILL_DELIVERY", "direct"))) {
            server.start(Map.of("MAILMILL_ROUTES", "*=127.0.0.1:" + silent.port()));
            assertEquals(201, server.post("v1/domains",
                    "{\"name\":\"kill.test\",\"trust\":true}").statusCode());
            HttpResponse<String> accepted = server.post("v1/messages", LETTER);
            assertEquals(202, accepted.statusCode(), accepted.body());
            assertTrue(silent.asked.await(10, TimeUnit.SECONDS), "an attempt runs");

            Duration took;
            try (Socket transaction = transaction(server.smtpPort());
                    Socket idle = new Socket(InetAddress.getLoopbackAddress(),
                            server.api().getPort())) {
                assertTrue(transaction.isConnected() && idle.isConnected());
                long began = System.nanoTime();
                server.terminate();
                boolean ended = server.ended(Duration.ofSeconds(60));
                took = Duration.ofNanos(System.nanoTime() - began);
                assertTrue(ended, "it never ended");
            }
            System.out.println("terminated: within " + took.toMillis() + " ms");
            assertTrue(took.compareTo(AT_MOST) < 0, "it took " + took);

            server.start(Map.of("MAILMILL_ROUTES", "*=127.0.0.1:" + sink.port()));
            String id = new ObjectMapper().readTree(accepted.body()).path("id").asString();
            JsonNode shown = new ObjectMapper().readTree(server.get("v1/messages/" + id).body());
            String state = shown.at("/recipients/0/state").asString();
            assertTrue(List.of("queued", "deferred", "delivered").contains(state),
                    "still to be sent: " + shown);
        }
    }

    /** MAIL and RCPT are taken, and nothing follows. */
    private static Socket transaction(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                StandardCharsets.US_ASCII));
        in.readLine();
        for (String command : List.of("HELO me.test", "MAIL FROM:<ann@kill.test>",
                "RCPT TO:<bob@there.test>")) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            String reply = in.readLine();
            assertTrue(reply.startsWith("250"), reply);
        }
        return socket;
    }

    /** Takes connections and says nothing. */
    private static final class SilentSink implements AutoCloseable {
        private final ServerSocket server =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final CountDownLatch asked = new CountDownLatch(1);

        SilentSink() throws IOException {
            Thread.ofPlatform().daemon().name("silent").start(() -> {
                try (Socket held = server.accept()) {
                    asked.countDown();
                    while (held.getInputStream().read() >= 0) {
                        // nothing is answered
                    }
                } catch (IOException e) {
                    // the server has ended, or the test
                }
            });
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
