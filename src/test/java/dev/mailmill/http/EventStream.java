package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A reader of server-sent events, as the HTML standard says they are read. */
public final class EventStream implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long PATIENCE_SECONDS = 20;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();
    private final BlockingQueue<Optional<Event>> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> comments = new LinkedBlockingQueue<>();
    private final InputStream in;

    /** @param data empty when it has none */
    public record Event(String id, String type, JsonNode data) {
    }

    private EventStream(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        in = response.body();
        assertEquals(200, response.statusCode());
        assertEquals("text/event-stream",
                response.headers().firstValue("Content-Type").orElse("none"));
        Thread.ofVirtual().start(this::read);
    }

    /** @param headers as name, value, name, value, … */
    public static EventStream open(WebClient client, String path, String... headers) {
        HttpRequest.Builder request = client.request(path).setHeader("Accept", "text/event-stream");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return new EventStream(request.build());
        } catch (IOException e) {
            throw new AssertionError("no stream: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String id = "";
            String type = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !data.isEmpty()) {
                    events.add(Optional.of(new Event(id, type, JSON.readTree(data))));
                    data = "";
                } else if (line.startsWith(":")) {
                    comments.add(line);
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                }
            }
        } catch (IOException e) {
            // cut off: an end like any other to a client
        }
        events.add(Optional.empty());
    }

    /** The next one; empty when the server has ended it. */
    public Optional<Event> next() {
        return take(events);
    }

    /** Something to show that the line is alive. */
    public String comment() {
        return take(comments);
    }

    private static <T> T take(BlockingQueue<T> queue) {
        try {
            T one = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (one == null) {
                throw new AssertionError("nothing came");
            }
            return one;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // it is over either way
        }
        http.shutdownNow();
    }
}
