package dev.mailmill.kill;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** The next server: counts, per recipient, each message that it took over with a 250. */
final class LedgerSink implements AutoCloseable {
    private final ServerSocket server;
    private final Map<String, AtomicInteger> taken = new ConcurrentHashMap<>();
    private volatile BiConsumer<String, String> marked = (_, _) -> { };
    private volatile boolean open = true;

    LedgerSink() throws IOException {
        server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("sink").start(this::listen);
    }

    /** @param whom from now on given recipient's local part and text of marked mail */
    void tell(BiConsumer<String, String> whom) {
        marked = whom;
    }

    int port() {
        return server.getLocalPort();
    }

    /** Copies by recipient's local part. */
    Map<String, AtomicInteger> taken() {
        return taken;
    }

    private void listen() {
        while (open) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            OutputStream out = socket.getOutputStream();
            say(in, out, "220 sink.test");
            String token = "";
            while (true) {
                String line = line(in);
                String verb = line.length() < 4 ? line : line.substring(0, 4).toUpperCase();
                switch (verb) {
                    case "EHLO" -> say(in, out, "250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME");
                    case "RCPT" -> {
                        token = line.substring(line.indexOf('<') + 1, line.indexOf('@'));
                        say(in, out, "250 ok");
                    }
                    case "DATA" -> {
                        say(in, out, "354 go on");
                        String text = content(in, Copy.marked(token));
                        // Counted when the answer has left: this is what the ledger promises.
                        taken.computeIfAbsent(token, _ -> new AtomicInteger()).incrementAndGet();
                        say(in, out, "250 taken");
                        if (Copy.marked(token)) {
                            marked.accept(token, text);
                        }
                    }
                    case "QUIT" -> {
                        say(in, out, "221 bye");
                        return;
                    }
                    default -> say(in, out, "250 ok");
                }
            }
        } catch (IOException e) {
            // the killed process's connections end here
        }
    }

    /** Other content counts for nothing here. */
    private static String content(InputStream in, boolean kept) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = line(in); !line.equals("."); line = line(in)) {
            if (kept) {
                text.append(line).append('\n');
            }
        }
        return text.toString();
    }

    private final ThreadLocal<StringBuilder> pending = ThreadLocal.withInitial(StringBuilder::new);

    /** Replies to a pipelined group leave together. */
    private void say(InputStream in, OutputStream out, String reply) throws IOException {
        StringBuilder replies = pending.get().append(reply).append("\r\n");
        if (in.available() == 0) {
            byte[] bytes = replies.toString().getBytes(StandardCharsets.US_ASCII);
            replies.setLength(0);
            out.write(bytes);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("end");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        open = false;
        server.close();
    }
}
