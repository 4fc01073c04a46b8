package dev.mailmill.feedback;

import dev.mailmill.mime.Corpus;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Reports that nobody would send: read or refused, at once. */
class FeedbackFuzzTest {
    private static List<byte[]> like(Predicate<String> names) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : Corpus.files(Corpus.folder("reports"))) {
            if (names.test(file.toString().toLowerCase(java.util.Locale.ROOT))
                    && Files.size(file) < 16_384) {
                seeds.add(Files.readAllBytes(file));
            }
        }
        return seeds;
    }

    @Test
    void mailsWithReports() throws IOException {
        Mutations.run("arf", like(n -> n.endsWith(".eml") || n.endsWith(".msg")
                || n.contains("arf")), Feedback::read);
    }

    @Test
    void dmarc() throws IOException {
        Mutations.run("dmarc-xml", like(n -> n.endsWith(".xml")), bytes -> {
            try {
                DmarcReader.read(bytes);
            } catch (Malformed e) {
                // refused
            }
        });
    }

    @Test
    void tls() throws IOException {
        Mutations.run("tlsrpt-json", like(n -> n.contains("tls") && n.endsWith(".json")),
                bytes -> {
                    try {
                        TlsReader.read(bytes, "");
                    } catch (Malformed e) {
                        // refused
                    }
                });
    }

    @Test
    void archives() throws IOException {
        Mutations.run("archives", like(n -> n.endsWith(".gz") || n.endsWith(".zip")),
                Feedback::read);
    }
}
