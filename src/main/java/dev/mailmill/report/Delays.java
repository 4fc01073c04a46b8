package dev.mailmill.report;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Deliveries of which a sender is to be told once when they still wait. */
final class Delays {
    /** RFC 3461 leaves the time to us; sooner it would be told of every greylist. */
    static final Duration AFTER = Duration.ofHours(4);
    private static final int AT_ONCE = 200;
    /** Longer than anything is tried. */
    private static final Duration REMEMBERED = Duration.ofDays(10);

    private final Database database;

    Delays(Database database) {
        this.database = database;
    }

    record Delay(long delivery, long message, long tenant, Instant at) {
    }

    /** In the transaction that moves the cursor; what is known stays as it is. */
    static void note(Handle h, List<Delay> delays) {
        for (Delay d : delays) {
            h.createUpdate("INSERT INTO report_delay (delivery, message, tenant, at, told)"
                    + " VALUES (:delivery, :message, :tenant, :at, 0)"
                    + " ON CONFLICT (delivery) DO NOTHING").bind("delivery", d.delivery())
                    .bind("message", d.message()).bind("tenant", d.tenant())
                    .bind("at", d.at().toEpochMilli()).execute();
        }
    }

    /** Those whose time has come. */
    List<Delay> due(Instant now) {
        return database.read(h -> h.createQuery("SELECT delivery, message, tenant, at"
                + " FROM report_delay WHERE at <= :now AND told = 0 ORDER BY at LIMIT :most")
                .bind("now", now.toEpochMilli()).bind("most", AT_ONCE)
                .map((r, _) -> new Delay(r.getLong(1), r.getLong(2), r.getLong(3),
                        Instant.ofEpochMilli(r.getLong(4)))).list());
    }

    /** To be looked at then. */
    void later(Delay delay, Instant at) {
        database.write(h -> h.createUpdate("UPDATE report_delay SET at = :at"
                + " WHERE delivery = :id").bind("at", at.toEpochMilli())
                .bind("id", delay.delivery()).execute());
    }

    /** Told, or no longer waiting; remembered so that a later deferral does not bring it back. */
    void done(Delay delay, Instant now) {
        database.write(h -> {
            h.createUpdate("UPDATE report_delay SET told = 1, at = :until WHERE delivery = :id")
                    .bind("until", now.plus(REMEMBERED).toEpochMilli())
                    .bind("id", delay.delivery()).execute();
            return h.createUpdate("DELETE FROM report_delay WHERE told = 1 AND at <= :now")
                    .bind("now", now.toEpochMilli()).execute();
        });
    }
}
