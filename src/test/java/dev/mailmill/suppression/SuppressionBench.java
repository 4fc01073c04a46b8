package dev.mailmill.suppression;

import dev.mailmill.mail.Stream;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a list of a hundred thousand takes to come in, a start with it, and a question. Run
 * it with {@code mvn -q test -Dtest=SuppressionBench}.
 */
class SuppressionBench {
    private static final int ROWS = Integer.getInteger("rows", 100_000);
    private static final int ASKED = 100_000;

    @Test
    void aLongList(@TempDir Path folder) throws Exception {
        StringBuilder list = new StringBuilder("email,ip,created\n");
        for (int i = 0; i < ROWS; i++) {
            list.append("somebody.").append(i).append("@there.test,192.0.2.1,1700000000\n");
        }
        byte[] bytes = list.toString().getBytes(StandardCharsets.UTF_8);
        try (Ground ground = new Ground(folder, Optional.empty())) {
            long began = System.nanoTime();
            new ListImport(ground.suppressions, 1, 0, _ -> Optional.empty(), "bench", ground.now)
                    .run(new ByteArrayInputStream(bytes), Optional.empty());
            say("import", began, ROWS);
        }
        System.out.println("file " + Files.size(folder.resolve(Ledger.FILE)) / ROWS
                + " octets a row");
        long began = System.nanoTime();
        try (Ground ground = new Ground(folder, Optional.empty())) {
            say("start", began, ROWS);
            Stream bulk = ground.stream("bulk");
            began = System.nanoTime();
            for (int i = 0; i < ASKED; i++) {
                ground.word(bulk, "nobody." + i + "@there.test");
            }
            say("asked about those who are not on it", began, ASKED);
            began = System.nanoTime();
            for (int i = 0; i < 2_000; i++) {
                ground.word(bulk, "somebody." + i + "@there.test");
            }
            say("asked about those who are", began, 2_000);
        }
    }

    private static void say(String what, long began, int n) {
        long micros = (System.nanoTime() - began) / 1_000;
        System.out.printf("%s: %d ms, %.1f µs each%n", what, micros / 1_000, (double) micros / n);
    }
}
