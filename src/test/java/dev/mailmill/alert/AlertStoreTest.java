package dev.mailmill.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.MasterKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.alert.AlertStore.Note;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of alerts, on both engines. */
class AlertStoreTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final int AT_ONCE = 20;

    @TempDir
    Path folder;

    private static Route route(long tenant, int n, Route.Kind kind, String target) {
        return new Route("alr_" + tenant + "_" + n, tenant, kind, target, "", NOW,
                Optional.empty(), "");
    }

    private static void fire(AlertStore store, long tenant, int n) {
        Alert alert = Alert.begin(Reading.of(Rule.STORE, tenant, "thing " + n, 1, "It broke."),
                Defaults.of(Rule.STORE).line(), NOW).fire(NOW);
        store.step(Optional.empty(), new Course.Step(Optional.of(alert),
                Optional.of(Course.What.FIRING)), NOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void anAccountWhoseRoutesHangMakesNobodyElseWait(String engine) {
        StoreSettings where = engine.equals("sqlite") ? StoreSettings.sqlite(folder)
                : StoreSettings.postgres(folder, Postgres.database());
        try (Store store = Store.open(where, () -> NOW, new SimpleMeterRegistry())) {
            Secrets secrets = Secrets.open(store.database(),
                    new MasterKey.Source(Optional.empty(), folder), () -> NOW,
                    new SecureRandom());
            AlertStore alerts = new AlertStore(store.database(), secrets);
            for (int i = 0; i < AT_ONCE; i++) {
                alerts.add(route(2, i, Route.Kind.WEBHOOK, "https://hangs.test/" + i));
            }
            alerts.add(route(1, 0, Route.Kind.WEBHOOK, "https://ops.test/"));
            for (int i = 0; i < 12; i++) {
                fire(alerts, 2, i);
            }
            fire(alerts, 1, 0);
            List<Note> due = alerts.due(NOW, AT_ONCE);
            assertEquals(AT_ONCE, due.size());
            assertEquals(AT_ONCE, due.stream().map(Note::route).distinct().count());
            assertTrue(due.stream().anyMatch(n -> n.route().equals("alr_1_0")), due.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void amongNodesTheDatabasesClockCounts(String engine) {
        StoreSettings where = engine.equals("sqlite") ? StoreSettings.sqlite(folder)
                : StoreSettings.postgres(folder, Postgres.database());
        try (Store store = Store.open(where, () -> NOW, new SimpleMeterRegistry())) {
            AlertStore alerts = new AlertStore(store.database(), null);
            Duration minute = Duration.ofMinutes(1);
            assertTrue(alerts.lease("a", NOW, minute));
            assertTrue(alerts.lease("a", NOW.minus(Duration.ofDays(1)), minute));
            // a node whose clock is a day ahead takes it from nobody; on SQLite none is left
            assertEquals(engine.equals("sqlite"),
                    alerts.lease("b", NOW.plus(Duration.ofDays(1)), minute));
            alerts.release(engine.equals("sqlite") ? "b" : "a");
            assertTrue(alerts.lease("b", NOW.minus(Duration.ofDays(9)), minute));

            alerts.seen("one", NOW);
            alerts.seen("two", NOW);
            alerts.seen("one", NOW);
            assertEquals(List.of("one", "two"), alerts.living(NOW, minute).stream().sorted()
                    .toList());
            store.database().write(h -> h.execute("UPDATE alert_machine SET seen = seen - 61000"
                    + " WHERE node = 'two'"));
            assertEquals(List.of("one"), alerts.living(NOW, minute));
        }
    }

    @Test
    void whatIsShownOfARouteHasNoSecret() {
        assertEquals("https://chat.test/…", route(1, 0, Route.Kind.SLACK,
                "https://chat.test/T0/secret").shown());
        assertEquals("https://chat.test/…", route(1, 0, Route.Kind.NTFY,
                "https://chat.test?auth=secret").shown());
        assertEquals("https://chat.test", route(1, 0, Route.Kind.NTFY,
                "https://chat.test").shown());
        assertEquals("/usr/bin/ring …", route(1, 0, Route.Kind.COMMAND,
                "/usr/bin/ring --token secret").shown());
        assertEquals("ops@there.test", route(1, 0, Route.Kind.MAIL, "ops@there.test").shown());
    }
}
