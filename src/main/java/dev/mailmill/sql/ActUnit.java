package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Acted;
import dev.mailmill.mail.Spool.Standing;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Somebody's word on open deliveries of one message: taken back, or let go.
 *
 * <p>It runs before what its group has staged, so that an intent that came in with it finds the row
 * as this left it. One of another node, in a transaction of its own, waits for the row's lock, and
 * then either of them finds the other's change.
 */
final class ActUnit extends Unit<Acted> {
    private static final int ROW_BYTES = 400;
    private static final int VERSION = 1;
    private static final byte[] NOT_YET = {};

    private final Act act;
    private final List<Delivery> deliveries;
    private final Optional<Submission.Idempotency> idempotency;
    private Acted result;
    private List<Delivery> hit;

    /** What is asked for. */
    sealed interface Act {
        /** The guard is the intent's counterpart: of the two exactly one finds its row. */
        record Cancel() implements Act {
        }

        /** @param due not before the present */
        record LetGo(State next, long due, List<Fact> facts) implements Act {
        }
    }

    ActUnit(Act act, List<Delivery> deliveries, Optional<Submission.Idempotency> idempotency) {
        super(true, 2 * deliveries.size(), (long) ROW_BYTES * deliveries.size());
        this.act = act;
        this.deliveries = deliveries;
        this.idempotency = idempotency;
    }

    @Override
    void first(Batch b) throws SQLException {
        hit = List.of();
        Connection c = b.connection();
        Optional<Acted> earlier = idempotency.isPresent() ? earlier(b, idempotency.get())
                : Optional.empty();
        if (earlier.isPresent()) {
            result = earlier.get();
            return;
        }
        hit = change(c);
        if (act instanceof Act.LetGo) {
            forgetRestored(c);
        }
        Acted.Done done = new Acted.Done(standings(c), false);
        if (idempotency.isPresent()) {
            remember(c, idempotency.get(), done);
        }
        result = done;
    }

    private List<Delivery> change(Connection c) throws SQLException {
        String sql = switch (act) {
            case Act.Cancel _ -> "UPDATE delivery SET state = " + State.CANCELLED.code()
                    + ", owner_epoch = 0 WHERE id = ? AND tenant = ? AND state < 10"
                    + " AND intent = 0";
            case Act.LetGo(State next, long due, List<Fact> _) -> "UPDATE delivery SET state = "
                    + next.code() + ", due = " + due + " WHERE id = ? AND tenant = ? AND state = "
                    + State.HELD.code() + " AND owner_epoch = 0";
        };
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (Delivery d : deliveries) {
                s.setLong(1, d.id());
                s.setLong(2, d.tenant());
                s.addBatch();
            }
            int[] counts = s.executeBatch();
            List<Delivery> changed = new ArrayList<>();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 1) {
                    changed.add(deliveries.get(i));
                }
            }
            return changed;
        }
    }

    /** What holds it from now on is not the restore's to let go. */
    private void forgetRestored(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "DELETE FROM restored_hold WHERE delivery = ?")) {
            for (Delivery d : hit) {
                s.setLong(1, d.id());
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    /** Read after the change, in its transaction: what it did not find, it saw to its end. */
    private List<Standing> standings(Connection c) throws SQLException {
        record Now(State state, boolean intent) {
        }
        Map<Long, Now> now = new HashMap<>();
        long message = deliveries.getFirst().message();
        try (PreparedStatement s = c.prepareStatement("SELECT id, state, intent FROM delivery"
                + " WHERE id >= ? AND id <= ? AND tenant = ?")) {
            s.setLong(1, message);
            s.setLong(2, deliveries.getLast().id());
            s.setLong(3, deliveries.getFirst().tenant());
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    now.put(r.getLong(1), new Now(State.of(r.getInt(2)), r.getInt(3) > 0));
                }
            }
        }
        List<Standing> all = new ArrayList<>();
        for (Delivery d : deliveries) {
            Now is = now.getOrDefault(d.id(), new Now(d.state(), false));
            boolean changed = switch (act) {
                case Act.Cancel _ -> is.state() == State.CANCELLED;
                case Act.LetGo _ -> hit.contains(d);
            };
            all.add(new Standing(d.address(), is.state(), changed,
                    is.intent() && is.state().open()));
        }
        return all;
    }

    @Override
    void second(Batch b) throws SQLException {
        List<Fact> facts = switch (act) {
            case Act.Cancel _ -> List.of(new Fact.Cancelled());
            case Act.LetGo letGo -> letGo.facts();
        };
        for (Delivery d : hit) {
            for (Fact f : facts) {
                b.fact(d.tenant(), d.stream(), d.message(), d.id(), f);
            }
        }
    }

    /** Takes the key for this request, or answers what it was used for. */
    private Optional<Acted> earlier(Batch b, Submission.Idempotency key) throws SQLException {
        long tenant = deliveries.getFirst().tenant();
        if (AddUnit.taken(b, tenant, key, NOT_YET)) {
            return Optional.empty();
        }
        return Optional.of(switch (AddUnit.earlier(b.connection(), tenant, key).orElseThrow()) {
            case AddUnit.Result.Replayed(byte[] standings) ->
                    new Acted.Done(unpacked(standings), true);
            case AddUnit.Result.Conflict _, AddUnit.Result.Stored _ -> new Acted.Conflict();
        });
    }

    /** A request that did nothing is forgotten: later it may do something. */
    private void remember(Connection c, Submission.Idempotency key, Acted.Done done)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement(done.any()
                ? "UPDATE idempotency SET receipts = ? WHERE tenant = ? AND key = ?"
                : "DELETE FROM idempotency WHERE tenant = ? AND key = ?")) {
            int p = 1;
            if (done.any()) {
                s.setBytes(p++, packed(done.standings()));
            }
            s.setLong(p++, deliveries.getFirst().tenant());
            s.setString(p, key.key());
            s.executeUpdate();
        }
    }

    /** Without addresses: a person's may be erased before the key is. */
    private static byte[] packed(List<Standing> standings) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeShort(standings.size());
            for (Standing s : standings) {
                out.writeByte(s.state().code());
                out.writeByte((s.changed() ? 1 : 0) | (s.underWay() ? 2 : 0));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** An equal request is for the same deliveries in the same order. */
    private List<Standing> unpacked(byte[] packed) throws SQLException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packed))) {
            if (in.readByte() != VERSION) {
                throw new SQLException("standings of an unknown layout");
            }
            List<Standing> all = new ArrayList<>();
            int n = in.readUnsignedShort();
            for (int i = 0; i < n && i < deliveries.size(); i++) {
                State state = State.of(in.readByte());
                int marks = in.readByte();
                all.add(new Standing(deliveries.get(i).address(), state, (marks & 1) != 0,
                        (marks & 2) != 0));
            }
            return all;
        } catch (IOException e) {
            throw new SQLException("standings are cut short", e);
        }
    }

    @Override
    Acted result() {
        return result;
    }

    @Override
    int opened() {
        return act instanceof Act.Cancel ? -hit.size() : 0;
    }
}
