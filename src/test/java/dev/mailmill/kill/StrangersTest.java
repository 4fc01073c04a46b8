package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.Whole;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever can connect, and no more, leaves nothing in the log. */
@Timeout(120)
class StrangersTest {
    private static final int TIMES = Whole.of(20, 6);
    private static final String POST = "POST /v1/messages HTTP/1.1\r\nHost: x\r\n";
    private static final List<String> WORDS = List.of("", "G", "GET /healthz HTTP/1.1\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX",
            "\u0016\u0003\u0001\u0002\u0000\u0001", "EHLO x\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            POST + "Content-Length: 9\r\n\r\n{", POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", POST + "Content-Length: x\r\n\r\n",
            POST + "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
            "GET /" + "a".repeat(20_000), "GET /\u0001 HTTP/1.1\r\n\r\n",
            "GET /login HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
    @TempDir
    Path folder;

    @Test
    void brokenRequestsAndHangUpsFillNoLog() throws Exception {
        try (ServerProcess server = new ServerProcess(folder, Map.of())) {
            server.start(Map.of());
            String before = Files.readString(server.log().toPath());
            for (int i = 0; i < TIMES; i++) {
                for (String words : WORDS) {
                    hangUp(server, words, i % 2 == 0);
                }
            }
            // on a connection that is taken after all of theirs
            assertEquals(200, server.get("readyz").statusCode());
            server.terminate();
            server.ended(java.time.Duration.ofSeconds(30));
            List<String> more = Files.readString(server.log().toPath())
                    .substring(before.length()).lines().filter(l -> !l.contains(" INFO ")).toList();
            assertEquals(List.of(), more);
        }
    }

    private static void hangUp(ServerProcess server, String words, boolean reset)
            throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.api().getPort())) {
            if (reset) {
                socket.setSoLinger(true, 0);
            }
            socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
