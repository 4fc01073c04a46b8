package dev.mailmill.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jsoup.Jsoup;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real templates of others import and render without loss. */
class MarkupCorpusTest {

    @ParameterizedTest
    @ValueSource(strings = {"postmark", "mailgun", "leemunroe", "konsav", "mjml-templates"})
    void nothingIsLost(String set) throws IOException {
        Corpus corpus = new Corpus("templates-" + set);
        for (Path file : Corpus.files(Corpus.folder("templates/" + set))) {
            String name = file.getFileName().toString();
            String source = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            if (!name.matches(".*\\.(html|txt|hbs|mjml)") || source.length() < 20
                    || name.startsWith("license")) {
                continue;
            }
            try {
                String loss = name.endsWith(".txt") ? rendered(source, Escaping.NONE)
                        : page(name.endsWith(".mjml") ? Mjml.toHtml(source) : source);
                if (loss == null) {
                    corpus.agree();
                } else if (source.contains("{{#each . }}")) {
                    // Postmark's sections do not repeat, so a loop over "." stands in one
                    corpus.onPurpose();
                } else {
                    corpus.disagree(file + ": " + loss);
                }
            } catch (TemplateException e) {
                if (source.contains("{{#each . }}")) {
                    corpus.onPurpose();
                } else {
                    corpus.disagree(file + ": " + e.getMessage());
                }
            }
        }
        corpus.report();
        assertTrue(corpus.cases() > 0);
        assertEquals(0, corpus.disagreements());
    }

    /** What differs, or null. */
    private static String page(String source) throws TemplateException {
        String inlined = CssInliner.inline(source);
        // but for style attributes and elements it is what it was
        if (!tags(source).equals(tags(inlined))) {
            return "tags differ after inlining";
        }
        if (!bare(source).equals(bare(inlined))) {
            return "more than styles differs after inlining";
        }
        if (!CssInliner.inline(inlined).equals(inlined)) {
            return "inlining twice differs from once";
        }
        String text = TextPart.of(source);
        String words = Jsoup.parse(source).body().text();
        if (words.length() > 40 && text.isBlank()) {
            return "the text is empty";
        }
        String lost = rendered(text, Escaping.NONE);
        return lost != null ? "text: " + lost : rendered(inlined, Escaping.HTML);
    }

    private static String bare(String html) {
        return html.replaceAll("(?s)<style.*?</style>", "")
                .replaceAll("(?s)\\s+style=(\"[^\"]*\"|'[^']*')", "");
    }

    private static List<String> tags(String source) throws TemplateException {
        Marks marks = new Marks("mail", source);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            all.add(marks.get(i).text());
        }
        return all;
    }

    /** Whether each variable's value is printed, all else as it stands; what is not, or null. */
    private static String rendered(String source, Escaping escaping) throws TemplateException {
        Template template = Template.compile("mail", source, escaping, Map.of());
        Map<String, Object> data = Sample.of(template.needs(), 3);
        if (!template.needs().missing(data).isEmpty()) {
            return "missing " + template.needs().missing(data);
        }
        StringBuilder out = new StringBuilder();
        template.render(data, Bounds.of(Locale.US, ZoneOffset.UTC, Missing.REFUSE), out);
        for (Needs.Need need : template.needs().list()) {
            String last = need.path().getLast();
            if (need.kind() == Needs.Kind.VALUE && need.guards().isEmpty()
                    && !last.equals(Needs.EACH) && out.indexOf(last) < 0) {
                return need.name() + " is not printed";
            }
        }
        return new Marks("mail", source).size() == 0 && !source.contentEquals(out)
                ? "text differs" : null;
    }
}
