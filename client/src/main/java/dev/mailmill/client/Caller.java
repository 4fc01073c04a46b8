package dev.mailmill.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Makes a request until it is answered, within the options' bounds. */
final class Caller {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final int DOUBLINGS_MAX = 6;

    /** Time, which a test can hold. */
    interface Clock {
        long nanos();

        void sleep(Duration time) throws InterruptedException;

        Clock REAL = new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration time) throws InterruptedException {
                Thread.sleep(time.toMillis());
            }
        };
    }

    private final URI base;
    private final String key;
    private final Options options;
    private final Clock clock;
    private final HttpClient http;

    Caller(URI base, String key, Options options, Clock clock) {
        String text = base.toString();
        this.base = text.endsWith("/") ? base : URI.create(text + "/");
        this.key = key;
        this.options = options;
        this.clock = clock;
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(options.connectTimeout()).build();
    }

    /** @param path without a slash in front */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(options.timeout())
                .setHeader("Authorization", "Bearer " + key)
                .setHeader("User-Agent", "mailmill-client")
                .setHeader("Accept", "application/json");
    }

    byte[] get(String path) {
        return call(request(path).build());
    }

    byte[] post(String path, byte[] body, String idempotencyKey) {
        return call(request(path).setHeader("Content-Type", "application/json")
                .setHeader("Idempotency-Key", idempotencyKey)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
    }

    /** Every request is one that may be made twice: a GET, or one with an idempotency key. */
    private byte[] call(HttpRequest request) {
        long began = clock.nanos();
        for (int attempt = 1;; attempt++) {
            MailmillException trouble;
            try {
                HttpResponse<byte[]> answer =
                        http.send(request, HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() / 100 == 2) {
                    return answer.body();
                }
                trouble = ApiException.of(answer, answer.body());
            } catch (IOException e) {
                trouble = lost(request, e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            again(trouble, attempt, began);
        }
    }

    static ConnectionException lost(HttpRequest request, IOException e) {
        return new ConnectionException(request.method() + " " + request.uri()
                + " was not answered: " + e, e);
    }

    /**
     * Pauses before the next attempt, or throws the trouble: because it will not end by itself, or
     * because it was tried often or long enough.
     */
    void again(MailmillException trouble, int attempt, long began) {
        Duration pause = pause(attempt);
        if (trouble instanceof ApiException refused) {
            if (refused.status() != 429 && refused.status() != 503) {
                throw refused;
            }
            pause = refused.retryAfter().orElse(pause);
        }
        Duration spent = Duration.ofNanos(clock.nanos() - began);
        if (attempt >= options.attempts()
                || spent.plus(pause).compareTo(options.patience()) > 0) {
            throw trouble;
        }
        try {
            clock.sleep(pause);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    long nanos() {
        return clock.nanos();
    }

    /** An answer without an end. */
    HttpResponse<InputStream> open(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Twice as long each time, and not the same for all who lost the server at once. */
    private static Duration pause(int attempt) {
        long longest = FIRST_PAUSE.toMillis() << Math.min(attempt - 1, DOUBLINGS_MAX);
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
    }

    private static ConnectionException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ConnectionException("interrupted while waiting for the server", e);
    }
}
