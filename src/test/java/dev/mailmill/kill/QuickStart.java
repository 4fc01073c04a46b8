package dev.mailmill.kill;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * The classes as a jar with an ahead-of-time cache, as the launcher has it: tests start dozens of
 * servers, and each takes half as long. Made once a build: its JVMs that test share it.
 */
final class QuickStart {
    private static final int TRAINING_SECONDS = 120;
    private static final String AHEAD = "dev/mailmill/app/AheadServer.class";
    private static List<String> options;

    private QuickStart() {
    }

    /** The JVM's class path and, where it could be made, its cache. */
    static synchronized List<String> options() throws IOException, InterruptedException {
        if (options == null) {
            options = shared(System.getProperty("mailmill.build"));
        }
        return options;
    }

    /** @param build when it began; null where nobody built, and nothing can be shared */
    private static List<String> shared(String build) throws IOException, InterruptedException {
        if (build == null) {
            Path folder = Files.createTempDirectory("mailmill-quick");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return made(folder);
        }
        Path all = Files.createDirectories(Path.of("target", "quick").toAbsolutePath());
        Path folder = all.resolve(build.replaceAll("\\W", "-"));
        try (FileChannel channel = FileChannel.open(all.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE); FileLock _ = channel.lock()) {
            Path options = folder.resolve("options");
            if (!Files.exists(options)) {
                // another build's, and what a killed one left
                try (Stream<Path> old = Files.list(all)) {
                    old.filter(Files::isDirectory).forEach(QuickStart::delete);
                }
                Files.createDirectory(folder);
                Files.write(options, made(folder));
            }
            return Files.readAllLines(options);
        }
    }

    private static List<String> made(Path folder) throws IOException, InterruptedException {
        Path jar = folder.resolve("mailmill.jar");
        List<String> places = new ArrayList<>();
        places.add(jar.toString());
        Path classes = null;
        Path tests = null;
        for (String place : System.getProperty("surefire.test.class.path",
                System.getProperty("java.class.path")).split(File.pathSeparator)) {
            if (place.endsWith(".jar")) {
                places.add(place);
            } else if (place.endsWith("test-classes")) {
                tests = Path.of(place);
            } else if (place.endsWith("classes")) {
                classes = Path.of(place);
            }
        }
        pack(classes, tests.resolve(AHEAD), jar);
        List<String> plain = List.of("-cp", String.join(File.pathSeparator, places));
        Path cache = folder.resolve("mailmill.aot");
        List<String> command = new ArrayList<>(List.of(java(), "-XX:AOTCacheOutput=" + cache,
                "-XX:TieredStopAtLevel=1", "-Xmx512m", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(plain);
        command.addAll(List.of("dev.mailmill.app.Main", "train"));
        Process training = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("train.log").toFile()).start();
        if (!training.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS)) {
            training.destroyForcibly().waitFor();
        }
        if (!Files.exists(cache)) {
            return plain;
        }
        List<String> quick = new ArrayList<>(plain);
        quick.add("-XX:AOTCache=" + cache);
        // what the JVM thinks of its cache is not to stand among the server's own words
        quick.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr"));
        return quick;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static void pack(Path classes, Path ahead, Path jar) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(bytes);
                Stream<Path> all = Files.walk(classes)) {
            out.setLevel(0);
            out.putNextEntry(new JarEntry(AHEAD));
            Files.copy(ahead, out);
            out.closeEntry();
            // with the folders too: Flyway looks for them
            for (Path path : (Iterable<Path>) all.filter(p -> !p.equals(classes))::iterator) {
                boolean file = Files.isRegularFile(path);
                out.putNextEntry(new JarEntry(classes.relativize(path) + (file ? "" : "/")));
                if (file) {
                    Files.copy(path, out);
                }
                out.closeEntry();
            }
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
