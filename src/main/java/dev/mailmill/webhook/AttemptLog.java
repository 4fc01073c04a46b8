package dev.mailmill.webhook;

import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What endpoints were called with and what they said, the newest of each: in the views, written
 * some at a time. When they can't be written for long the oldest are dropped and counted: the log
 * never holds up what it tells of.
 */
final class AttemptLog {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptLog.class);
    private static final int WAITING_MAX = 10_000;
    private static final int AT_ONCE = 500;
    static final int KEPT = 10_000;
    private static final Duration KEPT_FOR = Duration.ofDays(30);
    private static final String SELECT = "SELECT n, type, events, call, attempt, outcome, status,"
            + " said, millis, answer FROM webhook_attempt WHERE endpoint = ?";

    private record Row(String endpoint, Attempt attempt) {
    }

    private final Database views;
    private final InstantSource clock;
    private final List<Row> waiting = new ArrayList<>();
    private final Map<String, Integer> since = new HashMap<>();
    private long last;
    private long dropped;

    AttemptLog(Database views, InstantSource clock) {
        this.views = views;
        this.clock = clock;
    }

    /** A place behind all others of this process. */
    synchronized long next() {
        last = Math.max(last + 1, clock.millis() << Attempt.COUNT_BITS);
        return last;
    }

    synchronized void add(String endpoint, Attempt attempt) {
        if (waiting.size() >= WAITING_MAX) {
            waiting.removeFirst();
            dropped++;
        }
        waiting.add(new Row(endpoint, attempt));
    }

    private synchronized List<Row> taken() {
        List<Row> some = waiting.subList(0, Math.min(AT_ONCE, waiting.size()));
        List<Row> copy = List.copyOf(some);
        some.clear();
        return copy;
    }

    /** Writes what waits. */
    void flush() {
        for (List<Row> rows = taken(); !rows.isEmpty(); rows = taken()) {
            try {
                write(rows);
            } catch (StoreException e) {
                LOG.warn("{} calls of webhooks are not in their log: {}", rows.size(),
                        e.getMessage());
                return;
            }
        }
        synchronized (this) {
            if (dropped > 0) {
                LOG.warn("{} calls of webhooks are not in their log", dropped);
                dropped = 0;
            }
        }
    }

    private void write(List<Row> rows) {
        List<String> full = new ArrayList<>();
        for (Row r : rows) {
            if (since.merge(r.endpoint(), 1, Integer::sum) >= KEPT / 10) {
                full.add(r.endpoint());
                since.remove(r.endpoint());
            }
        }
        long old = clock.instant().minus(KEPT_FOR).toEpochMilli() << Attempt.COUNT_BITS;
        views.write(h -> {
            PreparedBatch batch = h.prepareBatch("INSERT INTO webhook_attempt (endpoint, n, type,"
                    + " events, call, attempt, outcome, status, said, millis, answer)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
            for (Row r : rows) {
                Attempt a = r.attempt();
                batch.add(r.endpoint(), a.n(), a.type(), String.join(" ", a.events()), a.call(),
                        a.attempt(), a.outcome(), a.status(), a.said(), a.millis(), a.answer());
            }
            batch.execute();
            for (String endpoint : full) {
                h.execute("DELETE FROM webhook_attempt WHERE endpoint = ? AND (n < ? OR n <="
                        + " COALESCE((SELECT n FROM webhook_attempt WHERE endpoint = ?"
                        + " ORDER BY n DESC LIMIT 1 OFFSET " + KEPT + "), 0))", endpoint, old,
                        endpoint);
            }
            return null;
        });
    }

    /** The newest first. @param before a place; 0 for the end */
    List<Attempt> list(String endpoint, long before, Optional<String> outcome, int limit) {
        return views.read(h -> h.createQuery(SELECT + " AND n < ?"
                + (outcome.isPresent() ? " AND outcome = ?" : " AND ? = ''")
                + " ORDER BY n DESC LIMIT ?").bind(0, endpoint)
                .bind(1, before == 0 ? Long.MAX_VALUE : before).bind(2, outcome.orElse(""))
                .bind(3, limit).map((row, _) -> new Attempt(row.getLong(1), row.getString(2),
                        row.getString(3).isEmpty() ? List.of()
                                : List.of(row.getString(3).split(" ")), row.getString(4),
                        row.getInt(5), row.getString(6), row.getInt(7), row.getString(8),
                        row.getLong(9), row.getString(10))).list());
    }

    void forget(String endpoint) {
        views.write(h -> h.execute("DELETE FROM webhook_attempt WHERE endpoint = ?", endpoint));
    }
}
