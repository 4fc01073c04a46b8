package dev.mailmill.app;

import dev.mailmill.http.WebClient;
import dev.mailmill.mail.Fact;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Links of mail followed by wrk while other mail is accepted and delivered to smtp-sink: how many a
 * second, how many of them the Journal lacks, and what it costs delivery. {@code bench/clicks} runs
 * it.
 */
final class ClicksBench {
    private static final int EACH = 500;
    /** So much mail waits at most: the queue is never empty, and never the measure. */
    private static final int WAITING_MAX = 4_000;
    private static final int LETTERS = 5;
    private static final int LINKS = 1_000;
    /** So that what is measured is compiled, the clicks' way and the mail's. */
    private static final int WARM_SECONDS = 60;
    private static final int ALONE_SECONDS = 20;
    private static final int DRAINED_SECONDS = 60;
    private static final Pattern LINK = Pattern.compile("https://mill\\.test(/t/[A-Za-z0-9_-]+)");
    private static final Pattern DONE = Pattern.compile("done (\\d+) errors (\\d+)");

    private final AtomicLong relayed = new AtomicLong();
    private final AtomicLong clicked = new AtomicLong();
    private final AtomicLong posted = new AtomicLong();
    private volatile boolean over;

    private ClicksBench() {
    }

    /** FOLDER SECONDS CONNECTIONS CLICKS_A_SECOND MAIL_A_SECOND WRK_SCRIPT. */
    public static void main(String[] args) throws Exception {
        int port = free();
        Process sink = new ProcessBuilder("smtp-sink", "-u", "nobody", "127.0.0.1:" + port,
                "1024").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            reachable(port);
            new ClicksBench().run(Path.of(args[0]), port, Integer.parseInt(args[1]), args[2],
                    args[3], Integer.parseInt(args[4]), args[5]);
        } finally {
            sink.destroy();
        }
        System.exit(0);
    }

    private void run(Path folder, int sink, int seconds, String connections, String pace,
            int mail, String script) throws Exception {
        Map<Setting, String> s = new EnumMap<>(Setting.class);
        s.put(Setting.DATA, folder.toString());
        s.put(Setting.HTTP, "127.0.0.1:0");
        s.put(Setting.SUBMISSION, "127.0.0.1:0");
        s.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        s.put(Setting.RECEIVE, "off");
        s.put(Setting.HOSTNAME, "mill.test");
        s.put(Setting.PUBLIC_URL, "https://mill.test");
        s.put(Setting.ALLOW_PRIVATE, "true");
        s.put(Setting.DELIVERY, "smtp://127.0.0.1:" + sink);
        try (Mailmill mill = Mailmill.start(Settings.of(s), Mailmill.Role.SERVER);
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            mill.onCommitted(facts -> facts.forEach(f -> {
                relayed.addAndGet(f instanceof Fact.Relayed ? 1 : 0);
                clicked.addAndGet(f instanceof Fact.Clicked ? 1 : 0);
            }));
            Lab.expect(201, api.post("/v1/domains", "{\"name\":\"ours.test\",\"trust\":true}"));
            Path links = Files.write(folder.resolveSibling("links"), links(api));
            Thread feeder = Thread.ofPlatform().start(() -> feed(api, mail));
            int door = mill.http().getPort();
            wrk(WARM_SECONDS, connections, pace, script, links, door);
            counted(answered(api));
            System.out.println("That was to get warm.");
            double before = rate(() -> Thread.sleep(ALONE_SECONDS * 1_000L));
            AtomicLong done = new AtomicLong();
            double with = rate(() -> done.set(wrk(seconds, connections, pace, script, links,
                    door)));
            long answered = answered(api);
            counted(answered);
            double after = rate(() -> Thread.sleep(ALONE_SECONDS * 1_000L));
            over = true;
            feeder.join();
            System.out.printf("%d links followed, %.0f a second; of %d answers in all %d lost;"
                    + " mail %.0f a second before, %.0f meanwhile, %.0f after: %.1f %% less than"
                    + " the more of both%n", done.get(), (double) done.get() / seconds,
                    answered, Math.max(0, answered - clicked.get()), before, with, after,
                    100 * (1 - with / Math.max(before, after)));
        }
    }

    /** As the server says: wrk counts none of its last moment. */
    private static long answered(WebClient api) {
        return api.get("/metrics").text().lines()
                .filter(l -> l.startsWith("mailmill_http_seconds_count")
                        && l.contains("/t/{token}") && l.contains("302"))
                .mapToLong(l -> (long) Double.parseDouble(l.substring(l.lastIndexOf(' '))))
                .sum();
    }

    /** Waits until the Journal has so many. */
    private void counted(long all) throws InterruptedException {
        for (int i = 0; i < DRAINED_SECONDS && clicked.get() < all; i++) {
            Thread.sleep(1_000);
        }
    }

    /** Of bulk mail to one recipient each: their tokens name nobody, so no count is capped. */
    private static List<String> links(WebClient api) {
        List<String> all = new ArrayList<>();
        for (int n = 0; n < LETTERS; n++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < LINKS; i++) {
                text.append("https://shop.test/").append(n).append('/').append(i).append("\\n");
            }
            String id = Lab.expect(202, api.post("/v1/messages", "{\"from\":\"ann@ours.test\","
                    + "\"to\":\"reader" + n + "@d.test\",\"subject\":\"News\",\"stream\":\"bulk\","
                    + "\"text\":\"" + text + "\"}")).path("id").asString();
            WebClient.Reply raw = api.get("/v1/messages/" + id + "/raw");
            Matcher m = LINK.matcher(raw.text().replace("=\r\n", ""));
            while (m.find()) {
                all.add(m.group(1));
            }
        }
        if (all.size() != LETTERS * LINKS) {
            throw new IllegalStateException("the mail has " + all.size() + " links of ours");
        }
        return all;
    }

    /** @param pace mail a second; 0: as much as is delivered */
    private void feed(WebClient api, int pace) {
        long began = System.nanoTime();
        while (!over) {
            double due = pace * ((System.nanoTime() - began) / 1e9);
            if (posted.get() - relayed.get() > WAITING_MAX || pace != 0 && posted.get() > due) {
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                continue;
            }
            StringBuilder body = new StringBuilder("{\"messages\":[");
            for (int i = 0; i < EACH; i++) {
                long n = posted.incrementAndGet();
                body.append(i == 0 ? "" : ",").append("{\"from\":\"ann@ours.test\",\"to\":\"u")
                        .append(n).append("@d").append(n % 50)
                        .append(".test\",\"subject\":\"Receipt\",\"text\":\"")
                        .append("It came in and goes out. ".repeat(160)).append("\"}");
            }
            Lab.expect(202, api.post("/v1/messages/batch", body.append("]}").toString()));
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    /** Of mail, a second, while that is done. */
    private double rate(Work work) throws Exception {
        long from = relayed.get();
        long began = System.nanoTime();
        work.run();
        return (relayed.get() - from) / ((System.nanoTime() - began) / 1e9);
    }

    private static long wrk(int seconds, String connections, String pace, String script,
            Path links, int port) throws Exception {
        ProcessBuilder wrk = new ProcessBuilder("wrk", "-t2", "-c" + connections, "-d" + seconds
                + "s", "-s", script, "http://127.0.0.1:" + port).redirectErrorStream(true);
        wrk.environment().put("LINKS", links.toString());
        wrk.environment().put("PACE", pace);
        Process process = wrk.start();
        String said = new String(process.getInputStream().readAllBytes(),
                StandardCharsets.UTF_8);
        System.out.print(said);
        Matcher m = DONE.matcher(said);
        if (process.waitFor() != 0 || !m.find() || !m.group(2).equals("0")) {
            throw new IllegalStateException("wrk met errors");
        }
        return Long.parseLong(m.group(1));
    }

    private static int free() throws IOException {
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
}
