package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Our relaxed form against the forms, and the body hashes, that other people's tools made. */
class DkimCorpusTest {
    private static final Pattern SIGNATURE =
            Pattern.compile("(?si)(?:^|\r\n)DKIM-Signature:((?:(?!\r\n[^ \t]).)*)");

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

    /** Messages that others signed; some were damaged on purpose, and we can't see which. */
    @Test
    void bodyHashesThatOthersMadeAreOursToo() throws Exception {
        Corpus corpus = new Corpus("dkim-body-hash");
        for (Path file : Corpus.files(Corpus.folder("dkim-arc-dmarc"))) {
            String name = file.getFileName().toString();
            if (!name.endsWith(".eml") && !name.endsWith(".msg") && !name.endsWith(".txt")) {
                continue;
            }
            String text = crlf(file);
            int gap = text.indexOf("\r\n\r\n");
            Matcher m = gap < 0 ? null : SIGNATURE.matcher(text.substring(0, gap));
            while (m != null && m.find()) {
                String tags = ";" + m.group(1).replaceAll("\\s", "") + ";";
                Matcher bh = Pattern.compile(";bh=([^;]*);").matcher(tags);
                if (tags.matches(".*;c=\\w+/relaxed;.*") && tags.contains("-sha256;")
                        && !tags.contains(";l=") && bh.find()) {
                    if (hash(text.substring(gap + 4)).equals(bh.group(1))) {
                        corpus.agree();
                    } else {
                        corpus.disagree(file + " " + bh.group(1));
                    }
                }
            }
        }
        corpus.report();
        assertTrue(corpus.disagreements() * 2 < corpus.cases());
    }
}
