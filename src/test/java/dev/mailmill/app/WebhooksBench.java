package dev.mailmill.app;

import com.sun.net.httpserver.HttpServer;
import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * The same mail without webhooks and with them, one after the other: accepted, signed, delivered to
 * smtp-sink, and three events of each message told. {@code bench/webhooks} runs it.
 */
final class WebhooksBench {
    private static final int EACH = 500;
    private static final int EVENTS = 3;
    private static final long WAIT_NANOS = 300_000_000_000L;
    private static final byte[] MARK = "\"id\":\"evt_".getBytes(StandardCharsets.US_ASCII);

    private final AtomicLong told = new AtomicLong();
    private final AtomicLong calls = new AtomicLong();
    private final HttpServer receiver;

    private WebhooksBench() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                1_000);
        receiver.createContext("/", exchange -> {
            told.addAndGet(events(exchange.getRequestBody().readAllBytes()));
            calls.incrementAndGet();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.start();
    }

    private static int events(byte[] body) {
        int n = 0;
        for (int i = 0; i + MARK.length <= body.length; i++) {
            int j = 0;
            while (j < MARK.length && body[i + j] == MARK[j]) {
                j++;
            }
            n += j == MARK.length ? 1 : 0;
        }
        return n;
    }

    /** FOLDER MESSAGES ROUNDS. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int messages = Integer.parseInt(args[1]);
        int rounds = Integer.parseInt(args[2]);
        WebhooksBench bench = new WebhooksBench();
        int port = free();
        Process sink = new ProcessBuilder("smtp-sink", "-u", "nobody", "127.0.0.1:" + port,
                "1024").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            reachable(port);
            bench.run(folder.resolve("warm"), port, messages / 2, 100);
            Map<Integer, List<Double>> rates = new TreeMap<>();
            for (int round = 0; round < rounds; round++) {
                for (int batch : new int[] {0, 100, 1}) {
                    rates.computeIfAbsent(batch, _ -> new ArrayList<>()).add(bench.run(
                            folder.resolve(round + "-" + batch), port, messages, batch));
                }
            }
            double without = median(rates.get(0));
            rates.forEach((batch, all) -> System.out.printf("%-26s %6.0f messages/s, %5.1f %%%n",
                    batch == 0 ? "without webhooks" : "3 events, " + batch + " a call at most",
                    median(all), 100 * median(all) / without));
        } finally {
            sink.destroy();
        }
        System.exit(0);
    }

    private static double median(List<Double> all) {
        List<Double> sorted = new ArrayList<>(all);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    private static int free() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void reachable(int port) throws Exception {
        for (int i = 0; i < 100; i++) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("smtp-sink does not answer");
    }

    /** Until the last is delivered and the last event told. */
    private double run(Path folder, int sink, int messages, int batch) throws Exception {
        Map<Setting, String> s = new EnumMap<>(Setting.class);
        s.put(Setting.DATA, folder.toString());
        s.put(Setting.HTTP, "127.0.0.1:0");
        s.put(Setting.SUBMISSION, "127.0.0.1:0");
        s.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        s.put(Setting.RECEIVE, "off");
        s.put(Setting.HOSTNAME, "mill.test");
        s.put(Setting.ALLOW_PRIVATE, "true");
        s.put(Setting.DELIVERY, "smtp://127.0.0.1:" + sink);
        told.set(0);
        calls.set(0);
        try (Mailmill mill = Mailmill.start(Settings.of(s), Mailmill.Role.SERVER);
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            api.post("/v1/domains", "{\"name\":\"ours.test\",\"trust\":true}");
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort();
            if (batch > 0) {
                Lab.expect(201, api.post("/v1/webhooks", "{\"url\":\"" + url + "/a\",\"batch\":"
                        + batch + ",\"events\":[\"email.accepted\",\"email.relayed\"]}"));
                Lab.expect(201, api.post("/v1/webhooks", "{\"url\":\"" + url + "/b\",\"batch\":"
                        + batch + ",\"events\":[\"email.relayed\"]}"));
            }
            long from = System.nanoTime();
            for (int n = 0; n < messages; n += EACH) {
                post(api, n);
            }
            long accepted = System.nanoTime();
            await(from, () -> open(api) == 0, "not delivered");
            long delivered = System.nanoTime();
            if (batch > 0) {
                await(from, () -> told.get() >= (long) EVENTS * messages, "not told");
            }
            long end = System.nanoTime();
            System.err.printf("batch %d: accepted %.1f s, delivered %.1f s, told %.1f s, %d calls,"
                    + " %d events%n", batch, (accepted - from) / 1e9, (delivered - from) / 1e9,
                    (end - from) / 1e9, calls.get(), told.get());
            return messages / ((end - from) / 1e9);
        }
    }

    private static void post(WebClient api, int n) {
        StringBuilder body = new StringBuilder(EACH * 4_300);
        body.append("{\"messages\":[");
        for (int i = 0; i < EACH; i++) {
            body.append(i == 0 ? "" : ",").append("{\"from\":\"ann@ours.test\",\"to\":\"u")
                    .append(n + i).append("@d").append((n + i) % 50)
                    .append(".test\",\"subject\":\"Receipt\",\"text\":\"")
                    .append("It came in and goes out. ".repeat(160)).append("\"}");
        }
        Lab.expect(202, api.post("/v1/messages/batch", body.append("]}").toString()));
    }

    private static long open(WebClient api) {
        return Lab.expect(200, api.get("/v1/queue")).path("open").asLong();
    }

    private static void await(long from, BooleanSupplier done, String what)
            throws InterruptedException {
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - from > WAIT_NANOS) {
                throw new IllegalStateException(what);
            }
            Thread.sleep(50);
        }
    }
}
