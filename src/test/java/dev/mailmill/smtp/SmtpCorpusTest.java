package dev.mailmill.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Vectors that others collected; see the corpora's README for where they are looked for. */
class SmtpCorpusTest {
    private static List<Path> files(String end) throws IOException {
        String named = System.getProperty("mailmill.corpora", System.getenv("MAILMILL_CORPORA"));
        Path base = Path.of(System.getProperty("mailmill.basedir", "."));
        Path folder = (named == null ? base.resolve("../shared/corpora") : Path.of(named))
                .resolve("smtp");
        assumeTrue(Files.isDirectory(folder), "no corpora: set MAILMILL_CORPORA");
        try (var all = Files.list(folder)) {
            return all.filter(f -> f.getFileName().toString().endsWith(end)).sorted().toList();
        }
    }

    private static void report(String name, int cases, List<String> disagree) throws IOException {
        Path target = Path.of(System.getProperty("mailmill.basedir", "."), "target", "corpus");
        Files.createDirectories(target);
        Files.write(target.resolve(name + ".txt"), disagree);
        System.out.printf("corpus %s: cases %d, agree %d, refused on purpose 0, "
                + "disagree %d (%d %%)%n", name, cases, cases - disagree.size(), disagree.size(),
                cases == 0 ? 0 : 100 * disagree.size() / cases);
        assertTrue(cases > 0);
        assertEquals(List.of(), disagree);
    }

    @Test
    void onlyTheTrueEndOfDataEndsAMessage() throws Exception {
        List<String> disagree = new ArrayList<>();
        int cases = 0;
        try (TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS)) {
            for (Path file : files("-eod-vectors.json")) {
                for (JsonNode vector : new ObjectMapper().readTree(Files.readString(file))
                        .get("vectors")) {
                    cases++;
                    byte[] end = HexFormat.of().parseHex(vector.get("hex").asString());
                    boolean ends = vector.get("expected").asString().equals("ends DATA");
                    if (endsMessage(server, end) != ends) {
                        disagree.add(vector.get("id").asString());
                    }
                }
            }
        }
        report("smuggling-eod", cases, disagree);
    }

    /** Whether a NOOP right behind the octets is answered as a command. */
    private static boolean endsMessage(TestServer server, byte[] end) throws Exception {
        server.desk.opened.clear();
        try (WireClient client = server.inData()) {
            client.send("Subject: a\r\n\r\nbody");
            client.send(end);
            client.send("NOOP\r\n.\r\n");
            String first = client.reply();
            String second = first.startsWith("250") ? client.reply() : "";
            assertTrue(server.recorder().taken().size() <= 1);
            return second.startsWith("250 2.0.0 Still here");
        }
    }

    @Test
    void nothingFromBeforeTheHandshakeIsObeyedAfterIt() throws Exception {
        List<String> disagree = new ArrayList<>();
        int cases = 0;
        try (TestServer server = TestServer.trusting(SmtpLimits.DEFAULTS)) {
            for (Path file : files("starttls-injection-vectors.json")) {
                for (JsonNode vector : new ObjectMapper().readTree(Files.readString(file))
                        .get("vectors")) {
                    if (!vector.has("role")) {
                        cases++;
                        if (!closesInClear(server, vector.get("pre_tls").asString())) {
                            disagree.add(vector.get("id").asString());
                        }
                    }
                }
            }
        }
        report("starttls-injection", cases, disagree);
    }

    /** Our way is the strictest that the vectors allow: no handshake at all. */
    private static boolean closesInClear(TestServer server, String octets) throws IOException {
        try (WireClient client = server.connect()) {
            client.line();
            for (String segment : octets.split("\\|")) {
                client.send(segment.getBytes(StandardCharsets.US_ASCII));
                if (segment.equals("EHLO a\r\n")) {
                    client.reply();
                }
            }
            String last = null;
            boolean ready = false;
            for (String line = client.reply(); line != null; line = client.reply()) {
                ready |= line.startsWith("220");
                last = line;
            }
            return !ready && last != null && last.startsWith("554 5.5.0");
        }
    }
}
