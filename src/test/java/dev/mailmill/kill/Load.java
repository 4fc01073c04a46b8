package dev.mailmill.kill;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Clients on both doors that send until they are stopped, and go on after each kill. */
final class Load implements AutoCloseable {
    private static final String BODY = ("0123456789 ".repeat(7) + "\r\n").repeat(12);
    /** Between two marked mails of one caller: they are for those who read them, no load. */
    private static final long BULK_MILLIS = 20;
    private static final String LARGE = BODY.repeat(90);

    private final Ledger ledger;
    private final int smtpPort;
    private final URI api;
    private final String key;
    private final AtomicLong serial = new AtomicLong();
    private final AtomicInteger marked = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build();
    private volatile boolean going = true;

    Load(Ledger ledger, int smtpPort, URI api, String key) {
        this.ledger = ledger;
        this.smtpPort = smtpPort;
        this.api = api;
        this.key = key;
    }

    void start(int smtpSessions, int apiCallers, int bulkCallers) {
        for (int i = 0; i < smtpSessions; i++) {
            threads.add(Thread.ofVirtual().start(() -> again(this::smtpSession)));
        }
        for (int i = 0; i < apiCallers; i++) {
            threads.add(Thread.ofVirtual().start(() -> again(this::apiCall)));
        }
        for (int i = 0; i < bulkCallers; i++) {
            threads.add(Thread.ofVirtual().start(() -> again(this::bulkCall)));
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private void again(Work work) {
        while (going) {
            try {
                work.run();
            } catch (IOException e) {
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void pause() {
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
    }

    private String token(String door) {
        return door + serial.incrementAndGet();
    }

    private void smtpSession() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), smtpPort), 2000);
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            reply(in);
            say(out, "EHLO load.test\r\n");
            reply(in);
            while (going) {
                String token = token("s");
                say(out, "MAIL FROM:<load@kill.test>\r\nRCPT TO:<" + token
                        + "@sink.test>\r\nDATA\r\n");
                int worst = Math.max(Math.max(reply(in), reply(in)), reply(in));
                if (worst >= 400) {
                    return;
                }
                ledger.asked(token);
                say(out, "From: load@kill.test\r\nTo: " + token + "@sink.test\r\nSubject: load\r\n"
                        + "X-Load-Id: " + token + "\r\n\r\n" + body() + ".\r\n");
                ledger.answered(token, reply(in) == 250 ? Ledger.Answer.ACKNOWLEDGED
                        : Ledger.Answer.REFUSED);
            }
            say(out, "QUIT\r\n");
        }
    }

    /** Now and then one that does not fit into a row. */
    private String body() {
        return serial.get() % 40 == 0 ? LARGE : BODY;
    }

    private void apiCall() throws IOException, InterruptedException {
        String token = token("a");
        post(token, "\"text\":\"a letter\"");
    }

    /** Marked mail, whose links tell whose they are. */
    private void bulkCall() throws IOException, InterruptedException {
        int n = marked.incrementAndGet();
        boolean individual = n / 10 % 2 == 0;
        String token = (individual ? Copy.INDIVIDUAL : Copy.AGGREGATE) + n;
        StringBuilder html = new StringBuilder();
        for (int i = 0; i < Copy.LINKS; i++) {
            html.append("<a href='").append(Copy.target(token, i)).append("'>this</a> ");
        }
        post(token, "\"html\":\"" + html + "\",\"stream\":\"bulk\",\"tags\":[\"spring\"]"
                + (individual ? ",\"track\":\"individual\",\"consent\":true" : ""));
        TimeUnit.MILLISECONDS.sleep(BULK_MILLIS);
    }

    private void post(String token, String content) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(api.resolve("v1/messages"))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"from\":\"load@kill.test\",\"to\":[\""
                        + token + "@sink.test\"],\"subject\":\"load\"," + content + "}"))
                .build();
        ledger.asked(token);
        int status;
        try {
            status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (ConnectException e) {
            ledger.answered(token, Ledger.Answer.REFUSED);
            throw e;
        }
        ledger.answered(token, status == 202 ? Ledger.Answer.ACKNOWLEDGED
                : Ledger.Answer.REFUSED);
    }

    private static void say(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The code of one whole reply. */
    private static int reply(InputStream in) throws IOException {
        while (true) {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("end");
                }
                line.append((char) b);
            }
            if (line.length() < 4 || line.charAt(3) != '-') {
                return Integer.parseInt(line.substring(0, 3));
            }
        }
    }

    @Override
    public void close() {
        going = false;
        long end = System.nanoTime() + Duration.ofSeconds(25).toNanos();
        while (threads.stream().anyMatch(Thread::isAlive) && System.nanoTime() < end) {
            pause();
        }
        http.shutdownNow();
    }
}
