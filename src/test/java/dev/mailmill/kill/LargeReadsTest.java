package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;

/** Many read a large message at once: together it is more than the server's heap. */
@Timeout(120)
class LargeReadsTest {
    private static final int READERS = 25;
    private static final int OCTETS = 23_000_000;
    @TempDir
    Path folder;

    @Test
    void theServerOutlivesThem() throws Exception {
        try (ServerProcess server = new ServerProcess(folder, Map.of());
                HttpClient http = HttpClient.newHttpClient()) {
            server.start(Map.of());
            String text = ("x".repeat(75) + "\\n").repeat(OCTETS / 77);
            HttpResponse<String> accepted = server.post("v1/messages",
                    "{\"from\":\"a@kill.test\",\"to\":[\"b@there.test\"],\"subject\":\"Long\","
                            + "\"text\":\"" + text + "\"}");
            assertEquals(202, accepted.statusCode(), accepted.body());
            String id = new ObjectMapper().readTree(accepted.body()).path("id").asString();
            HttpRequest raw = HttpRequest.newBuilder(
                    server.api().resolve("v1/messages/" + id + "/raw"))
                    .header("Authorization", "Bearer " + ServerProcess.KEY).build();

            List<CompletableFuture<HttpResponse<Long>>> answers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                answers.add(http.sendAsync(raw, _ -> counting()));
            }

            for (CompletableFuture<HttpResponse<Long>> one : answers) {
                HttpResponse<Long> answer = one.get(60, TimeUnit.SECONDS);
                assertEquals(200, answer.statusCode());
                assertTrue(answer.body() > OCTETS - 100_000, answer.body() + " octets came");
            }
            assertTrue(server.alive());
            assertEquals(200, server.get("readyz").statusCode());
        }
    }

    private static HttpResponse.BodySubscriber<Long> counting() {
        long[] count = new long[1];
        return HttpResponse.BodySubscribers.mapping(
                HttpResponse.BodySubscribers.ofByteArrayConsumer(
                        piece -> piece.ifPresent(p -> count[0] += p.length)), _ -> count[0]);
    }
}
