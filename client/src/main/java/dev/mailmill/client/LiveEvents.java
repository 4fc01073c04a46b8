package dev.mailmill.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Events as they happen, none left out and none twice: when the line breaks, it is connected again
 * after the last one that was heard. For one thread, which {@link #next} blocks; {@link #close}
 * from another one ends it.
 */
public final class LiveEvents implements Iterator<Event>, AutoCloseable {
    /** The server says something each 15. */
    private static final int SILENCE_SECONDS = 45;

    private final Caller caller;
    private final String path;
    private String last;
    private Event ready;
    private BufferedReader lines;
    private volatile long heard;
    private volatile InputStream stream;
    private volatile boolean closed;

    /** Connected before it returns, so that what happens from now on is heard. */
    LiveEvents(Caller caller, String path, String after) {
        this.caller = caller;
        this.path = path;
        this.last = after;
        connect();
    }

    /** Blocks until something happens; false once closed. */
    @Override
    public boolean hasNext() {
        while (ready == null && !closed) {
            try {
                ready = read();
            } catch (IOException e) {
                if (!closed) {
                    connect();
                }
            }
        }
        return ready != null;
    }

    @Override
    public Event next() {
        if (!hasNext()) {
            throw new NoSuchElementException("closed");
        }
        Event event = ready;
        ready = null;
        return event;
    }

    /** The next event's data; its id is in there too. */
    private Event read() throws IOException {
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            heard = System.nanoTime();
            if (line.startsWith("data:")) {
                data.append(line.substring("data:".length())).append('\n');
            } else if (line.isEmpty() && data.length() > 0) {
                Event event = Json.read(data.toString().getBytes(StandardCharsets.UTF_8),
                        Event.class);
                last = event.id();
                return event;
            }
        }
        throw new IOException("the server ended the stream");
    }

    private void connect() {
        long began = caller.nanos();
        for (int attempt = 1; !closed; attempt++) {
            HttpRequest.Builder builder = caller.request(path)
                    .setHeader("Accept", "text/event-stream");
            if (last != null) {
                builder.setHeader("Last-Event-ID", last);
            }
            HttpRequest request = builder.build();
            MailmillException trouble;
            try {
                HttpResponse<InputStream> answer = caller.open(request);
                if (answer.statusCode() == 200) {
                    stream = answer.body();
                    lines = new BufferedReader(
                            new InputStreamReader(stream, StandardCharsets.UTF_8));
                    heard = System.nanoTime();
                    watch(stream);
                    return;
                }
                try (InputStream words = answer.body()) {
                    trouble = ApiException.of(answer, words.readAllBytes());
                }
            } catch (IOException e) {
                trouble = Caller.lost(request, e);
            }
            caller.again(trouble, attempt, began);
        }
    }

    /** A dead line says nothing of itself: it is cut, and {@link #hasNext} connects again. */
    private void watch(InputStream watched) {
        CompletableFuture.delayedExecutor(SILENCE_SECONDS, TimeUnit.SECONDS).execute(() -> {
            if (stream != watched || closed) {
                return;
            }
            if (System.nanoTime() - heard < TimeUnit.SECONDS.toNanos(SILENCE_SECONDS)) {
                watch(watched);
            } else {
                close(watched);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        if (stream != null) {
            close(stream);
        }
    }

    private static void close(InputStream open) {
        try {
            open.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }
}
