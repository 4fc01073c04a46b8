package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.Spool.Told;
import dev.mailmill.mail.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What is said of a delivery after it left. A bit of its row says that a kind was heard, so that
 * of equal words, on whatever nodes, one counts.
 */
final class HeardUnit extends Unit<Told> {
    private static final int BYTES = 500;

    private final long delivery;
    private final Heard what;
    private Told told;
    private Optional<Fact> fact = Optional.empty();
    private Row row;

    HeardUnit(long delivery, Heard what) {
        super(true, 2, BYTES);
        this.delivery = delivery;
        this.what = what;
    }

    private record Row(long tenant, long stream, long message, int attempts, State state) {
    }

    @Override
    void first(Batch b) throws SQLException {
        fact = Optional.empty();
        told = Told.UNKNOWN;
        try (PreparedStatement s = b.connection().prepareStatement(
                "SELECT tenant, stream, message, attempts, state FROM delivery WHERE id = ?")) {
            s.setLong(1, delivery);
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return;
                }
                row = new Row(r.getLong(1), r.getLong(2), r.getLong(3), r.getInt(4),
                        State.of(r.getInt(5)));
            }
        }
        told = switch (what) {
            case Heard.Delivered(var reply) -> row.state == State.RELAYED
                    ? settled(b, State.DELIVERED, new Fact.Delivered(reply, row.attempts))
                    : early() ? Told.TOO_EARLY : Told.OVER;
            case Heard.Bounced(var reply) -> switch (row.state) {
                case RELAYED -> settled(b, State.BOUNCED,
                        new Fact.Bounced(reply, row.attempts, false));
                case DELIVERED -> marked(b, 1, new Fact.Bounced(reply, row.attempts, true));
                case SCHEDULED, QUEUED, DEFERRED, HELD -> early() ? Told.TOO_EARLY : Told.OVER;
                case CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED, FAILED -> Told.OVER;
            };
            case Heard.Complained(String kind, String by) -> sent()
                    ? marked(b, 2, new Fact.Complained(kind, by))
                    : early() ? Told.TOO_EARLY : Told.OVER;
            case Heard.Unsubscribed(String by, boolean all) -> all
                    ? marked(b, 4 | 32, 32, new Fact.Unsubscribed(by, true))
                    : marked(b, 4, new Fact.Unsubscribed(by));
            case Heard.Replied(boolean automatic) -> marked(b, automatic ? 16 : 8,
                    new Fact.Received(automatic ? "auto_reply" : "reply"));
        };
    }

    /** A server may have it, and its settle is still to come. */
    private boolean early() {
        return row.state.open() && row.state != State.SCHEDULED && row.state != State.HELD;
    }

    private boolean sent() {
        return switch (row.state) {
            case DELIVERED, RELAYED, BOUNCED, EXPIRED -> true;
            case SCHEDULED, QUEUED, DEFERRED, HELD, CAPTURED, SUPPRESSED, CANCELLED, FAILED ->
                    false;
        };
    }

    private Told settled(Batch b, State next, Fact of) throws SQLException {
        try (PreparedStatement s = b.connection().prepareStatement(
                "UPDATE delivery SET state = ? WHERE id = ? AND state = "
                + State.RELAYED.code())) {
            s.setInt(1, next.code());
            s.setLong(2, delivery);
            return written(s.executeUpdate(), of);
        }
    }

    private Told marked(Batch b, int bit, Fact of) throws SQLException {
        return marked(b, bit, bit, of);
    }

    /** @param unless it was heard before; what is wider is heard after what is narrower too */
    private Told marked(Batch b, int bits, int unless, Fact of) throws SQLException {
        try (PreparedStatement s = b.connection().prepareStatement(
                "UPDATE delivery SET heard = heard | ? WHERE id = ? AND heard & ? = 0")) {
            s.setInt(1, bits);
            s.setLong(2, delivery);
            s.setInt(3, unless);
            return written(s.executeUpdate(), of);
        }
    }

    private Told written(int rows, Fact of) {
        if (rows == 1) {
            fact = Optional.of(of);
        }
        return rows == 1 ? Told.SETTLED : Told.OVER;
    }

    @Override
    void second(Batch b) throws SQLException {
        if (fact.isPresent()) {
            b.fact(row.tenant, row.stream, row.message, delivery, fact.get());
        }
    }

    @Override
    Told result() {
        return told;
    }
}
