package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;

/** Runs what the page Connect shows, by what runs that language; many texts in one process. */
public enum Interpreter {
    CURL("curl", "curl", "command -v curl", ".sh"),
    JAVA("java", "a JDK", "true", ".java"),
    JAVASCRIPT("javascript", "nodejs, 18 or newer",
            "command -v node && node -e 'process.exit(typeof fetch == \"function\" ? 0 : 1)'",
            ".mjs"),
    PYTHON("python", "python3", "command -v python3", ".py"),
    PHP("php", "php-cli and php-curl",
            "command -v php && php -r 'exit(function_exists(\"curl_init\") ? 0 : 1);'", ".php");

    private static final int SECONDS = 90;
    private static final String ALL_JAVA = """
            class All {
                public static void main(String[] names) throws Exception {
                    for (String name : names) {
                        var made = Class.forName(name).getDeclaredConstructor();
                        made.setAccessible(true);
                        var main = made.getDeclaringClass().getDeclaredMethod("main");
                        main.setAccessible(true);
                        main.invoke(made.newInstance());
                    }
                }
            }
            """;

    private final String id;
    private final String packages;
    private final String look;
    private final String suffix;

    Interpreter(String id, String packages, String look, String suffix) {
        this.id = id;
        this.packages = packages;
        this.look = look;
        this.suffix = suffix;
    }

    /** As the page names the language. */
    public String id() {
        return id;
    }

    /** Skips the test where it is not installed. */
    public void needed() throws IOException, InterruptedException {
        boolean there = new ProcessBuilder("sh", "-c", look)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        Assumptions.assumeTrue(there, () -> id + " can't run here: it needs " + packages);
    }

    /** One after another, as they stand. @return what they printed */
    public String run(List<String> texts, Path folder, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            names.add("Send" + i);
            files.add(Files.writeString(folder.resolve("Send" + i + suffix), texts.get(i)));
        }
        Path out = folder.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(command(names, files, folder))
                .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        String said = Files.readString(out);
        assertTrue(ended, said);
        assertEquals(0, process.exitValue(), said);
        return said;
    }

    private List<String> command(List<String> names, List<Path> files, Path folder)
            throws IOException {
        String java = ProcessHandle.current().info().command().orElse("java");
        List<String> command = new ArrayList<>(switch (this) {
            case CURL -> List.of("sh", "-ec", "for f; do sh -e \"$f\"; echo; done", "sh");
            case JAVASCRIPT -> List.of("node", "--input-type=module", "-e",
                    "for (const f of process.argv.slice(1)) await import(f)");
            case PYTHON -> List.of("python3", "-c",
                    "import runpy, sys\nfor f in sys.argv[1:]: runpy.run_path(f)");
            case PHP -> List.of("php", "-r", "foreach (array_slice($argv, 1) as $f) require $f;",
                    "--");
            case JAVA -> files.size() == 1 ? List.of(java) : List.of(java, "-cp",
                    compiled(files, folder).toString(), "All");
        });
        if (this == JAVA && files.size() > 1) {
            command.addAll(names);
        } else {
            files.forEach(f -> command.add(f.toString()));
        }
        return command;
    }

    /** A start of the source launcher for each would take a second each. */
    private static Path compiled(List<Path> files, Path folder) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> options = new ArrayList<>(List.of("-d", classes.toString(),
                Files.writeString(folder.resolve("All.java"), ALL_JAVA).toString()));
        files.forEach(f -> options.add(f.toString()));
        var said = new java.io.ByteArrayOutputStream();
        int failed = ToolProvider.getSystemJavaCompiler().run(null, said, said,
                options.toArray(String[]::new));
        assertEquals(0, failed, said.toString(StandardCharsets.UTF_8));
        return classes;
    }
}
