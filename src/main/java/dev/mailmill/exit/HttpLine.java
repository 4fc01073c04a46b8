package dev.mailmill.exit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * HTTP to services that the operator named: trusted, so no address policy, but every wait has a
 * deadline and every answer a bound. Follows no redirect. What matters here is to know whether the
 * last octet of a request may have left: only then can it have been obeyed.
 */
final class HttpLine implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long ANSWER_BYTES_MAX = 256 * 1024;

    private final Duration total;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;

    /** @param total for one request, from connecting to the answer's end */
    HttpLine(Duration connect, Duration total) {
        this.total = total;
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(connect)
                .executor(threads).build();
    }

    record Request(String method, URI uri, Map<String, String> headers, byte[] body) {
        Request {
            headers = Map.copyOf(headers);
        }
    }

    record Reply(int status, Map<String, List<String>> headers, byte[] body) {
        Optional<String> header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream()
                    .findFirst();
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** An empty object where it is no JSON. */
        JsonNode json() {
            try {
                JsonNode read = JSON.readTree(body);
                return read == null || read.isMissingNode() ? JSON.createObjectNode() : read;
            } catch (JacksonException e) {
                return JSON.createObjectNode();
            }
        }
    }

    /** How it ended. */
    sealed interface Sent {
        record Answered(Reply reply) implements Sent {
        }

        /** Its last octet never left. */
        record Unsent(String why) implements Sent {
        }

        /** It left, and nobody answered. */
        record Unanswered(String why) implements Sent {
        }

        /** We were not let. */
        record Forbidden() implements Sent {
        }
    }

    /** @param mayEnd asked once, before the last octet leaves; may block for its own deadline */
    Sent send(Request request, BooleanSupplier mayEnd) {
        Gated body = new Gated(request.body(), mayEnd);
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri());
        request.headers().forEach(builder::header);
        builder.method(request.method(), request.body().length == 0 && body.permitted()
                ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> body),
                        request.body().length));
        if (body.refused) {
            return new Sent.Forbidden();
        }
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(builder.build(),
                BodyHandlers.limiting(BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            HttpResponse<byte[]> got = answer.get(total.toMillis(), TimeUnit.MILLISECONDS);
            return new Sent.Answered(new Reply(got.statusCode(), got.headers().map(),
                    got.body()));
        } catch (ExecutionException e) {
            return failed(body, e.getCause());
        } catch (TimeoutException e) {
            body.close();
            answer.cancel(true);
            return failed(body, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            body.close();
            answer.cancel(true);
            return failed(body, e);
        }
    }

    private Sent failed(Gated body, Throwable e) {
        if (body.refused) {
            return new Sent.Forbidden();
        }
        String why = switch (e) {
            case HttpConnectTimeoutException _ -> "no connection in time";
            case ConnectException _ -> "no connection: " + said(e);
            case TimeoutException _ -> "no answer within " + total.toSeconds() + " s";
            default -> "the connection broke: " + said(e);
        };
        return body.ended ? new Sent.Unanswered(why) : new Sent.Unsent(why);
    }

    private static String said(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdownNow();
    }

    /** A body whose last octet waits for leave. Read by the client's thread. */
    private static final class Gated extends InputStream {
        private final ByteArrayInputStream all;
        private final int size;
        private final BooleanSupplier mayEnd;
        private int given;
        private boolean asked;
        private volatile boolean ended;
        private volatile boolean refused;
        private volatile boolean closed;

        Gated(byte[] all, BooleanSupplier mayEnd) {
            this.all = new ByteArrayInputStream(all);
            this.size = all.length;
            this.mayEnd = mayEnd;
        }

        /** Asks for leave; from then on all may have left. */
        private synchronized boolean permitted() {
            if (!asked) {
                asked = true;
                boolean may = !closed && mayEnd.getAsBoolean();
                // who closes it after this sees that it has ended
                refused = !may && !closed;
                ended = may && !closed;
            }
            return ended;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] b, int off, int len) throws IOException {
            if (closed) {
                throw new IOException("given up");
            }
            if (given + len >= size && given < size && !permitted()) {
                throw new IOException("not ours to send any more");
            }
            int n = all.read(b, off, len);
            given += Math.max(n, 0);
            return n;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
