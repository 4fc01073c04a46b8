package dev.mailmill.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Clients that are slow, too many, or never listen; and how the server leaves. */
class SmtpLimitsTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(20);

    private static SmtpLimits times(Duration idle, Duration command, Duration handshake,
            Duration write, Duration transaction, Duration grace) {
        return new SmtpLimits(SmtpLimits.Sizes.DEFAULTS, new SmtpLimits.Times(idle, command,
                handshake, write, transaction, LONG, grace, 10_000, Duration.ofMillis(500)),
                SmtpLimits.Counts.DEFAULTS);
    }

    @Test
    void anIdleClientIsToldSoAndClosed() throws Exception {
        try (TestServer server = TestServer.trusting(times(SHORT, LONG, LONG, LONG, LONG, LONG));
                WireClient client = server.connect()) {
            client.send("EHLO client.test\r\n");
            String line = client.line();
            // on a busy machine it may have become idle before its first command
            while (line.startsWith("2")) {
                line = client.line();
            }
            assertTrue(line.startsWith("421 4.4.2"), line);
            assertNull(client.line());
            eventually(() -> server.server.connections() == 0);
        }
    }

    @Test
    void anIdleClientInsideTlsIsToldSoToo() throws Exception {
        try (TestServer server = new TestServer(SmtpServer.Mode.TLS, true,
                times(SHORT, LONG, LONG, LONG, LONG, LONG));
                WireClient client = server.connect()) {
            client.startTls();
            assertTrue(client.line().startsWith("220"));
            assertTrue(client.line().startsWith("421 4.4.2"));
            assertNull(client.line());
        }
    }

    @Test
    void aCommandThatTricklesEndsAtItsDeadlineNotAtItsLastOctet() throws Exception {
        try (TestServer server = TestServer.trusting(times(LONG, SHORT, LONG, LONG, LONG, LONG));
                WireClient client = server.greeted()) {
            long start = System.nanoTime();
            trickle(client, "N");
            assertTrue(client.line().startsWith("421 4.4.2"));
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(3).toNanos());
        }
    }

    @Test
    void aMessageThatTricklesIsCutOffAndNotKept() throws Exception {
        try (TestServer server = TestServer.trusting(times(LONG, LONG, LONG, LONG, LONG, SHORT));
                WireClient client = server.inData()) {
            Recorder recorder = server.recorder();
            trickle(client, "x");
            assertTrue(client.line().startsWith("421 4.4.2"));
            eventually(() -> recorder.dropped == 1);
            assertEquals(0, recorder.taken().size());
        }
    }

    @Test
    void chunksThatTrickleAreCutOffWantedOrNot() throws Exception {
        for (String recipient : List.of("you", "unknown")) {
            try (TestServer server = TestServer.trusting(
                    times(LONG, LONG, LONG, LONG, LONG, SHORT));
                    WireClient client = server.greeted()) {
                client.send("MAIL FROM:<me@ours.test>\r\nRCPT TO:<" + recipient
                        + "@theirs.test>\r\nBDAT 1000000 LAST\r\n");
                client.reply();
                client.reply();
                Recorder recorder = server.recorder();
                trickle(client, "x");
                assertTrue(client.line().startsWith("421 4.4.2"), recipient);
                eventually(() -> server.server.connections() == 0);
                assertEquals(recipient.equals("you") ? 1 : 0, recorder.dropped);
                assertEquals(0, recorder.taken().size());
            }
        }
    }

    @Test
    void theGraceIsOfTheMessageNotOfEachChunk() throws Exception {
        try (TestServer server = TestServer.trusting(times(LONG, LONG, LONG, LONG, LONG, SHORT));
                WireClient client = server.greeted()) {
            client.send("MAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\n");
            client.reply();
            client.reply();
            long start = System.nanoTime();
            Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 50; i++) {
                        client.send("BDAT 1\r\n");
                        TimeUnit.MILLISECONDS.sleep(100);
                        client.send("x");
                    }
                } catch (IOException | InterruptedException e) {
                    // cut off, as it should be
                }
            });
            String reply = client.line();
            while (reply.startsWith("250 2.0.0")) {
                reply = client.line();
            }
            assertTrue(reply.startsWith("421 4.4.2"), reply);
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(3).toNanos());
        }
    }

    @Test
    void aMessageHasSoManyChunksAndNoMore() throws Exception {
        try (TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS);
                WireClient client = server.greeted()) {
            client.send("MAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\n");
            client.reply();
            client.reply();
            for (int i = 0; i < Reception.CHUNKS_MAX; i += 1_000) {
                client.send("BDAT 0\r\n".repeat(1_000));
                for (int n = 0; n < 1_000; n++) {
                    assertTrue(client.line().startsWith("250 2.0.0 0 octets"));
                }
            }
            client.send("BDAT 0\r\n");
            assertTrue(client.line().startsWith("552 5.3.4 Too many chunks"));
            // refused ones have the same end
            for (int i = 0; i < Reception.CHUNKS_MAX - 1; i++) {
                client.send("BDAT 0\r\n");
                assertTrue(client.line().startsWith("503 5.5.1"));
            }
            client.send("BDAT 0\r\n");
            assertTrue(client.line().startsWith("552 5.3.4 Closing"));
            assertNull(client.line());
            assertEquals(1, server.recorder().dropped);
        }
    }

    @Test
    void aClientThatVanishesBetweenChunksLeavesNothing() throws Exception {
        try (TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS)) {
            WireClient client = server.greeted();
            client.send("MAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\n"
                    + "BDAT 3\r\na\r\n");
            client.reply();
            client.reply();
            assertTrue(client.reply().startsWith("250 2.0.0"));
            Recorder recorder = server.recorder();
            client.close();
            eventually(() -> recorder.dropped == 1 && server.server.connections() == 0);
            assertEquals(0, recorder.taken().size());
        }
    }

    @Test
    void aProxyThatIsSilentIsCutOffWithoutAWord() throws Exception {
        try (TestServer server = new TestServer(SmtpServer.Mode.STARTTLS, true,
                times(LONG, LONG, SHORT, LONG, LONG, LONG), true);
                WireClient client = server.connect()) {
            client.send("PROXY TCP4 192.0.2.9");
            assertNull(client.line());
            eventually(() -> server.server.connections() == 0);
        }
    }

    @Test
    void connectionsOfAProxyAreCountedForItsClients() throws Exception {
        SmtpLimits limits = new SmtpLimits(SmtpLimits.Sizes.DEFAULTS, SmtpLimits.Times.DEFAULTS,
                new SmtpLimits.Counts(4, 2, 1000, 20, 100, 3));
        try (TestServer server = new TestServer(SmtpServer.Mode.STARTTLS, true, limits, true)) {
            WireClient first = named(server, "192.0.2.1");
            WireClient second = named(server, "192.0.2.1");
            WireClient other = named(server, "192.0.2.2");
            assertTrue(first.line().startsWith("220") && second.line().startsWith("220")
                    && other.line().startsWith("220"));
            try (WireClient third = named(server, "192.0.2.1")) {
                assertTrue(third.line().startsWith("421 mx.ours.test Too many"));
                assertNull(third.line());
            }
            eventually(() -> server.server.connections() == 3);
            first.close();
            eventually(() -> server.server.connections() == 2);
            WireClient again = named(server, "192.0.2.1");
            assertTrue(again.line().startsWith("220"));
            WireClient silent = server.connect();
            eventually(() -> server.server.connections() == 4);
            try (WireClient oneTooMany = server.connect()) {
                assertTrue(oneTooMany.line().startsWith("421 mx.ours.test Too many"));
            }
            for (WireClient client : List.of(second, other, again, silent)) {
                client.close();
            }
            eventually(() -> server.server.connections() == 0);
        }
    }

    private static WireClient named(TestServer server, String client) throws IOException {
        WireClient wire = server.connect();
        wire.send("PROXY TCP4 " + client + " 127.0.0.1 50000 587\r\n");
        return wire;
    }

    @Test
    void behindAProxyTlsBeginsAfterTheHeader() throws Exception {
        try (TestServer server = new TestServer(SmtpServer.Mode.TLS, true, SmtpLimits.DEFAULTS,
                true); WireClient client = named(server, "192.0.2.7")) {
            client.startTls();
            assertTrue(client.line().startsWith("220"));
            assertEquals("192.0.2.7", server.recorder().client.getHostAddress());
        }
    }

    @Test
    void aTransactionHasAnEnd() throws Exception {
        try (TestServer server = TestServer.trusting(times(LONG, LONG, LONG, LONG, SHORT, LONG));
                WireClient client = server.greeted()) {
            client.send("MAIL FROM:<me@ours.test>\r\n");
            assertTrue(client.reply().startsWith("250"));
            assertTrue(client.line().startsWith("421 4.4.2"));
        }
    }

    /** Sends an octet every 20 ms until the server has had enough. */
    private static void trickle(WireClient client, String octet) {
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 200; i++) {
                    client.send(octet);
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            } catch (IOException | InterruptedException e) {
                // cut off, as it should be
            }
        });
    }

    @Test
    void aClientThatNeverReadsMeetsTheWriteDeadline() throws Exception {
        SmtpLimits limits = new SmtpLimits(SmtpLimits.Sizes.DEFAULTS,
                times(LONG, LONG, LONG, SHORT, LONG, LONG).times(),
                new SmtpLimits.Counts(10, 10, 1000, 20, Integer.MAX_VALUE, 3));
        try (TestServer server = TestServer.trusting(limits); Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(),
                    server.server.port()));
            byte[] helps = "HELP\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            AtomicBoolean cut = new AtomicBoolean();
            Thread.ofVirtual().start(() -> {
                try {
                    OutputStream out = socket.getOutputStream();
                    for (int i = 0; i < 1_000; i++) {
                        out.write(helps);
                    }
                } catch (IOException e) {
                    cut.set(true);
                }
            });
            eventually(cut::get);
            eventually(() -> server.server.connections() == 0);
        }
    }

    @Test
    void aTlsHandshakeThatStallsIsClosed() throws Exception {
        try (TestServer server = new TestServer(SmtpServer.Mode.TLS, true,
                times(LONG, LONG, SHORT, LONG, LONG, LONG));
                WireClient silent = server.connect(); WireClient half = server.connect()) {
            half.send(new byte[] {22, 3, 1, 0, 100, 1});
            assertNull(silent.line());
            half.line();
            eventually(() -> server.server.connections() == 0);
        }
    }

    @Test
    void oneNetworkGetsSoManyConnectionsAndNoMore() throws Exception {
        SmtpLimits limits = new SmtpLimits(SmtpLimits.Sizes.DEFAULTS, SmtpLimits.Times.DEFAULTS,
                new SmtpLimits.Counts(100, 3, 1000, 20, 100, 3));
        try (TestServer server = TestServer.trusting(limits)) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                clients.add(server.greeted());
            }
            try (WireClient oneTooMany = server.connect()) {
                assertTrue(oneTooMany.line().startsWith("421 mx.ours.test Too many connections"));
                assertNull(oneTooMany.line());
            }
            clients.getFirst().close();
            eventually(() -> server.server.connections() == 2);
            try (WireClient next = server.connect()) {
                assertTrue(next.line().startsWith("220"));
            }
            for (WireClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void ipv6IsCountedByItsHalf() throws Exception {
        ConnectionCounts counts = new ConnectionCounts(
                new SmtpLimits.Counts(3, 2, 1, 1, 1, 1));
        InetAddress one = InetAddress.getByName("2001:db8:1:2::1");
        InetAddress neighbour = InetAddress.getByName("2001:db8:1:2:ffff::9");
        InetAddress stranger = InetAddress.getByName("2001:db8:1:3::1");
        assertTrue(counts.enter(one) && counts.enter(neighbour) && !counts.enter(one));
        assertTrue(counts.enter(stranger) && !counts.enter(InetAddress.getByName("192.0.2.1")));
        counts.leave(neighbour);
        assertTrue(counts.enter(one));
    }

    @Test
    void drainSendsTheIdleAwayAndLetsTheRunningFinish() throws Exception {
        TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS);
        try (WireClient idle = server.greeted()) {
            server.recorder();
            try (WireClient running = server.inData()) {
                Recorder recorder = server.recorder();
                CountDownLatch drained = new CountDownLatch(1);
                Thread.ofVirtual().start(() -> {
                    server.server.drain(LONG);
                    drained.countDown();
                });
                assertTrue(idle.line().startsWith("421 4.3.2"));
                assertNull(idle.line());
                running.send("Subject: last\r\n\r\nbody\r\n.\r\n");
                assertTrue(running.line().startsWith("250 2.0.0"));
                assertTrue(running.line().startsWith("421 4.3.2"));
                assertNull(running.line());
                assertEquals(1, recorder.taken().size());
                assertTrue(drained.await(20, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void drainEndsInTimeWhateverClientsDo() throws Exception {
        TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS);
        try (WireClient stuck = server.inData()) {
            long start = System.nanoTime();
            server.server.drain(SHORT);
            // without a deadline it would wait for minutes
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
            assertTrue(stuck.line().startsWith("421 4.3.2"));
            assertNull(stuck.line());
            assertTrue(connectFails(server));
        }
    }

    private static boolean connectFails(TestServer server) {
        try (WireClient late = server.connect()) {
            return late.line() == null;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aClientThatVanishesInDataLeavesNothing() throws Exception {
        try (TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS)) {
            WireClient client = server.inData();
            Recorder recorder = server.recorder();
            client.send("Subject: half\r\n\r\nbody\r\n");
            client.close();
            eventually(() -> recorder.dropped == 1 && server.server.connections() == 0);
            assertEquals(0, recorder.taken().size());
        }
    }

    @Test
    void oldTlsIsRefused() throws Exception {
        try (TestServer server = new TestServer(SmtpServer.Mode.TLS, true, SmtpLimits.DEFAULTS);
                Socket plain = new Socket(InetAddress.getLoopbackAddress(),
                        server.server.port())) {
            plain.setSoTimeout(20_000);
            plain.getOutputStream().write(helloOfTls10());
            byte[] answer = plain.getInputStream().readNBytes(7);
            assertEquals(21, answer[0], "an alert");
            assertEquals(70, answer[6], "protocol_version");
        }
    }

    /** A ClientHello that knows nothing newer than TLS 1.0. */
    private static byte[] helloOfTls10() {
        byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 2 + 2 + 2];
        byte[] start = {22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1};
        System.arraycopy(start, 0, hello, 0, start.length);
        int at = start.length + 32 + 1;
        hello[at + 1] = 2;
        hello[at + 3] = 0x2f;
        hello[at + 4] = 1;
        return hello;
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not come about");
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
