package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs somebody else's program to its end. */
final class Program {
    private static final int SECONDS = 90;

    /** @param text what it wrote, errors too */
    record Said(int exit, String text) {
        Said good() {
            assertEquals(0, exit, text);
            return this;
        }
    }

    private Program() {
    }

    /** Skips the test where it is not installed. */
    static void needs(String name, String debianPackage) {
        assumeTrue(Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(p -> Files.isExecutable(Path.of(p, name))),
                () -> name + " is not installed (Debian: apt-get install " + debianPackage + ")");
    }

    /** Skips the test where swaks is not installed, or can't do what the test is about. */
    static void needsSwaksWithTls() throws IOException, InterruptedException {
        needs("swaks", "swaks");
        String support = run(Path.of("."), Map.of(), new byte[0], List.of("swaks", "--support"))
                .text();
        assumeTrue(support.contains("=== TLS supported"), () -> "swaks can't speak TLS here "
                + "(Debian: apt-get install libnet-ssleay-perl): " + support);
    }

    static Said run(Path folder, Map<String, String> environment, byte[] input,
            List<String> command) throws IOException, InterruptedException {
        Path in = Files.createTempFile("mailmill-client", ".in");
        Path out = Files.createTempFile("mailmill-client", ".out");
        try {
            Files.write(in, input);
            ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
                    .redirectErrorStream(true).redirectInput(in.toFile())
                    .redirectOutput(out.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException(command + " took too long: " + text(out));
            }
            return new Said(process.exitValue(), text(out));
        } finally {
            Files.deleteIfExists(in);
            Files.deleteIfExists(out);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
