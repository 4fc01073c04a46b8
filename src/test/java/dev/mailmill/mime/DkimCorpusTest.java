package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Our relaxed form against the forms that other people's tools made. */
class DkimCorpusTest {
    private static String crlf(Path file) throws java.io.IOException {
        return new String(Files.readAllBytes(file), ISO_8859_1).replace("\r\n", "\n")
                .replace("\n", "\r\n");
    }

    private static String hash(String body) {
        byte[] b = body.getBytes(ISO_8859_1);
        return new BodyHash().update(b, 0, b.length).finish();
    }

    @Test
    void theRelaxedFormIsTheOneThatFlankersListExpects() throws Exception {
        Path folder = Corpus.folder("dkim-arc-dmarc/flanker-dkim");
        Corpus corpus = new Corpus("dkim-relaxed");
        for (Path file : Corpus.files(folder)) {
            String name = file.getFileName().toString();
            if (!name.startsWith("email.")) {
                continue;
            }
            String expected = crlf(folder.resolve(name.replace("email", "relaxed.expected")));
            String text = crlf(file);
            int gap = text.indexOf("\r\n\r\n") + 2;
            Head head;
            try {
                head = Head.read(text.substring(0, gap).getBytes(ISO_8859_1));
            } catch (Malformed e) {
                corpus.onPurpose();
                continue;
            }
            Octets out = new Octets(256);
            for (Head.Field f : head.fields()) {
                DkimSigner.relaxed(out, head.bytes(), f.start(), f.value(), f.end());
            }
            int end = expected.indexOf("\r\n\r\n") + 2;
            boolean same = new String(out.toBytes(), ISO_8859_1).equals(expected.substring(0, end))
                    && hash(text.substring(gap + 2)).equals(sha256(expected.substring(end + 2)));
            if (same) {
                corpus.agree();
            } else {
                corpus.disagree(name);
            }
        }
        corpus.report();
        assertEquals(0, corpus.disagreements());
        assertTrue(corpus.cases() > 0);
    }

    private static String sha256(String text) {
        return java.util.Base64.getEncoder().encodeToString(
                BodyHash.sha256().digest(text.getBytes(ISO_8859_1)));
    }
}
