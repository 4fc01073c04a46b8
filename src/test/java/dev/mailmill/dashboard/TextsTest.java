package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Role;
import dev.mailmill.bounce.BounceClass;
import dev.mailmill.domain.DnsRow;
import dev.mailmill.feedback.Loops;
import dev.mailmill.http.ProblemType;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.State;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.meter.Colour;
import dev.mailmill.suppression.Reason;
import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    private static final String WORDS = "(\"(?:[^\"\\\\]|\\\\.)*\""
            + "(?:\\s*\\+\\s*\"(?:[^\"\\\\]|\\\\.)*\")*)";
    private static final Pattern CALL = Pattern.compile("(?:Texts\\.|\\b)(?:t|rich)\\(\\s*"
            + WORDS);
    private static final Pattern PLURAL = Pattern.compile(
            "\\bplural\\([^\"]*?" + WORDS + ",\\s*" + WORDS);
    /** Those that do not speak German yet. */
    private static final Set<String> NOT_YET = Set.of();
    /** Examples, and names that no language changes. */
    private static final Pattern SHOWN_AS_IT_IS = Pattern.compile("(?s)(· )?Mailmill"
            + "|HTTP|SMTP|DMARC|OpenID Connect|Ctrl( K)?|Enter|Esc|UTC\\s+·|[a-z0-9.@:/_-]+"
            + "|ann@ · .*|smtp://.*|https://.*|email\\.bounced, email\\.complained|UTC|ms|MM");
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
    void what_others_have_put_into_words_is_told_by_its_form() {
        assertEquals("shop.test is verified", Texts.told("shop.test is verified"));
        Texts.in(Locale.GERMAN, () -> {
            assertEquals("shop.test ist bestätigt", Texts.told("shop.test is verified"));
            assertEquals("Nichts zu tun. Whatever.", Texts.told("Nothing to do. Whatever."));
            assertEquals("x".repeat(9_000), Texts.told("x".repeat(9_000)));
            // what a server said stays as it was said
            assertEquals("gmail wies 3 von 9 in zwei Stunden ab (33.33 %); am häufigsten hieß es:"
                    + " 550 5.7.1 Access denied", Texts.told("gmail refused 3 of 9 in two hours"
                    + " (33.33 %); most said: 550 5.7.1 Access denied"));
            assertEquals("d.test sagt v=spf1 -all. Der Eintrag: d.test TXT \"v=spf1 mx\".",
                    Texts.told("d.test says v=spf1 -all. The row: d.test TXT \"v=spf1 mx\"."));
            return null;
        });
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

    /** What other packages say in English, and pages by {@code Texts.t} of a variable. */
    @Test
    void what_is_said_elsewhere_has_its_translation_too() {
        Set<String> all = new TreeSet<>();
        for (BounceClass c : BounceClass.values()) {
            all.addAll(List.of(c.means(), c.cure()));
        }
        for (DnsRow.Purpose p : DnsRow.Purpose.values()) {
            all.add(p.words());
        }
        for (Loops.Programme p : Loops.Programme.values()) {
            all.addAll(List.of(p.title(), p.per(), p.words()));
        }
        for (ProblemType p : ProblemType.values()) {
            Catalogue c = Catalogue.of(p);
            all.addAll(List.of(p.title(), c.means(), c.when(), c.cure()));
        }
        Frame frame = new Frame("", "", null, "", "", null, false);
        frame.groups().forEach(g -> {
            all.add(g.label());
            g.entries().forEach(e -> all.add(e.label()));
        });
        Arrays.stream(Role.values()).map(Role::word).forEach(all::add);
        Arrays.stream(State.values()).map(State::word).forEach(all::add);
        Arrays.stream(Reason.values()).map(Reason::word).forEach(all::add);
        Arrays.stream(Colour.values()).map(Colour::word).forEach(all::add);
        Arrays.stream(Health.State.values()).map(Health.State::word).forEach(all::add);
        Arrays.stream(Loops.State.values()).map(Loops.State::word).forEach(all::add);
        Arrays.stream(TrafficClass.values()).map(TrafficClass::word).forEach(all::add);
        all.removeAll(Texts.bundle(Locale.GERMAN).keySet());
        assertEquals(Set.of(), all);
    }

    @Test
    void no_template_has_words_of_its_own() throws IOException {
        List<String> left = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/main/jte"))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString().replace(".jte", "");
                if (!NOT_YET.contains(name)) {
                    bare(Files.readString(file)).forEach(w -> left.add(name + ": " + w));
                }
            }
        }
        assertEquals(List.of(), left, "say it by Texts.t, Texts.plural or Texts.rich");
        assertEquals(List.of("Add it", "Find an address", "a shop"), bare("""
                @param Frame frame
                @if(frame.known())<p title="Find an address">${Texts.t("Known")} Add it</p>@endif
                <input type="text" placeholder="a shop" value="none"><b>${a ? "x" : "y"}</b>
                """).stream().sorted().toList());
    }

    /** Words that a reader meets outside of expressions, of text and of what is read out. */
    private static List<String> bare(String template) {
        String rest = template.replaceAll("(?m)^(@param|@import|@template\\.layout).*$", "");
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < rest.length();) {
            int end = expression(rest, i);
            plain.append(end == i ? rest.charAt(i) : ' ');
            i = Math.max(end, i + 1);
        }
        String text = plain.toString().replaceAll("@(else|endif|endfor)", " ");
        List<String> words = new ArrayList<>();
        Matcher m = Pattern.compile("\\b(?:aria-label|title|alt|label|placeholder)=\"([^\"]*)\"")
                .matcher(text);
        while (m.find()) {
            words.add(m.group(1));
        }
        for (String between : text.split("<[^>]*>|&[a-z]+;")) {
            words.add(between);
        }
        return words.stream().map(String::strip).filter(w -> w.matches("(?s).*\\p{L}{2}.*"))
                .filter(w -> !SHOWN_AS_IT_IS.matcher(w).matches()).toList();
    }

    /** Where an expression or a condition that begins here ends; here, where there is none. */
    private static int expression(String text, int at) {
        Matcher m = Pattern.compile("[$!]\\{|@(if|elseif|for)\\(|@template\\.[a-z_]+\\(")
                .matcher(text).region(at, text.length());
        if (!m.lookingAt()) {
            return at;
        }
        int depth = 1;
        int i = m.end();
        for (boolean quoted = false; depth > 0; i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted) {
                depth += c == '{' || c == '(' ? 1 : c == '}' || c == ')' ? -1 : 0;
            }
        }
        return i;
    }

    @Test
    void each_text_has_one_translation() throws IOException {
        for (Locale language : Texts.SPOKEN.subList(1, Texts.SPOKEN.size())) {
            List<String> lines = Files.readAllLines(Path.of("src/main/resources/dashboard/texts/"
                    + language.getLanguage() + ".tsv")).stream()
                    .filter(l -> l.contains("\t") && !l.startsWith("#"))
                    .map(l -> l.substring(0, l.indexOf('\t'))).toList();
            Set<String> seen = new TreeSet<>();
            assertEquals(List.of(), lines.stream().filter(l -> !seen.add(l)).toList(),
                    language + " says these twice, and only one of it counts");
        }
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
