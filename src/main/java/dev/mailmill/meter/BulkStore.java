package dev.mailmill.meter;

import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Rows of {@code bulk_sender}: made once, never taken back. */
final class BulkStore {
    private final Database database;

    BulkStore(Database database) {
        this.database = database;
    }

    Map<MailboxProvider, Instant> of(String organisation) {
        return database.read(h -> {
            Map<MailboxProvider, Instant> all = new EnumMap<>(MailboxProvider.class);
            h.createQuery("SELECT provider, since FROM bulk_sender WHERE organisation = ?")
                    .bind(0, organisation).map((r, _) -> Map.entry(MailboxProvider.valueOf(
                            r.getString(1).toUpperCase(Locale.ROOT)),
                            Instant.ofEpochMilli(r.getLong(2))))
                    .forEach(e -> all.put(e.getKey(), e.getValue()));
            return all;
        });
    }

    /** False when it was known. */
    boolean keep(String organisation, MailboxProvider provider, Volumes.Days days) {
        return database.write(h -> h.execute("INSERT INTO bulk_sender (organisation, provider,"
                + " since, volume) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", organisation,
                provider.word(), days.at().toEpochMilli(), days.most())) == 1;
    }
}
