package dev.mailmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules worth having that the compiler does not know; each message names the cure. */
class TidyTest {
    private static final int COLUMNS = 100;
    private static final Path MAIN = Path.of("src/main/java");
    /** Words that main code may not say, the cure, and the files that may. */
    private static final Map<String, Rule> BANNED = Map.of(
            "Instant.now(", new Rule("take an InstantSource", Set.of()),
            "System.currentTimeMillis(", new Rule("take an InstantSource", Set.of()),
            "System.out", new Rule("log, or print in app's command line",
                    Set.of("Console.java", "Main.java")),
            "System.err", new Rule("log, or print in app's command line",
                    Set.of("Console.java", "Main.java")),
            "Thread.sleep(", new Rule("wait on a condition with a deadline", Set.of()),
            "printStackTrace(", new Rule("log it", Set.of()),
            "FIXME", new Rule("do it now", Set.of()),
            "TODO", new Rule("do it now", Set.of()));

    private record Rule(String cure, Set<String> files) {
    }

    @Test
    void linesFitTheScreen() {
        List<String> strays = new ArrayList<>();
        List<Path> all = new ArrayList<>(files("src", ".java"));
        all.addAll(files("client", ".java"));
        for (Path file : all) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).codePointCount(0, lines.get(i).length()) > COLUMNS) {
                    strays.add(file + ":" + (i + 1) + ": break the line");
                }
            }
        }
        assertEquals(List.of(), strays);
    }

    @Test
    void everyPackageIntroducesItself() {
        Set<String> strays = files(MAIN.toString(), ".java").stream().map(Path::getParent)
                .filter(p -> !Files.exists(p.resolve("package-info.java")))
                .map(p -> p + ": write package-info.java")
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), strays);
    }

    @Test
    void bannedWordsStayInTheirPlaces() {
        List<String> strays = new ArrayList<>();
        for (Path file : files(MAIN.toString(), ".java")) {
            String text = text(file);
            BANNED.forEach((word, rule) -> {
                if (text.contains(word) && !rule.files().contains(file.getFileName().toString())) {
                    strays.add(file + ": " + word + " is banned; " + rule.cure());
                }
            });
        }
        assertEquals(List.of(), strays);
    }

    @Test
    void everySettingIsDocumentedAndEveryDocumentedSettingIsReal() {
        Set<String> documented = rows(Path.of("docs/settings.md"));
        Set<String> real = new TreeSet<>();
        Matcher m = Pattern.compile("^    ([A-Z_]+)\\(\"", Pattern.MULTILINE)
                .matcher(text(MAIN.resolve("dev/mailmill/app/Setting.java")));
        while (m.find()) {
            real.add("MAILMILL_" + m.group(1));
        }
        assertFalse(real.isEmpty());
        assertEquals(real, documented, "docs/settings.md needs one row for each setting");
    }

    @Test
    void linksInDocumentsResolve() {
        List<String> strays = new ArrayList<>();
        Pattern link = Pattern.compile("\\]\\(([^)\\s#]+)(#[^)]*)?\\)");
        List<Path> documents = new ArrayList<>(files("docs", ".md"));
        for (String name : List.of("README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md",
                "CHANGELOG.md")) {
            documents.add(Path.of(name));
        }
        for (Path file : documents) {
            Matcher m = link.matcher(text(file));
            while (m.find()) {
                String target = m.group(1);
                Path base = file.getParent() == null ? Path.of("") : file.getParent();
                if (!target.matches("[a-z]+:.*") && !Files.exists(base.resolve(target))) {
                    strays.add(file + ": " + target + " is not there");
                }
            }
        }
        assertEquals(List.of(), strays);
    }

    @Test
    void decisionsHaveNumbersOfTheirOwn() {
        List<String> numbers = files("docs/adr", ".md").stream()
                .map(p -> p.getFileName().toString())
                .filter(n -> n.matches("\\d{4}-.*")).map(n -> n.substring(0, 4)).toList();
        assertFalse(numbers.isEmpty());
        assertEquals(new TreeSet<>(numbers).size(), numbers.size(), "an ADR number is used twice");
    }

    private static Set<String> rows(Path file) {
        Set<String> rows = new TreeSet<>();
        Matcher m = Pattern.compile("^\\| `(MAILMILL_[A-Z_]+)` \\|", Pattern.MULTILINE)
                .matcher(text(file));
        while (m.find()) {
            rows.add(m.group(1));
        }
        return rows;
    }

    private static List<Path> files(String folder, String suffix) {
        try (Stream<Path> all = Files.walk(Path.of(folder))) {
            return all.filter(p -> p.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        return text(file).lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
