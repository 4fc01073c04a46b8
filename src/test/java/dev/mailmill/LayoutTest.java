package dev.mailmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the code to the package table of ARCHITECTURE.md: the document is the rule. */
class LayoutTest {
    private static final String ROOT = "dev.mailmill.";
    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.mailmill");
    private static final Map<String, Row> TABLE = table();
    /** What a library's name in the table stands for. */
    private static final Map<String, List<String>> LIBRARIES = Map.ofEntries(
            Map.entry("micrometer", List.of("io.micrometer.")),
            Map.entry("mime4j", List.of("org.apache.james.mime4j.")),
            Map.entry("dnsjava", List.of("org.xbill.DNS.")),
            Map.entry("jdbi", List.of("org.jdbi.")),
            Map.entry("hikari", List.of("com.zaxxer.hikari.")),
            Map.entry("flyway", List.of("org.flywaydb.")),
            Map.entry("sqlite", List.of("org.sqlite.")),
            Map.entry("postgresql", List.of("org.postgresql.")),
            Map.entry("helidon", List.of("io.helidon.")),
            Map.entry("jsoup", List.of("org.jsoup.")),
            Map.entry("jte", List.of("gg.jte.")),
            Map.entry("jackson", List.of("tools.jackson.", "com.fasterxml.jackson.annotation.")),
            Map.entry("diff-utils", List.of("com.github.difflib.")),
            Map.entry("nimbus", List.of("com.nimbusds.")),
            Map.entry("qrcodegen", List.of("io.nayuki.qrcodegen.")),
            Map.entry("csv", List.of("org.apache.commons.csv.")),
            Map.entry("mjml4j", List.of("ch.digitalfondue.mjml4j.")),
            Map.entry("picocli", List.of("picocli.")),
            Map.entry("logback", List.of("ch.qos.logback.")),
            Map.entry("bouncycastle", List.of("org.bouncycastle.")),
            Map.entry("accp", List.of("com.amazon.corretto.crypto.")));

    record Row(Set<String> packages, Set<String> libraries) {
    }

    @Test
    void everyPackageHasARowAndEveryRowAPackage() {
        Set<String> packages = CODE.stream().map(c -> owner(c.getPackageName()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(TABLE.keySet()), packages,
                "ARCHITECTURE.md's table and src/main/java must name the same packages");
    }

    @Test
    void aRowUsesOnlyRowsAboveIt() {
        List<String> seen = new ArrayList<>();
        List<String> strays = new ArrayList<>();
        TABLE.forEach((name, row) -> {
            row.packages().stream().filter(p -> !seen.contains(p))
                    .forEach(p -> strays.add(name + " names " + p + ", which is not above it"));
            seen.add(name);
        });
        assertEquals(List.of(), strays);
    }

    @Test
    void codeUsesOnlyWhatItsRowNames() {
        Set<String> strays = new TreeSet<>();
        for (JavaClass c : CODE) {
            Row row = TABLE.get(owner(c.getPackageName()));
            for (Dependency d : c.getDirectDependenciesFromSelf()) {
                JavaClass target = d.getTargetClass().getBaseComponentType();
                if (!allowed(owner(c.getPackageName()), row, target)) {
                    strays.add(owner(c.getPackageName()) + " may not use " + target.getName()
                            + ": add it to its row in ARCHITECTURE.md or take it out. "
                            + d.getDescription());
                }
            }
        }
        assertEquals(Set.of(), strays);
    }

    @Test
    void aPublicTypeHasAUserInAnotherPackage() {
        Set<String> used = new TreeSet<>();
        for (JavaClass c : CODE) {
            for (Dependency d : c.getDirectDependenciesFromSelf()) {
                JavaClass target = d.getTargetClass().getBaseComponentType();
                if (!c.getPackageName().equals(target.getPackageName()) || signature(c, target)) {
                    used.add(outermost(target.getName()));
                }
            }
        }
        Set<String> lonely = CODE.stream()
                .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName).filter(n -> !used.contains(n))
                .filter(n -> !n.equals("dev.mailmill.app.Main"))
                // templates, as JTE compiles them
                .filter(n -> !n.matches("dev\\.mailmill\\.dashboard\\.Jte\\w+Generated"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), lonely, "make these package-private");
    }

    /** Whether a public type says another in a public signature: then both are public. */
    private static boolean signature(JavaClass c, JavaClass target) {
        return !outermost(c.getName()).equals(outermost(target.getName()))
                && c.getModifiers().contains(JavaModifier.PUBLIC)
                && c.getCodeUnits().stream()
                .filter(u -> u.getModifiers().contains(JavaModifier.PUBLIC))
                .anyMatch(u -> u.getAllInvolvedRawTypes().contains(target));
    }

    private static String outermost(String name) {
        int inner = name.indexOf('$');
        return inner < 0 ? name : name.substring(0, inner);
    }

    private static boolean allowed(String from, Row row, JavaClass target) {
        String name = target.getName();
        if (name.startsWith(ROOT)) {
            String to = owner(target.getPackageName());
            return to.equals(from) || row.packages().contains(to);
        }
        if (plain(target)) {
            return true;
        }
        return row.libraries().stream().anyMatch(l -> LIBRARIES.getOrDefault(l, List.of(l + "."))
                .stream().anyMatch(name::startsWith));
    }

    private static boolean plain(JavaClass target) {
        String p = target.getPackageName();
        return p.isEmpty() || p.startsWith("org.slf4j")
                || Set.of("java.net.URI", "java.net.URLDecoder", "java.net.URLEncoder",
                        "java.net.IDN", "java.net.URISyntaxException").contains(target.getName())
                || p.matches("java\\.(lang|util|time|math|text|security)(\\..*)?")
                || p.matches("java\\.(io|nio|nio\\.charset|nio\\.file(\\..*)?)");
    }

    private static String owner(String packageName) {
        assertTrue(packageName.startsWith(ROOT), packageName + " is outside dev.mailmill");
        return packageName.substring(ROOT.length()).split("\\.")[0];
    }

    private static Map<String, Row> table() {
        try {
            String text = Files.readString(Path.of("ARCHITECTURE.md"));
            String block = text.split("```packages\n", 2)[1].split("```", 2)[0];
            Map<String, Row> rows = new LinkedHashMap<>();
            for (String line : block.lines().filter(l -> !l.isBlank()).toList()) {
                String[] cells = line.split("\\|");
                rows.put(cells[0].strip().split("\\s+")[0],
                        new Row(words(cells[1]), words(cells[2])));
            }
            return rows;
        } catch (IOException e) {
            throw new IllegalStateException("ARCHITECTURE.md can't be read", e);
        }
    }

    private static Set<String> words(String cell) {
        return Arrays.stream(cell.strip().split("\\s+")).filter(w -> !w.equals("-"))
                .collect(Collectors.toSet());
    }
}
