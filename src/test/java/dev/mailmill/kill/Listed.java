package dev.mailmill.kill;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What {@code GET /v1/messages} shows after all: states by the recipient's local part. */
final class Listed {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> OPEN = List.of("scheduled", "queued", "deferred", "held");
    private static final long PATIENCE_SECONDS = 60;

    private Listed() {
    }

    /** @param rows that the journal tells of; the list follows it */
    static Map<String, List<String>> await(ServerProcess server, long rows)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Map<String, List<String>> states = all(server);
        while (System.nanoTime() < end && (size(states) < rows || states.values().stream()
                .anyMatch(s -> s.stream().anyMatch(OPEN::contains)))) {
            TimeUnit.MILLISECONDS.sleep(200);
            states = all(server);
        }
        return states;
    }

    private static long size(Map<String, List<String>> states) {
        return states.values().stream().mapToLong(List::size).sum();
    }

    private static Map<String, List<String>> all(ServerProcess server)
            throws IOException, InterruptedException {
        Map<String, List<String>> states = new HashMap<>();
        String after = "";
        do {
            JsonNode page = JSON.readTree(server.get("v1/messages?limit=1000"
                    + (after.isEmpty() ? "" : "&after=" + after)).body());
            for (JsonNode row : page.path("data")) {
                String recipient = row.path("recipient").asString();
                states.merge(recipient.substring(0, recipient.indexOf('@')),
                        List.of(row.path("state").asString()), (a, b) -> List.of(a.getFirst(),
                                b.getFirst()));
            }
            after = page.path("next").asString("");
        } while (!after.isEmpty());
        return states;
    }
}
