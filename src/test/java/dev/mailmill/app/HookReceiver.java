package dev.mailmill.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** A customer's program that is told by webhook, and keeps what it was told. */
final class HookReceiver implements AutoCloseable {
    /** A call. Its JSON is read once: tests that wait look at all of them again and again. */
    static final class Told {
        private final Map<String, List<String>> fields;
        private final String body;
        private final int status;
        private volatile JsonNode json;

        /** @param status what it was answered; 0 before */
        private Told(Map<String, List<String>> fields, String body, int status) {
            this.fields = fields;
            this.body = body;
            this.status = status;
        }

        private Told answered(int with) {
            Told told = new Told(fields, body, with);
            told.json = json;
            return told;
        }

        Map<String, List<String>> fields() {
            return fields;
        }

        String field(String name) {
            return fields.getOrDefault(name, List.of("")).getFirst();
        }

        String body() {
            return body;
        }

        int status() {
            return status;
        }

        JsonNode json() {
            if (json == null) {
                json = Lab.JSON.readTree(body);
            }
            return json;
        }

        /** In batch mode or not. */
        List<JsonNode> events() {
            return json().has("id") ? List.of(json())
                    : json().path("data").valueStream().toList();
        }

        @Override
        public String toString() {
            return fields + " " + body + " " + status;
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Told> told = new ArrayList<>();
    private int taken;
    private volatile Function<Told, Integer> answers = _ -> 200;
    private volatile Map<String, String> header = Map.of();

    HookReceiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::take);
        server.setExecutor(threads);
        server.start();
    }

    private void take(HttpExchange e) throws IOException {
        Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        fields.putAll(e.getRequestHeaders());
        Told one = new Told(fields, new String(e.getRequestBody().readAllBytes(),
                StandardCharsets.UTF_8), 0);
        int status = answers.apply(one);
        synchronized (told) {
            taken += status == 200 ? one.body().split("\"id\":\"evt_").length - 1 : 0;
            told.add(one.answered(status));
        }
        header.forEach((n, v) -> e.getResponseHeaders().add(n, v));
        byte[] words = ("answer " + status).getBytes(StandardCharsets.UTF_8);
        e.sendResponseHeaders(status, words.length);
        e.getResponseBody().write(words);
        e.close();
    }

    /** What it says to a call. */
    HookReceiver answers(Function<Told, Integer> how) {
        answers = how;
        return this;
    }

    HookReceiver header(Map<String, String> fields) {
        header = fields;
        return this;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    List<Told> told() {
        synchronized (told) {
            return List.copyOf(told);
        }
    }

    /** Events that it said 200 to, each time. */
    int taken() {
        synchronized (told) {
            return taken;
        }
    }

    int calls() {
        synchronized (told) {
            return told.size();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
