package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What pages say")
class TextsTest {
    /** A literal, or several with a plus between. */
    private static final String WORDS = "(\"(?:[^\"\\\\]|\\\\.)*\"(?:\\s*\\+\\s*\"(?:[^\"\\\\]|\\\\.)*\")*)";
    private static final Pattern CALL = Pattern.compile("(?:Texts\\.|\\b)(?:t|rich)\\(\\s*"
            + WORDS);
    private static final Pattern PLURAL = Pattern.compile(
            "\\bplural\\([^\"]*?" + WORDS + ",\\s*" + WORDS);
    private static final Pattern HOLE = Pattern.compile("\\{\\d}");

    @Test
    void the_cookie_decides_and_then_what_the_browser_asks_for() {
        assertEquals(Locale.GERMAN, Texts.chosen("de", "en"));
        assertEquals(Locale.GERMAN, Texts.chosen("", "fr;q=1, de-AT;q=0.9, en;q=0.5"));
        assertEquals(Locale.ENGLISH, Texts.chosen("tlh", "fr"));
        assertEquals(Locale.ENGLISH, Texts.chosen("", ";;;"));
    }

    @Test
    void numbers_are_written_as_the_language_does() {
        assertEquals("1,234,567", Texts.t("{0}", 1_234_567));
        assertEquals("1.234.567", Texts.in(Locale.GERMAN, () -> Texts.t("{0}", 1_234_567)));
        assertEquals("it's 1", Texts.t("it's {0}", 1));
        assertEquals("1 message", Texts.plural(1, "{0} message", "{0} messages"));
    }

    @Test
    void what_is_put_in_has_no_markup() {
        StringOutput out = new StringOutput();
        new OwaspHtmlTemplateOutput(out).writeUserContent(Texts.rich(
                "Ask `{0}` at [the **queue**](/queue?q={1}) for **{2}**: {3}", "<b>", "\"x",
                "[a](http://evil)", "{0}"));
        assertEquals("Ask <code>&lt;b&gt;</code> at <a href=\"/queue?q=&quot;x\">the **queue**</a>"
                + " for <b>[a](http://evil)</b>: {0}", out.toString());
    }

    @Test
    void every_text_has_its_translation_with_the_same_holes() throws IOException {
        Set<String> used = new TreeSet<>();
        for (String dir : List.of("src/main/jte", "src/main/java/dev/mailmill/dashboard")) {
            try (Stream<Path> files = Files.walk(Path.of(dir))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    if (!file.endsWith("Texts.java")) {
                        used.addAll(texts(Files.readString(file)));
                    }
                }
            }
        }
        assertTrue(used.contains("Skip to the content"), "the test finds no text");
        List<String> wrong = new ArrayList<>();
        for (Locale language : Texts.SPOKEN.subList(1, Texts.SPOKEN.size())) {
            Map<String, String> bundle = Texts.bundle(language);
            for (String text : used) {
                String there = bundle.get(text);
                if (there == null) {
                    wrong.add(language + " lacks: " + text);
                } else if (!holes(text).equals(holes(there))) {
                    wrong.add(language + " puts in something else: " + text);
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static Set<String> holes(String text) {
        Set<String> all = new TreeSet<>();
        Matcher m = HOLE.matcher(text);
        while (m.find()) {
            all.add(m.group());
        }
        return all;
    }

    private static Set<String> texts(String source) {
        Set<String> all = new TreeSet<>();
        Matcher m = CALL.matcher(source);
        while (m.find()) {
            all.add(literal(m.group(1)));
        }
        m = PLURAL.matcher(source);
        while (m.find()) {
            all.add(literal(m.group(1)));
            all.add(literal(m.group(2)));
        }
        return all;
    }

    private static String literal(String java) {
        StringBuilder all = new StringBuilder();
        Matcher m = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(java);
        while (m.find()) {
            all.append(m.group(1).translateEscapes());
        }
        return all.toString();
    }
}
