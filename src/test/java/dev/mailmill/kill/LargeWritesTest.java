package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many send the largest mail at once, to a server on a machine of 512 MB. */
@Timeout(300)
class LargeWritesTest {
    private static final int MB = 1_000_000;
    private static final int HEAP_MEGABYTES = 256;
    private static final int SENDERS = 20;
    private static final int LETTER_LINES = 300_000;
    @TempDir
    Path folder;

    @Test
    void theServerTakesWhatItBearsAndTellsTheOthersToComeAgain() throws Exception {
        over(server -> {
            Path body = attachment(18 * MB);
            List<BodyPublisher> all = Collections.nCopies(SENDERS, BodyPublishers.ofFile(body));
            assertTrue(taken(server, all) > 0, "none was taken");
        });
    }

    /** What weighs differently in memory: files, escaped text, many small values; of any size. */
    @Test
    void neitherSizeNorKindOfWhatComesTogetherMatters() throws Exception {
        over(server -> {
            List<BodyPublisher> all = new ArrayList<>();
            Path text = folder.resolve("text.json");
            Files.writeString(text, letter("\"text\":\"" + "\\u00e9=\\n".repeat(3 * MB) + "\""));
            Path values = folder.resolve("values.json");
            Files.writeString(values, "[" + "{\"a\":1},".repeat(249_000) + "{}]");
            for (int i = 0; i < Whole.of(5, 3); i++) {
                all.add(BodyPublishers.ofFile(attachment(18 * MB)));
                all.add(BodyPublishers.ofFile(attachment(9 * MB)));
                all.add(BodyPublishers.ofFile(attachment(4 * MB)));
                all.add(BodyPublishers.ofFile(values));
                all.add(BodyPublishers.ofFile(values));
                all.add(BodyPublishers.ofFile(text));
                // of no known length
                all.add(BodyPublishers.fromPublisher(BodyPublishers.ofFile(attachment(18 * MB))));
            }
            assertTrue(taken(server, all) > 0, "none was taken");
        });
    }

    /** A tree of small values weighs thirty times what was sent. */
    @Test
    void manyTreesAtOnceWaitForEachOther() throws Exception {
        over(server -> {
            Path values = folder.resolve("values.json");
            Files.writeString(values, "[" + "{\"a\":1},".repeat(249_000) + "{}]");
            assertEquals(0, taken(server,
                    Collections.nCopies(SENDERS, BodyPublishers.ofFile(values))));
        });
    }

    @Test
    void lettersOverSmtpLieInFilesAndNotInMemory() throws Exception {
        over(server -> {
            List<Callable<String>> all = Collections.nCopies(SENDERS, () -> smtp(server));
            try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<String> one : senders.invokeAll(all)) {
                    assertTrue(one.get().startsWith("250 ") || one.get().startsWith("4"),
                            one.get());
                }
            }
            assertTrue(smtp(server).startsWith("250 "));
        });
    }

    private interface Story {
        void tell(ServerProcess server) throws Exception;
    }

    private void over(Story story) throws Exception {
        try (ServerProcess server = new ServerProcess(folder, Map.of())
                .heap(HEAP_MEGABYTES).cores(8)) {
            server.start(Map.of());
            try {
                story.tell(server);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("alive: " + server.alive() + ", it said:\n"
                        + Files.readString(folder.resolve("up.json"))
                        + Files.readString(server.log().toPath()), e);
            }
            assertTrue(server.alive());
            assertEquals(1, taken(server, List.of(BodyPublishers.ofFile(attachment(18 * MB)))),
                    "the memory is free again");
            String log = Files.readString(server.log().toPath());
            assertTrue(!log.contains("OutOfMemoryError"), log);
        }
    }

    private static String letter(String members) {
        return "{\"from\":\"a@kill.test\",\"to\":[\"b@there.test\"],\"subject\":\"Large\","
                + members + "}";
    }

    private Path attachment(int octets) throws IOException {
        Path body = folder.resolve("attachment-" + octets + ".json");
        if (!Files.exists(body)) {
            Files.writeString(body, letter("\"text\":\"x\",\"attachments\":[{\"filename\":"
                    + "\"a.bin\",\"type\":\"application/octet-stream\",\"content\":\""
                    + Base64.getEncoder().encodeToString(new byte[octets]) + "\"}]"));
        }
        return body;
    }

    /** Sends all at once. Each hears either that it is kept or what else there is to say. */
    private static int taken(ServerProcess server, List<BodyPublisher> bodies) throws Exception {
        int taken = 0;
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .build()) {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (BodyPublisher body : bodies) {
                HttpRequest post = HttpRequest.newBuilder(server.api().resolve("v1/messages"))
                        .header("Authorization", "Bearer " + ServerProcess.KEY)
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(90)).POST(body).build();
                answers.add(http.sendAsync(post, HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> one : answers) {
                HttpResponse<String> answer = one.get(100, TimeUnit.SECONDS);
                taken += answer.statusCode() == 202 ? 1 : 0;
                assertTrue(List.of(202, 400, 422).contains(answer.statusCode())
                        || answer.statusCode() == 503
                        && answer.headers().firstValue("Retry-After").isPresent(),
                        answer.statusCode() + " " + answer.body());
            }
        }
        return taken;
    }

    /** @return the reply to the dot */
    private static String smtp(ServerProcess server) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.smtpPort());
                BufferedReader in = new BufferedReader(new InputStreamReader(
                        socket.getInputStream(), StandardCharsets.US_ASCII));
                BufferedWriter out = new BufferedWriter(new OutputStreamWriter(
                        socket.getOutputStream(), StandardCharsets.US_ASCII))) {
            String reply = in.readLine();
            for (String command : List.of("HELO mill.test", "MAIL FROM:<a@kill.test>",
                    "RCPT TO:<b@there.test>", "DATA")) {
                out.write(command + "\r\n");
                out.flush();
                reply = in.readLine();
                if (reply == null || reply.charAt(0) > '3') {
                    return "" + reply;
                }
            }
            out.write("From: a@kill.test\r\nSubject: Large\r\n\r\n");
            for (int i = 0; i < LETTER_LINES; i++) {
                out.write("x".repeat(76) + "\r\n");
            }
            out.write(".\r\n");
            out.flush();
            reply = "" + in.readLine();
            out.write("QUIT\r\n");
            out.flush();
            in.readLine();
            return reply;
        }
    }
}
