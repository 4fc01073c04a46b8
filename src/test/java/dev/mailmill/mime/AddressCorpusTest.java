package dev.mailmill.mime;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API's strict reader against others' lists. It refuses on purpose what is legal and never
 * meant: comments, quoted local parts, address literals, domains without a dot or ending in a
 * number.
 */
class AddressCorpusTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void theListsOfOtherLibraries() throws Exception {
        Path folder = Corpus.folder("address");
        for (Path file : Corpus.files(folder)) {
            String name = file.getFileName().toString();
            if (name.endsWith(".jsonl")) {
                json(file, name);
            } else if (name.startsWith("tests") && name.endsWith(".xml")) {
                isemail(file, name);
            } else if (name.startsWith("mailbox_")) {
                list(file, name);
            }
        }
    }

    private static String trouble(String text) {
        try {
            Address.parse(text);
            return "";
        } catch (Malformed e) {
            return e.getMessage();
        }
    }

    private static void count(Corpus corpus, String text, boolean valid) {
        String trouble = trouble(text);
        boolean taken = trouble.isEmpty();
        if (taken == valid) {
            corpus.agree();
        } else if (valid && (text.contains("\"") || text.contains("(") || text.contains("@[")
                || trouble.contains("no dot") || trouble.contains("ends in a number")
                || text.matches("(?s).*\\s.*") || text.indexOf('@') < 0)) {
            corpus.onPurpose();
        } else {
            corpus.disagree((valid ? "valid there: " : "invalid there: ") + text + "  " + trouble);
        }
    }

    private static void json(Path file, String name) throws IOException {
        Corpus corpus = new Corpus("address-" + name.replace(".jsonl", ""));
        for (String line : Files.readAllLines(file)) {
            JsonNode node = JSON.readTree(line);
            JsonNode expected = node.get("expected");
            String source = node.get("source").asString();
            if (!node.get("input").isString() || expected == null) {
                continue;
            }
            boolean valid = expected.isObject()
                    || expected.isString() && expected.asString().startsWith("valid");
            if (source.contains("python") && !source.contains("valid")) {
                continue;
            }
            count(corpus, node.get("input").asString(), valid);
        }
        done(corpus);
    }

    private static void isemail(Path file, String name) throws Exception {
        Corpus corpus = new Corpus("address-isemail-" + name.replace(".xml", ""));
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        var tests = factory.newDocumentBuilder().parse(file.toFile()).getElementsByTagName("test");
        List<String> good = List.of("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN",
                "ISEMAIL_RFC5321");
        for (int i = 0; i < tests.getLength(); i++) {
            Element test = (Element) tests.item(i);
            var category = test.getElementsByTagName("category");
            if (category.getLength() == 0) {
                continue;
            }
            count(corpus, controls(test.getElementsByTagName("address").item(0).getTextContent()),
                    good.contains(category.item(0).getTextContent()));
        }
        done(corpus);
    }

    /** Controls are written as their pictures, U+2400 on. */
    private static String controls(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append((char) (c >= 0x2400 && c < 0x2420 ? c - 0x2400 : c)));
        return out.toString();
    }

    private static void list(Path file, String name) throws IOException {
        Corpus corpus = new Corpus("address-flanker-" + name.replace(".txt", ""));
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                count(corpus, line, name.contains("_valid"));
            }
        }
        done(corpus);
    }

    private static void done(Corpus corpus) throws IOException {
        corpus.report();
        assertTrue(corpus.disagreements() <= corpus.cases() / 8, "see target/corpus");
    }
}
