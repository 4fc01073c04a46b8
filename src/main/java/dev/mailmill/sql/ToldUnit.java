package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool.Told;
import dev.mailmill.mail.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A relay's later word on one delivery. The guard makes it count once: of two words, on whatever
 * nodes, one finds the delivery relayed.
 */
final class ToldUnit extends Unit<Told> {
    private static final int BYTES = 400;

    private final long delivery;
    private final State next;
    private final Reply reply;
    private long tenant;
    private long stream;
    private long message;
    private int attempts;
    private Told told;

    ToldUnit(long delivery, State next, Reply reply) {
        super(true, 2, BYTES);
        if (next != State.DELIVERED && next != State.BOUNCED) {
            throw new IllegalArgumentException("a relay's word is no " + next.word());
        }
        this.delivery = delivery;
        this.next = next;
        this.reply = reply;
    }

    @Override
    void first(Batch b) throws SQLException {
        told = Told.UNKNOWN;
        try (PreparedStatement s = b.connection().prepareStatement(
                "SELECT tenant, stream, message, attempts, state FROM delivery WHERE id = ?")) {
            s.setLong(1, delivery);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return;
                }
                tenant = r.getLong(1);
                stream = r.getLong(2);
                message = r.getLong(3);
                attempts = r.getInt(4);
                told = State.of(r.getInt(5)).open() ? Told.TOO_EARLY : Told.OVER;
            }
        }
        try (PreparedStatement s = b.connection().prepareStatement(
                "UPDATE delivery SET state = ? WHERE id = ? AND state = "
                + State.RELAYED.code())) {
            s.setInt(1, next.code());
            s.setLong(2, delivery);
            if (s.executeUpdate() == 1) {
                told = Told.SETTLED;
            }
        }
    }

    @Override
    void second(Batch b) throws SQLException {
        if (told == Told.SETTLED) {
            b.fact(tenant, stream, message, delivery, next == State.DELIVERED
                    ? new Fact.Delivered(reply, attempts)
                    : new Fact.Bounced(reply, attempts, false));
        }
    }

    @Override
    Told result() {
        return told;
    }
}
