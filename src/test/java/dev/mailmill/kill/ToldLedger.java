package dev.mailmill.kill;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What a webhook was told of each recipient, in the order in which it first was. */
final class ToldLedger implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final Set<String> events = ConcurrentHashMap.newKeySet();
    private final Map<String, List<String>> told = new ConcurrentHashMap<>();
    private final HttpServer server;

    ToldLedger() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                100);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
                body.path("data").forEach(this::note);
                exchange.sendResponseHeaders(204, -1);
            }
        });
        server.start();
    }

    private void note(JsonNode event) {
        if (events.add(event.path("id").asString())) {
            String recipient = event.path("recipient").asString("");
            told.computeIfAbsent(recipient.substring(0, Math.max(0, recipient.indexOf('@'))),
                    _ -> Collections.synchronizedList(new ArrayList<>()))
                    .add(event.path("type").asString());
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    int events() {
        return events.size();
    }

    /** Of one recipient; of those whom the events do not name, with "". */
    List<String> of(String token) {
        return told.getOrDefault(token, List.of());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
