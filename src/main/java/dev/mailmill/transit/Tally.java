package dev.mailmill.transit;

import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts TLS sessions for the reports of RFC 8460, good ones too: in memory, and every so often in
 * the store. What was not yet stored when a process dies is not counted: a report is a hint.
 */
final class Tally {
    private static final Logger log = LoggerFactory.getLogger(Tally.class);
    static final long dayMillis = 86_400_000;
    private static final int ROWS_MAX = 20_000;

    /**
     * @param policy  {@code tlsa}, {@code sts} or {@code no-policy-found}
     * @param failure its word; empty for a success
     * @param mx      of a failure
     * @param address of a failure
     */
    record Row(long day, String domain, String policy, String failure, String mx,
            String address) {
    }

    /** @param detail the policy, a line each */
    record Count(String detail, long sessions) {
    }

    private final Database database;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private Map<Row, Count> counts = new HashMap<>();

    Tally(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    long today() {
        return Math.floorDiv(clock.millis(), dayMillis);
    }

    void count(String domain, String policy, String detail, String failure, String mx,
            String address) {
        Row row = new Row(today(), domain, policy, failure, mx, address);
        lock.lock();
        try {
            Count before = counts.get(row);
            if (before != null || counts.size() < ROWS_MAX) {
                counts.put(row, new Count(detail, before == null ? 1 : before.sessions() + 1));
            }
        } finally {
            lock.unlock();
        }
    }

    void flush() {
        Map<Row, Count> taken;
        lock.lock();
        try {
            if (counts.isEmpty()) {
                return;
            }
            taken = counts;
            counts = new HashMap<>();
        } finally {
            lock.unlock();
        }
        try {
            store(taken);
        } catch (StoreException e) {
            log.warn("The counts of TLS sessions could not be stored: {}", e.getMessage());
        }
    }

    private void store(Map<Row, Count> taken) {
        database.write(h -> {
            PreparedBatch batch = h.prepareBatch("""
                    INSERT INTO tls_session (day, domain, policy, failure, mx, address, detail,
                        sessions)
                    VALUES (:day, :domain, :policy, :failure, :mx, :address, :detail, :sessions)
                    ON CONFLICT (day, domain, policy, failure, mx, address)
                    DO UPDATE SET detail = excluded.detail,
                        sessions = tls_session.sessions + excluded.sessions""");
            taken.forEach((row, count) -> batch.bind("day", row.day())
                    .bind("domain", row.domain()).bind("policy", row.policy())
                    .bind("failure", row.failure()).bind("mx", row.mx())
                    .bind("address", row.address()).bind("detail", count.detail())
                    .bind("sessions", count.sessions()).add());
            batch.execute();
            return null;
        });
    }
}
