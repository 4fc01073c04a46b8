package dev.mailmill.transit;

import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Policies that outlive a restart. */
final class StsStore {
    private static final Logger log = LoggerFactory.getLogger(StsStore.class);

    private final Database database;

    StsStore(Database database) {
        this.database = database;
    }

    /** What has not ended; at most so many. */
    Map<String, StsPolicy> all(Instant now, int max) {
        Map<String, StsPolicy> all = new HashMap<>();
        database.read(h -> h.createQuery("SELECT domain, id, mode, mx, fetched, until"
                        + " FROM sts_policy WHERE until > :now ORDER BY fetched DESC LIMIT :max")
                .bind("now", now.toEpochMilli()).bind("max", max)
                .map((row, _) -> all.put(row.getString(1), new StsPolicy(row.getString(2),
                        StsPolicy.Mode.valueOf(row.getString(3)),
                        row.getString(4).isEmpty() ? List.of()
                                : List.of(row.getString(4).split(" ")),
                        Instant.ofEpochMilli(row.getLong(5)),
                        Instant.ofEpochMilli(row.getLong(6))))).list());
        return all;
    }

    /** A store that is away costs the memory of a policy, not the mail. */
    void keep(String domain, StsPolicy policy) {
        try {
            database.write(h -> h.createUpdate("""
                            INSERT INTO sts_policy (domain, id, mode, mx, fetched, until)
                            VALUES (:domain, :id, :mode, :mx, :fetched, :until)
                            ON CONFLICT (domain) DO UPDATE SET id = excluded.id,
                                mode = excluded.mode, mx = excluded.mx,
                                fetched = excluded.fetched, until = excluded.until""")
                    .bind("domain", domain).bind("id", policy.id())
                    .bind("mode", policy.mode().name())
                    .bind("mx", String.join(" ", policy.mx()))
                    .bind("fetched", policy.fetched().toEpochMilli())
                    .bind("until", policy.until().toEpochMilli()).execute());
        } catch (StoreException e) {
            log.warn("The MTA-STS policy of {} could not be kept: {}", domain, e.getMessage());
        }
    }

    void forgetEnded(Instant now) {
        database.write(h -> h.createUpdate("DELETE FROM sts_policy WHERE until <= :now")
                .bind("now", now.toEpochMilli()).execute());
    }
}
