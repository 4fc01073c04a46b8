package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.exit.HttpLine.Sent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whether the last octet may have left is known of every way in which a request can end. */
class HttpLineTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final HttpLine line = new HttpLine(Duration.ofSeconds(2), Duration.ofSeconds(2));
    private final ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);

    HttpLineTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        end.countDown();
        line.close();
        server.close();
    }

    /** What a server does with a connection. */
    @FunctionalInterface
    private interface Habit {
        void with(Socket socket) throws Exception;
    }

    private void serve(Habit habit) {
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            habit.with(socket);
                        } catch (Exception e) {
                            // the other side has ended it, as most of these tests want
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    /** Reads the head and so much of the body; answers the octets of it. */
    private static int read(InputStream in, int body) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return -1;
            }
            head.append((char) b);
        }
        return in.readNBytes(body).length;
    }

    private Sent post(int size, boolean may) {
        return line.send(new HttpLine.Request("POST", URI.create("http://127.0.0.1:"
                + server.getLocalPort() + "/x"), Map.of("Content-Type", "text/plain"),
                new byte[size]), () -> may);
    }

    @Test
    void an_answer_is_an_answer_and_the_connection_is_used_again() {
        serve(s -> {
            while (read(s.getInputStream(), 1_000) == 1_000) {
                s.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
            }
        });
        for (int i = 0; i < 3; i++) {
            assertEquals("ok", assertInstanceOf(Sent.Answered.class, post(1_000, true)).reply()
                    .text());
        }
        assertEquals(1, connections.get());
    }

    @Test
    void a_line_that_breaks_within_the_body_has_not_sent_it() {
        serve(s -> read(s.getInputStream(), 1_000));
        assertInstanceOf(Sent.Unsent.class, post(50_000_000, true));
    }

    @Test
    void a_line_that_breaks_behind_the_body_may_have_sent_it() {
        serve(s -> read(s.getInputStream(), 1_000));
        assertInstanceOf(Sent.Unanswered.class, post(1_000, true));
    }

    @Test
    void silence_ends_in_time_on_either_side_of_the_last_octet() {
        serve(s -> {
            read(s.getInputStream(), 1_000);
            end.await();
        });
        assertInstanceOf(Sent.Unanswered.class, post(1_000, true));
        assertInstanceOf(Sent.Unsent.class, post(50_000_000, true));
    }

    @Test
    void nobody_there_has_nothing() throws IOException {
        server.close();
        assertInstanceOf(Sent.Unsent.class, post(10, true));
    }

    @Test
    void what_is_forbidden_never_arrives_whole() throws Exception {
        CompletableFuture<Integer> arrived = new CompletableFuture<>();
        serve(s -> arrived.complete(read(s.getInputStream(), 100_000)));
        assertInstanceOf(Sent.Forbidden.class, post(100_000, false));
        assertTrue(arrived.get(20, TimeUnit.SECONDS) < 100_000);
    }

    @Test
    void an_answer_without_end_or_bound_is_none() {
        serve(s -> {
            read(s.getInputStream(), 10);
            byte[] much = ("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(100_000))
                    .getBytes(StandardCharsets.US_ASCII);
            while (true) {
                s.getOutputStream().write(much);
            }
        });
        assertInstanceOf(Sent.Unanswered.class, post(10, true));
    }

    @Test
    void a_redirect_is_told_and_not_followed() {
        serve(s -> {
            while (read(s.getInputStream(), 10) == 10) {
                s.getOutputStream().write(("HTTP/1.1 307 Over There\r\nLocation: http://127.0.0.1:"
                        + server.getLocalPort() + "/y\r\nContent-Length: 0\r\n\r\n").getBytes());
            }
        });
        assertEquals(307, assertInstanceOf(Sent.Answered.class, post(10, true)).reply().status());
        assertEquals(1, connections.get());
    }

    @Test
    void a_connection_that_was_closed_meanwhile_is_not_used_again() throws Exception {
        Semaphore closed = new Semaphore(0);
        serve(s -> {
            read(s.getInputStream(), 10);
            s.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
            s.shutdownOutput();
            // the client's own thread has to see the end of the line: then it ends its side
            if (s.getInputStream().read() < 0) {
                closed.release();
            }
        });
        for (int i = 0; i < 5; i++) {
            Sent sent = post(10, true);
            assertInstanceOf(Sent.Answered.class, sent, "at " + i + ": " + sent);
            assertTrue(closed.tryAcquire(20, TimeUnit.SECONDS), "it keeps what was ended");
        }
        if (connections.get() != 5) {
            throw new UncheckedIOException(new IOException(connections + " connections"));
        }
    }
}
