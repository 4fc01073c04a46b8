package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import java.time.Instant;
import java.util.List;

/** What mail a credential has handed in, as the store knows it. Reads only. */
public final class CredentialMail {
    private static final String OF = "SELECT " + Rows.DELIVERY + " FROM delivery d"
            + " JOIN message m ON m.id = d.message WHERE m.credential = ? AND d.id > ? AND ";
    /** By the primary key, which sorts by time. */
    private static final String SUMS = """
            SELECT credential, SUM(recipients) FROM message WHERE id >= ? AND id < ?
            GROUP BY credential
            """;

    private final Database database;

    public CredentialMail(Database database) {
        this.database = database;
    }

    /** What has not ended and is not on its way at this moment, in the order of its ids. */
    public List<Delivery> open(String credential, long after, int most) {
        return some(OF + "d.state < 10 AND d.intent = 0", credential, after, most);
    }

    /** What is held, by whatever and whomever. */
    public List<Delivery> held(String credential, long after, int most) {
        return some(OF + "d.state = " + State.HELD.code(), credential, after, most);
    }

    private List<Delivery> some(String sql, String credential, long after, int most) {
        return database.read(handle -> handle.createQuery(sql + " ORDER BY d.id LIMIT ?")
                .bind(0, credential).bind(1, after).bind(2, most)
                .map((row, _) -> Rows.delivery(row)).list());
    }

    /** @param recipients of a credential's messages of a span of time */
    public record Sum(String credential, long recipients) {
    }

    /** How many recipients each had, of mail that is still kept. */
    public List<Sum> sums(Instant from, Instant until) {
        return database.read(handle -> handle.createQuery(SUMS)
                .bind(0, Ids.floor(from)).bind(1, Ids.floor(until))
                .map((row, _) -> new Sum(row.getString(1), row.getLong(2))).list());
    }
}
