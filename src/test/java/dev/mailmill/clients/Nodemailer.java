package dev.mailmill.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The library, as {@code npm ci} put it beside its lock file. */
final class Nodemailer {
    private static final Path MODULES = Path.of("src/test/clients/node/node_modules");

    private Nodemailer() {
    }

    static void needed() {
        Program.needs("node", "nodejs");
        assumeTrue(Files.isDirectory(MODULES.resolve("nodemailer")),
                "nodemailer is not there (npm --prefix src/test/clients/node ci)");
    }

    static Program.Said run(Lab lab, String script) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(lab.environment());
        environment.put("NODE_PATH", MODULES.toAbsolutePath().toString());
        return Program.run(lab.folder(), environment,
                lab.here(script).getBytes(StandardCharsets.UTF_8), List.of("node", "-"));
    }
}
