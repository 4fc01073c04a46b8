package dev.mailmill.meter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who becomes a bulk sender, and stays one. */
class MeterTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:30:00Z");

    @TempDir
    private Path folder;
    private Instant now = NOON;

    private void sent(Store store, String author, int provider, Instant at, long mails) {
        store.views().write(h -> h.execute("INSERT INTO volume VALUES (?, ?, ?, 1, 1, ?, ?, ?, 0,"
                + " 0, 0, 0, 0)", author, provider, at.getEpochSecond() / 3_600, mails, mails,
                mails));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOrganisationIsOneForEverFrom5000InADayOn(boolean postgres) {
        FakeDns dns = new FakeDns().txt("_dmarc.shop.test", "v=DMARC1; p=none");
        try (Store store = Store.open(postgres
                ? StoreSettings.postgres(folder, Postgres.database())
                : StoreSettings.sqlite(folder), () -> now, new SimpleMeterRegistry())) {
            Meter meter = new Meter(new Meter.Sources(null, null, null, null, null, dns, true,
                    true, false), new Volumes(store.views()), store.database(), () -> now);
            BulkStore bulk = new BulkStore(store.database());
            // apart by 24 hours, and each alone below the line
            sent(store, "a.shop.test", 1, NOON.minus(Duration.ofHours(24)), 4_999);
            sent(store, "b.shop.test", 1, NOON, 4_000);
            sent(store, "b.shop.test", 2, NOON, 4_999);
            sent(store, "b.shop.test", 0, NOON, 90_000);
            sent(store, "xshop.test", 1, NOON, 4_000);
            meter.mark();
            assertEquals(Map.of(), bulk.of("shop.test"));

            sent(store, "a.shop.test", 1, NOON.minus(Duration.ofHours(23)), 1_000);
            meter.mark();
            Instant since = Instant.parse("2026-11-26T14:00:00Z");
            assertEquals(Map.of(MailboxProvider.GMAIL, since), bulk.of("shop.test"));
            assertEquals(Map.of(), bulk.of("xshop.test"));
            assertTrue(dns.asked().containsAll(Set.of("TXT _dmarc.a.shop.test",
                    "TXT _dmarc.xshop.test")));

            store.views().write(h -> h.execute("DELETE FROM volume"));
            now = NOON.plus(Duration.ofDays(400));
            meter.mark();
            assertEquals(Map.of(MailboxProvider.GMAIL, since), bulk.of("shop.test"),
                    "for ever");
        }
    }
}
