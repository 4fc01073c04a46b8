package dev.mailmill.kill;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Those who get marked mail: people read it, programs follow its links, some leave the list and
 * some complain. Each by what its number says, with a network of its own, and whether the server is
 * there or not. What they asked for and were answered is kept.
 */
final class Recipients implements AutoCloseable {
    private static final String CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
            + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    private static final String PROGRAM = "curl/8.9.1";
    private static final String APPLE = "Mozilla/5.0";
    private static final String FORM = "List-Unsubscribe=One-Click";
    private static final String PARTS = "--b\r\nContent-Disposition: form-data;"
            + " name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    private static final int AT_ONCE = 8;
    private static final int TRAPPED_EACH = 200;
    private static final long PATIENCE_SECONDS = 60;

    private final int httpPort;
    private final int mailPort;
    private final Semaphore turns = new Semaphore(AT_ONCE);
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final Queue<Copy> unread = new ConcurrentLinkedQueue<>();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Set<String> left = ConcurrentHashMap.newKeySet();
    private final Set<String> complained = ConcurrentHashMap.newKeySet();
    private final Queue<String> troubles = new ConcurrentLinkedQueue<>();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile boolean going = true;

    /** One request that reached a server, as the journal would call it. */
    static final class Call {
        final String token;
        final String type;
        /** By {@link System#nanoTime}; 0: it never was. */
        volatile long answered;

        private Call(String token, String type) {
            this.token = token;
            this.type = type;
        }
    }

    Recipients(int httpPort, int mailPort) {
        this.httpPort = httpPort;
        this.mailPort = mailPort;
    }

    /** Called for each copy that the next server took. */
    void take(String token, String mail) {
        if (seen.add(token)) {
            begin(() -> read(Copy.of(token, mail)));
        }
    }

    /** It is a minute later by the server's clock: people read what has come before. */
    void later() {
        for (Copy copy = unread.poll(); copy != null; copy = unread.poll()) {
            Copy read = copy;
            begin(() -> {
                get(read, "opened", read.picture(), CHROME);
                get(read, "clicked", read.links().getFirst(), CHROME);
                get(read, "clicked", read.links().getFirst(), CHROME);
            });
        }
    }

    private void begin(Runnable what) {
        busy.incrementAndGet();
        Thread.ofVirtual().start(() -> {
            try {
                what.run();
            } catch (IllegalStateException e) {
                troubles.add(e.getMessage());
            } finally {
                busy.decrementAndGet();
            }
        });
    }

    Collection<Call> calls() {
        return calls;
    }

    /** Whose one click out of the list was answered 200. */
    Set<String> left() {
        return left;
    }

    /** Whose complaint was answered 250. */
    Set<String> complained() {
        return complained;
    }

    /** Until all are done, or for a minute. */
    List<String> rest() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (busy.get() > 0 && System.nanoTime() < end) {
            pause(20);
        }
        if (busy.get() > 0) {
            troubles.add(busy.get() + " recipients are not done");
        }
        return List.copyOf(troubles);
    }

    private void read(Copy copy) {
        switch (copy.serial() % 10) {
            case 0, 1, 2 -> unread.add(copy);
            case 3 -> sweep(copy);
            case 4 -> {
                get(copy, "opened", copy.picture(), PROGRAM);
                get(copy, "clicked", copy.links().get(1), PROGRAM);
            }
            case 5 -> get(copy, "opened", copy.picture(), APPLE);
            // whoever stands behind a mailbox provider's button may press it twice
            case 6 -> {
                leave(copy, "application/x-www-form-urlencoded", FORM);
                leave(copy, "multipart/form-data; boundary=b", PARTS);
            }
            case 7 -> {
                complain(copy);
                complain(copy);
            }
            case 8 -> {
                if (copy.serial() % TRAPPED_EACH < 20) {
                    get(copy, "scanned", copy.trap(), CHROME);
                    get(copy, "clicked", copy.links().getFirst(), CHROME);
                }
            }
            default -> {
                // most mail is read by nobody
            }
        }
    }

    private void sweep(Copy copy) {
        List<Thread> all = new ArrayList<>();
        all.add(Thread.ofVirtual().start(() -> get(copy, "opened", copy.picture(), CHROME)));
        for (String link : copy.links()) {
            all.add(Thread.ofVirtual().start(() -> get(copy, "clicked", link, CHROME)));
        }
        for (Thread t : all) {
            try {
                t.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Once, whatever comes of it; when the server is away, later. */
    private void get(Copy copy, String type, String path, String agent) {
        Call call = new Call(copy.token(), type);
        until(() -> {
            try (Socket socket = connected(httpPort)) {
                calls.add(call);
                int status = ask(socket, copy, "GET " + path + " HTTP/1.1\r\nUser-Agent: " + agent
                        + "\r\n\r\n");
                if (status != 200 && status != 302) {
                    troubles.add(status + " to " + type + " of " + copy.token());
                }
                call.answered = System.nanoTime();
                return true;
            } catch (ConnectException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    private void leave(Copy copy, String type, String form) {
        until(() -> {
            try (Socket socket = connected(httpPort)) {
                boolean done = ask(socket, copy, "POST " + copy.leave() + " HTTP/1.1\r\n"
                        + "Content-Type: " + type + "\r\nContent-Length: " + form.length()
                        + "\r\n\r\n" + form) == 200;
                if (done) {
                    left.add(copy.token());
                }
                return done;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private void complain(Copy copy) {
        until(() -> {
            try (Socket socket = connected(mailPort)) {
                BufferedReader in = reader(socket);
                in.readLine();
                String reply = "";
                for (String line : List.of("HELO sink.test", "MAIL FROM:<>",
                        "RCPT TO:<fbl@mill.test>", "DATA", complaint(copy) + "\r\n.")) {
                    socket.getOutputStream().write((line + "\r\n").getBytes(
                            StandardCharsets.US_ASCII));
                    reply = in.readLine();
                    if (reply == null || reply.charAt(0) > '3') {
                        return false;
                    }
                }
                complained.add(copy.token());
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static String complaint(Copy copy) {
        return String.join("\r\n", "From: <fbl@sink.test>", "To: <fbl@mill.test>",
                "Subject: complaint", "MIME-Version: 1.0", "Content-Type: multipart/report;"
                + " report-type=feedback-report; boundary=\"b\"", "", "--b",
                "Content-Type: text/plain", "", "Spam.", "", "--b",
                "Content-Type: message/feedback-report", "", "Feedback-Type: abuse",
                "User-Agent: Loop/1", "Version: 1", "", "--b",
                "Content-Type: text/rfc822-headers", "", "From: load@kill.test",
                "CFBL-Feedback-ID: " + copy.feedback(), "", "--b--");
    }

    private interface Step {
        boolean done();
    }

    private void until(Step step) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        boolean done = false;
        while (!done && going && System.nanoTime() < end) {
            turns.acquireUninterruptibly();
            try {
                done = step.done();
            } finally {
                turns.release();
            }
            if (!done) {
                pause(100);
            }
        }
    }

    private static Socket connected(int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
            socket.setSoTimeout(20_000);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new ConnectException(e.getMessage());
        }
    }

    private static int ask(Socket socket, Copy copy, String request) throws IOException {
        int n = copy.serial();
        int end = request.indexOf("\r\n") + 2;
        OutputStream out = socket.getOutputStream();
        out.write((request.substring(0, end) + "Host: mill.test\r\nConnection: close\r\n"
                + "X-Forwarded-For: 10." + n / 250 % 250 + "." + n % 250 + ".7\r\n"
                + request.substring(end)).getBytes(StandardCharsets.US_ASCII));
        String line = reader(socket).readLine();
        if (line == null) {
            throw new IOException("end");
        }
        return Integer.parseInt(line.split(" ")[1]);
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(),
                StandardCharsets.US_ASCII));
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Override
    public void close() {
        going = false;
    }
}
