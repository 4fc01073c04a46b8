package dev.mailmill.smtp;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/**
 * The protocol alone, with nothing behind it: messages a second, octets allocated a message.
 *
 * <p>{@code java -cp … dev.mailmill.smtp.SmtpThroughput [connections [seconds [pipelined]]]}. Stops
 * by itself after at most a minute; loopback only.
 */
final class SmtpThroughput {
    private static final int SECONDS_MAX = 60;
    private static final int BODY_BYTES = 4096;

    private static final SmtpReply OK = new SmtpReply(250, "2.0.0", "ok");

    private static final class Nothing implements SmtpHandler {
        @Override
        public boolean trusted() {
            return true;
        }

        @Override
        public LoginAnswer login(String user, String secret) {
            return new Granted();
        }

        @Override
        public LoginAnswer bearer(String user, String token) {
            return new Granted();
        }

        @Override
        public void forget() {
            // nobody is remembered
        }

        @Override
        public SmtpReply mail(MailFrom from) {
            return OK;
        }

        @Override
        public SmtpReply recipient(RcptTo to) {
            return OK;
        }

        @Override
        public Sink data(Transaction transaction) {
            return new Sink() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    // gone
                }

                @Override
                public SmtpReply done() {
                    return OK;
                }

                @Override
                public void drop() {
                    // gone
                }
            };
        }
    }

    private SmtpThroughput() {
    }

    public static void main(String[] arguments) throws Exception {
        int connections = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
        int seconds = Math.min(SECONDS_MAX,
                arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10);
        boolean pipelined = arguments.length < 3 || arguments[2].equals("pipelined");
        SmtpServer server = new SmtpServer(new SmtpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                SmtpServer.Mode.STARTTLS, "mx.ours.test", false, _ -> false), SmtpLimits.DEFAULTS,
                TestTls::serverContext, client -> new Nothing());
        server.start();
        LongAdder sent = new LongAdder();
        for (int i = 0; i < connections; i++) {
            Thread.ofVirtual().start(() -> client(server.port(), pipelined, sent));
        }
        Thread.sleep(3_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getTotalThreadAllocatedBytes();
        long before = sent.sum();
        long start = System.nanoTime();
        Thread.sleep(seconds * 1_000L);
        long messages = sent.sum() - before;
        double took = (System.nanoTime() - start) / 1e9;
        System.out.printf("%d connections, %s: %.0f messages/s, %d octets allocated a message%n",
                connections, pipelined ? "pipelined" : "command by command", messages / took,
                (threads.getTotalThreadAllocatedBytes() - allocated) / Math.max(1, messages));
        System.exit(0);
    }

    private static void client(int port, boolean pipelined, LongAdder sent) {
        byte[] mail = ascii("MAIL FROM:<me@ours.test>\r\n");
        byte[] rcpt = ascii("RCPT TO:<you@theirs.test>\r\n");
        byte[] data = ascii("DATA\r\n");
        byte[] group = ascii("MAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\nDATA\r\n");
        byte[] message = ascii("Subject: a\r\nFrom: me@ours.test\r\n\r\n"
                + ("x".repeat(70) + "\r\n").repeat(BODY_BYTES / 72) + ".\r\n");
        byte[] answer = new byte[4096];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            lines(in, answer, 1);
            out.write(ascii("EHLO c.test\r\n"));
            lines(in, answer, 8);
            while (true) {
                if (pipelined) {
                    out.write(group);
                    lines(in, answer, 3);
                } else {
                    out.write(mail);
                    lines(in, answer, 1);
                    out.write(rcpt);
                    lines(in, answer, 1);
                    out.write(data);
                    lines(in, answer, 1);
                }
                out.write(message);
                lines(in, answer, 1);
                sent.increment();
            }
        } catch (IOException e) {
            System.out.println("a client ended: " + e.getMessage());
        }
    }

    private static void lines(InputStream in, byte[] answer, int count) throws IOException {
        int seen = 0;
        while (seen < count) {
            int n = in.read(answer);
            if (n < 0) {
                throw new IOException("the server hung up");
            }
            for (int i = 0; i < n; i++) {
                seen += answer[i] == '\n' ? 1 : 0;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
