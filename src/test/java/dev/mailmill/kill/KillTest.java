package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.kill.KillRun.Report;
import dev.mailmill.sql.Postgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few of the kills that {@code bench/kill} does by the dozen. */
@Timeout(300)
class KillTest {
    private static final int KILLS = Integer.getInteger("mailmill.kills", 5);
    @TempDir
    Path folder;

    @Test
    void nothingIsLostWhenTheServerIsKilledOnSqlite() throws Exception {
        holds(new KillRun(folder, Map.of(), 1).random(KILLS));
    }

    @Test
    void nothingIsLostWhenTheServerIsKilledOnPostgres() throws Exception {
        holds(new KillRun(folder, Map.of("MAILMILL_DATABASE", Postgres.database()), 2)
                .random(KILLS));
    }

    private static void holds(Report report) {
        System.out.println("kill -9, random moments: " + report);
        assertEquals(List.of(), report.wrong());
        assertTrue(report.acknowledged() > 100, "hardly any load: " + report);
        assertTrue(report.duplicates() <= report.ambiguous(), report.toString());
    }
}
