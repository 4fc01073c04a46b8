package dev.mailmill.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import dev.mailmill.kill.KillRun.Report;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A few of the kills that {@code bench/kill} does by the dozen. */
@Timeout(7200)
class KillTest {
    private static final int KILLS = Integer.getInteger("mailmill.kills", Whole.of(5, 3));
    private static final int CRASHES = Integer.getInteger("mailmill.crashes", 1);
    /** Another one for other moments. */
    private static final long SEED = Long.getLong("mailmill.seed", 0);
    private static final List<String> PLACES = Stream.concat(Store.CRASH_POINTS.stream(),
            Stream.of("relay.before-connect", "relay.before-dot", "relay.after-dot",
                    "relay.after-reply", "dispatcher.before-settle", "dispatcher.after-settle"))
            .toList();
    @TempDir
    Path folder;

    @Test
    void nothingIsLostWhenTheServerIsKilledOnSqlite() throws Exception {
        holds(new KillRun(folder, Map.of(), SEED + 1).random(KILLS));
    }

    @Test
    void nothingIsLostWhenTheServerIsKilledOnPostgres() throws Exception {
        holds(new KillRun(folder, Map.of("MAILMILL_DATABASE", Postgres.database()), SEED + 2)
                .random(KILLS));
    }

    @Test
    void nothingIsLostAtAnyNamedPlaceOnSqlite() throws Exception {
        holds(new KillRun(folder, Map.of(), SEED + 3).at(PLACES, CRASHES));
    }

    @Test
    @EnabledIfSystemProperty(named = "mailmill.crashes", matches = "\\d+",
            disabledReason = "bench/kill runs it")
    void nothingIsLostAtAnyNamedPlaceOnPostgres() throws Exception {
        holds(new KillRun(folder, Map.of("MAILMILL_DATABASE", Postgres.database()), SEED + 4)
                .at(PLACES, CRASHES));
    }

    private static void holds(Report report) {
        System.out.println("killed: " + report);
        assertEquals(List.of(), report.wrong());
        assertTrue(report.acknowledged() > 100, "hardly any load: " + report);
        assertTrue(report.duplicates() <= report.ambiguous(), report.toString());
    }
}
