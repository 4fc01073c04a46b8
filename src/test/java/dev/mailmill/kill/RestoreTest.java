package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import dev.mailmill.sql.Postgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A backup under load, a kill, a restore elsewhere: nothing is sent before somebody says so, and
 * then everything that the backup had ends exactly once.
 */
@Timeout(300)
class RestoreTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int AWAY = 30;

    @TempDir
    Path folder;

    @Test
    void whatABackupHadEndsOnceAndOnlyWhenSomebodySaysSoOnSqlite() throws Exception {
        turn(0);
        story(Map.of(), Map.of());
    }

    @Test
    void whatABackupHadEndsOnceAndOnlyWhenSomebodySaysSoOnPostgres() throws Exception {
        turn(1);
        story(Map.of("MAILMILL_DATABASE", Postgres.empty()),
                Map.of("MAILMILL_DATABASE", Postgres.empty()));
    }

    private static void turn(int engine) {
        Assumptions.assumeTrue(Whole.ASKED || Whole.turn(engine, 2),
                "the other engine's day; -Dmailmill.whole=true plays both");
    }

    private void story(Map<String, String> here, Map<String, String> there) throws Exception {
        Path backup = folder.resolve("backup");
        try (LedgerSink sink = new LedgerSink()) {
            JsonNode manifest = backedUpAndKilled(here, sink, backup);
            Map<String, Integer> before = copies(sink);

            Map<String, String> settings = new HashMap<>(there);
            settings.put("MAILMILL_DELIVERY", "direct");
            settings.put("MAILMILL_ROUTES", "*=127.0.0.1:" + sink.port());
            Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
            try (ServerProcess server = new ServerProcess(elsewhere, settings)) {
                JsonNode restored = JSON.readTree(server.command("restore", backup.toString(),
                        "--json"));
                assertEquals(manifest.path("counts").path("open").asLong(),
                        restored.path("held").asLong(), "all that was open is held");
                server.start(Map.of());
                assertEquals(restored.path("held").asLong(),
                        server.welcome().path("held_since_restore").asLong());

                KillRun.expect(202, server.post("v1/messages", letter("new@sink.test")));
                await(() -> copies(sink).getOrDefault("new", 0) == 1);
                Map<String, Integer> withNew = new HashMap<>(before);
                withNew.put("new", 1);
                assertEquals(withNew, copies(sink), "only what came after the restore was sent");

                JsonNode released =
                        JSON.readTree(server.command("restore", "--release", "--json"));
                assertEquals(restored.path("held").asLong(), released.path("released").asLong());
                KillRun.drain(server);
                ended(manifest, KillRun.journal(server), before, copies(sink));
                assertEquals(List.of(), Listed.await(server, manifest.path("counts")
                        .path("deliveries").asLong() + 1).values().stream()
                        .filter(s -> !s.equals(List.of("delivered"))).toList());
            }
        }
    }

    private JsonNode backedUpAndKilled(Map<String, String> engine, LedgerSink sink, Path backup)
            throws Exception {
        Map<String, String> settings = new HashMap<>(engine);
        settings.put("MAILMILL_DELIVERY", "direct");
        settings.put("MAILMILL_ROUTES", "away.test=127.0.0.1:1,*=127.0.0.1:" + sink.port());
        try (ServerProcess server = new ServerProcess(folder, settings)) {
            server.start(Map.of());
            KillRun.expect(201, server.post("v1/domains",
                    "{\"name\":\"kill.test\",\"trust\":true}"));
            for (int i = 0; i < AWAY; i++) {
                KillRun.expect(202, server.post("v1/messages", letter("w" + i + "@away.test")));
            }
            Ledger ledger = new Ledger();
            try (Load load = new Load(ledger, server.smtpPort(), server.api(),
                    ServerProcess.KEY)) {
                load.start(6, 4, 0);
                await(() -> ledger.count(Ledger.Answer.ACKNOWLEDGED) > 200);
                long atBegin = ledger.count(Ledger.Answer.ACKNOWLEDGED);
                KillRun.expect(202, server.post("v1/backup", "{\"to\":\"" + backup + "\"}"));
                JsonNode now = JSON.readTree(server.get("v1/backup").body());
                while (now.path("state").asString().equals("running")) {
                    TimeUnit.MILLISECONDS.sleep(20);
                    now = JSON.readTree(server.get("v1/backup").body());
                }
                assertEquals("done", now.path("state").asString(), now.toString());
                long atEnd = ledger.count(Ledger.Answer.ACKNOWLEDGED);
                await(() -> ledger.count(Ledger.Answer.ACKNOWLEDGED) > atEnd + 50);
                server.kill();
                System.out.println("backed up: " + now + ", accepted meanwhile "
                        + (atEnd - atBegin));
                assertTrue(now.path("counts").path("open").asLong() >= AWAY, now.toString());
                assertEquals(0, now.path("counts").path("large_bodies_missing").asLong());
                return now;
            }
        }
    }

    /** Accepted = ended, each once; what was over in the backup was not sent again. */
    private static void ended(JsonNode manifest, Map<String, KillRun.Story> stories,
            Map<String, Integer> before, Map<String, Integer> after) {
        List<String> wrong = new ArrayList<>();
        stories.forEach((token, story) -> {
            int sent = after.getOrDefault(token, 0) - before.getOrDefault(token, 0);
            // Held by the restore, so open in the backup: sent once now. All others: not again.
            boolean once = story.accepted == 1 && story.ends.size() == 1
                    && sent == (story.held == 1 || token.equals("new") ? 1 : 0);
            if (!once || story.held > 1) {
                wrong.add(token + ": accepted " + story.accepted + ", held " + story.held
                        + ", ends " + story.ends + ", sent again " + sent);
            }
        });
        assertEquals(List.of(), wrong.stream().limit(10).toList());
        assertEquals(manifest.path("counts").path("deliveries").asLong() + 1, stories.size());
        assertEquals(manifest.path("counts").path("open").asLong(),
                stories.values().stream().mapToLong(s -> s.held).sum());
    }

    private static Map<String, Integer> copies(LedgerSink sink) {
        return sink.taken().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().get()));
    }

    private static String letter(String to) {
        return "{\"from\":\"ann@kill.test\",\"to\":\"" + to
                + "\",\"subject\":\"x\",\"text\":\"a letter\"}";
    }

    private interface Come {
        boolean yet() throws Exception;
    }

    private static void await(Come come) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!come.yet()) {
            assertTrue(System.nanoTime() < end, "in time");
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
