package dev.mailmill.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The endless answers that run now: each holds a connection, so they are few, by key and in all;
 * and no account takes the last ones from the others, however many keys it has.
 * Thread-safe.
 */
final class LiveAnswers {
    private static final int PIECE_BYTES = 32 * 1024;
    /** When a client that lost its line comes again. */
    private static final String HELLO = "retry: 2000\n\n";
    private static final String BEAT = ": still here\n\n";
    private static final int RETRY_SECONDS = 10;
    private static final long ASK_NANOS = 1_000_000_000;
    /** This part of all is for accounts that have fewer. */
    private static final int SPARED_PART = 4;

    private final WebLimits limits;
    private final Deadlines deadlines;
    private final Map<String, Integer> running = new HashMap<>();
    private final Map<Long, Integer> ofAccounts = new HashMap<>();
    private int all;
    private volatile boolean closing;

    LiveAnswers(WebLimits limits, Deadlines deadlines, MeterRegistry meters) {
        this.limits = limits;
        this.deadlines = deadlines;
        Gauge.builder("mailmill.http.live", this, LiveAnswers::count)
                .description("endless answers that run").register(meters);
    }

    private synchronized int count() {
        return all;
    }

    /** @throws Problem 429 or 503 when there are too many */
    synchronized void enter(String key, long account) {
        int spared = limits.streamsMax() / SPARED_PART;
        if (spared > 0 && all >= limits.streamsMax() - spared
                && ofAccounts.getOrDefault(account, 0) >= spared) {
            throw ProblemType.BUSY.problem("Your account has " + ofAccounts.get(account) + " event"
                    + " streams open, and the few that are left are for others. Close some, or"
                    + " read pages with ?after= meanwhile.", RETRY_SECONDS);
        }
        if (all >= limits.streamsMax()) {
            throw ProblemType.BUSY.problem("As many event streams are open as the server holds, "
                    + limits.streamsMax() + ". Read pages with ?after= meanwhile.", RETRY_SECONDS);
        }
        if (running.getOrDefault(key, 0) >= limits.streamsPerKeyMax()) {
            throw ProblemType.TOO_MANY_STREAMS.problem("This key has "
                    + limits.streamsPerKeyMax() + " event streams open, which is the limit. Close "
                    + "one, or read one stream and share it out.", RETRY_SECONDS);
        }
        running.merge(key, 1, Integer::sum);
        ofAccounts.merge(account, 1, Integer::sum);
        all++;
    }

    synchronized void leave(String key, long account) {
        running.computeIfPresent(key, (_, n) -> n == 1 ? null : n - 1);
        ofAccounts.computeIfPresent(account, (_, n) -> n == 1 ? null : n - 1);
        all--;
    }

    /** The door closes: all of them end within a second. */
    void close() {
        closing = true;
    }

    /**
     * Until the feed ends.
     *
     * @param allowed asked once a second: a key that is revoked hears nothing more
     */
    void run(Answer.Feed feed, OutputStream out, BooleanSupplier allowed) throws IOException {
        Written line = new Written(out, allowed);
        try {
            line.say(HELLO);
            line.send();
            feed.into(line);
            line.send();
        } catch (InterruptedException e) {
            // a deadline hit the feed's own wait: it is over, with nothing half said
            throw new IOException(e);
        }
    }

    private final class Written implements Answer.Line {
        private final OutputStream out;
        private final ByteArrayOutputStream said = new ByteArrayOutputStream();
        private final BooleanSupplier allowed;
        private long sentAt = System.nanoTime();
        private long askedAt = System.nanoTime();

        Written(OutputStream out, BooleanSupplier allowed) {
            this.out = out;
            this.allowed = allowed;
        }

        @Override
        public boolean open() {
            long now = System.nanoTime();
            if (now - askedAt > ASK_NANOS) {
                askedAt = now;
                if (!allowed.getAsBoolean()) {
                    return false;
                }
            }
            return !closing && !Thread.currentThread().isInterrupted();
        }

        @Override
        public void event(String id, String type, String data) throws IOException {
            say("id: " + id + "\nevent: " + type + "\ndata: " + data + "\n\n");
            if (said.size() > PIECE_BYTES) {
                send();
            }
        }

        private void say(String text) {
            said.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void flush() throws IOException {
            if (said.size() == 0
                    && System.nanoTime() - sentAt > limits.streamBeat().toNanos()) {
                say(BEAT);
            }
            send();
        }

        private void send() throws IOException {
            if (said.size() == 0) {
                return;
            }
            deadlines.begin(limits.answerWithin());
            try {
                said.writeTo(out);
                out.flush();
            } catch (RuntimeException e) {
                throw new IOException(e);
            } finally {
                if (!deadlines.end()) {
                    throw tooSlow();
                }
            }
            said.reset();
            sentAt = System.nanoTime();
        }

        private IOException tooSlow() {
            return new IOException("the client did not read for "
                    + limits.answerWithin().toSeconds() + " s");
        }
    }
}
