package dev.mailmill.sql;

import dev.mailmill.mail.Ids;
import java.time.Instant;
import java.util.List;

/** How much mail was accepted, as the store knows it. Reads only, on a reader's thread. */
public final class AcceptedMail {
    /** By the primary key, which sorts by time: ids hold the node's number in bits 12 to 21. */
    private static final String SUMS = """
            SELECT tenant, credential, CASE WHEN id >= :split THEN 1 ELSE 0 END AS late,
                   SUM(recipients) AS recipients
            FROM message
            WHERE id >= :from AND id < :until
              AND NOT (id >= :started AND (id >> 12) & 1023 = :node)
            GROUP BY 1, 2, 3
            """;

    private final Database database;
    private final long started;

    /** @param started an id of this node: what has it or a later one is this process's own */
    AcceptedMail(Database database, long started) {
        this.database = database;
        this.started = started;
    }

    /**
     * @param late       whether accepted after the split
     * @param recipients in all
     */
    public record Sum(long tenant, String credential, boolean late, long recipients) {
    }

    /** What others accepted from one instant up to another: other nodes, and we before we began. */
    public List<Sum> ofOthers(Instant from, Instant split, Instant until) {
        return database.read(handle -> handle.createQuery(SUMS)
                .bind("from", Ids.floor(from)).bind("split", Ids.floor(split))
                .bind("until", Ids.floor(until)).bind("started", started)
                .bind("node", started >> 12 & 1023)
                .map((row, _) -> new Sum(row.getLong("tenant"), row.getString("credential"),
                        row.getInt("late") == 1, row.getLong("recipients")))
                .list());
    }

    /** Whether others may accept mail while we do. */
    public boolean hasOthers() {
        return database.postgres();
    }
}
