package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many send the largest attachments at once, to a server on a machine of 512 MB. */
@Timeout(180)
class LargeWritesTest {
    private static final int SENDERS = 12;
    private static final int OCTETS = 18_000_000;
    @TempDir
    Path folder;

    @Test
    void theServerTakesWhatItBearsAndTellsTheOthersToComeAgain() throws Exception {
        try (ServerProcess server = new ServerProcess(folder, Map.of()).heap(256);
                HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            server.start(Map.of());
            Path body = folder.resolve("body.json");
            Files.writeString(body, "{\"from\":\"a@kill.test\",\"to\":[\"b@there.test\"],"
                    + "\"subject\":\"Large\",\"text\":\"x\",\"attachments\":[{\"filename\":"
                    + "\"a.bin\",\"type\":\"application/octet-stream\",\"content\":\""
                    + Base64.getEncoder().encodeToString(new byte[OCTETS]) + "\"}]}");
            HttpRequest post = HttpRequest.newBuilder(server.api().resolve("v1/messages"))
                    .header("Authorization", "Bearer " + ServerProcess.KEY)
                    .header("Content-Type", "application/json").timeout(Duration.ofSeconds(90))
                    .POST(HttpRequest.BodyPublishers.ofFile(body)).build();

            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                answers.add(http.sendAsync(post, HttpResponse.BodyHandlers.ofString()));
            }

            int taken = 0;
            for (CompletableFuture<HttpResponse<String>> one : answers) {
                HttpResponse<String> answer = one.get(100, TimeUnit.SECONDS);
                taken += answer.statusCode() == 202 ? 1 : 0;
                assertTrue(answer.statusCode() == 202 || answer.statusCode() == 503
                        && answer.headers().firstValue("Retry-After").isPresent(),
                        answer.statusCode() + " " + answer.body());
            }
            assertTrue(server.alive());
            assertTrue(taken > 0, "none was taken");
            assertEquals(202, http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode(),
                    "the memory is free again");
        }
    }
}
