package dev.mailmill.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.mime.Corpus;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real and broken messages: each is told what it is, and none breaks the teller or a terminal. */
class InspectCorpusTest {
    @ParameterizedTest
    @ValueSource(strings = {"mime", "bounces", "reports"})
    void eachIsToldWithoutHarm(String folder) throws IOException {
        Corpus corpus = new Corpus("inspect-" + folder);
        for (Path file : Corpus.files(Corpus.folder(folder))) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                Inspection one = Inspection.of(in);
                if (strings(one).anyMatch(InspectionTest::dirty)) {
                    corpus.disagree(file + ": a control character");
                } else {
                    corpus.agree();
                }
            } catch (RuntimeException e) {
                corpus.disagree(file + ": " + e);
            }
        }
        corpus.report();
        assertEquals(0, corpus.disagreements(), "see target/corpus");
    }

    private static Stream<String> strings(Inspection one) {
        return Stream.of(one.head().keySet().stream(), one.head().values().stream(),
                one.parts().stream().flatMap(p -> Stream.of(p.type(), p.name(), p.encoding())),
                one.reported().stream().flatMap(r -> Stream.of(r.address(), r.action(),
                        r.status(), r.said(), r.remote())),
                one.complaint().values().stream(), Stream.of(one.original()),
                one.verdicts().stream().flatMap(v -> Stream.concat(Stream.of(v.by()),
                        v.results().stream()))).flatMap(s -> s);
    }
}
