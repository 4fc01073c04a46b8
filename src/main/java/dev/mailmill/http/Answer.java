package dev.mailmill.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What goes back. */
public record Answer(int status, String type, Map<String, String> headers, byte[] body) {
    public Answer {
        headers = Map.copyOf(headers);
    }

    public static Answer json(int status, JsonNode body) {
        return new Answer(status, "application/json", Map.of(),
                body.toString().getBytes(StandardCharsets.UTF_8));
    }

    public static Answer text(int status, String type, String body) {
        return new Answer(status, type, Map.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    public static Answer nothing() {
        return new Answer(204, "", Map.of(), new byte[0]);
    }
}
