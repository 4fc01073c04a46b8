package dev.mailmill.mime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;

/** Real data that other people wrote, and the one line that tells how we did on it. */
public final class Corpus {
    private final String name;
    private final List<String> disagreements = new ArrayList<>();
    private int cases;
    private int agree;
    private int onPurpose;

    public Corpus(String name) {
        this.name = name;
    }

    /** A folder of the corpora; skips the test where they are absent. */
    public static Path folder(String under) {
        String set = System.getProperty("MAILMILL_CORPORA", System.getenv("MAILMILL_CORPORA"));
        Path root = set != null ? Path.of(set)
                : Path.of(System.getProperty("mailmill.basedir", ".")).resolve("../shared/corpora");
        Path folder = root.resolve(under);
        Assumptions.assumeTrue(Files.isDirectory(folder),
                "the corpora are absent: set MAILMILL_CORPORA");
        return folder;
    }

    public static List<Path> files(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    public void agree() {
        cases++;
        agree++;
    }

    /** What we decided to refuse. */
    public void onPurpose() {
        cases++;
        onPurpose++;
    }

    public void disagree(String what) {
        cases++;
        disagreements.add(what);
    }

    public int disagreements() {
        return disagreements.size();
    }

    public int cases() {
        return cases;
    }

    /** Prints the line and lists the disagreements in {@code target/corpus}. */
    public void report() throws IOException {
        Path folder = Path.of(System.getProperty("mailmill.basedir", "."), "target", "corpus");
        Files.createDirectories(folder);
        Files.write(folder.resolve(name + ".txt"), disagreements);
        System.out.printf(Locale.ROOT, "corpus %s: cases %d, agree %d, refused on purpose %d,"
                + " disagree %d (%.1f %%)%n", name, cases, agree, onPurpose, disagreements.size(),
                cases == 0 ? 0.0 : 100.0 * disagreements.size() / cases);
    }
}
