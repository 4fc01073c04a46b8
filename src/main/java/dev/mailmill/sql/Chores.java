package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What is done to many deliveries at once, in bounded pieces: expiry, recovery, end of hold. */
final class Chores {
    private static final int PIECE = 500;
    /** Days that are looked at for a last attempt: it is tried for 5 at most. */
    private static final int LAST_DAYS = 7;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Reply STOPPED = Reply.local("4.4.2",
            "the server stopped between the final dot and its answer");
    private static final Reply NO_REPLY = Reply.local("4.4.7", "its time ran out");
    private static final String COLUMNS =
            "id, tenant, stream, message, owner_epoch, state, attempts, due, intent";

    private final Engine engine;
    private final Writer writer;
    private final Lease lease;

    Chores(Engine engine, Writer writer, Lease lease) {
        this.engine = engine;
        this.writer = writer;
        this.lease = lease;
    }

    int expire(Instant now, Instant untried, int max) {
        int done = 0;
        while (done < max) {
            int piece = Math.min(PIECE, max - done);
            int n = run(b -> {
                Connection c = b.connection();
                List<Integer> days = engine.days(c, "fact_").reversed();
                return rows(c, "owner_epoch = 0 AND state < 10 AND expires <= ?"
                        + " AND (state = " + State.DEFERRED.code() + " OR expires <= "
                        + untried.toEpochMilli() + ") ORDER BY expires", now.toEpochMilli(), piece,
                        r -> change(r, State.EXPIRED, r.getInt(7), r.getLong(8),
                                List.of(new Fact.Expired(last(c, days, r)))));
            }).size();
            done += n;
            if (n < piece) {
                break;
            }
        }
        return done;
    }

    /** What the last attempt met: the newest such fact, in the days of its message. */
    private static Reply last(Connection c, List<Integer> days, ResultSet row)
            throws SQLException {
        if (row.getInt(6) != State.DEFERRED.code()) {
            return NO_REPLY;
        }
        int looked = 0;
        for (int day : days) {
            if (day < Ids.day(row.getLong(4)) - 1 || looked++ == LAST_DAYS) {
                break;
            }
            try (PreparedStatement s = c.prepareStatement("SELECT data FROM fact_" + day
                    + " WHERE delivery = ? AND type = ? ORDER BY seq DESC LIMIT 1")) {
                s.setLong(1, row.getLong(1));
                s.setInt(2, FactCodec.DEFERRED);
                try (ResultSet r = s.executeQuery()) {
                    if (r.next() && FactCodec.decode(FactCodec.DEFERRED, r.getBytes(1))
                            instanceof Fact.Deferred d) {
                        return d.reply();
                    }
                }
            }
        }
        return NO_REPLY;
    }

    int releaseHeld(Instant now, int max) {
        int done = 0;
        while (done < max) {
            int piece = Math.min(PIECE, max - done);
            // No fact of its own: what becomes of it is the next one.
            int n = run(b -> rows(b.connection(), "state = 4 AND id > ? ORDER BY id", 0, piece,
                    r -> change(r, State.QUEUED, r.getInt(7), now.toEpochMilli(), List.of())))
                    .size();
            done += n;
            if (n < piece) {
                break;
            }
        }
        return done;
    }

    int recover(Instant now, Streams streams) {
        int ambiguous = 0;
        for (long epoch = nextEpoch(0); epoch > 0; epoch = nextEpoch(epoch)) {
            long dead = epoch;
            if (dead == lease.epoch()) {
                continue;
            }
            List<Units.Change> done;
            do {
                done = run(b -> isDead(b.connection(), dead) ? rows(b.connection(),
                        "owner_epoch = ? AND owner_epoch > 0 ORDER BY id", dead, PIECE,
                        r -> recovered(r, now, streams)) : List.of());
                ambiguous += (int) done.stream().filter(c -> !c.facts().isEmpty()).count();
            } while (done.size() == PIECE);
        }
        return ambiguous;
    }

    /** The owners that there are, dead or alive, without looking at each row. */
    private long nextEpoch(long after) {
        return engine.read(c -> {
            try (PreparedStatement s = c.prepareStatement("SELECT min(owner_epoch) FROM delivery"
                    + " WHERE owner_epoch > 0 AND owner_epoch > ?")) {
                s.setLong(1, after);
                try (ResultSet r = s.executeQuery()) {
                    return r.next() ? r.getLong(1) : 0L;
                }
            }
        });
    }

    /**
     * On PostgreSQL the epoch is first put out of force, in the same transaction: should its node
     * wake, its groups no longer match.
     */
    private boolean isDead(Connection c, long epoch) throws SQLException {
        if (!engine.postgres()) {
            return epoch != lease.epoch();
        }
        try (PreparedStatement fence = c.prepareStatement(
                "UPDATE node SET epoch = 0 WHERE epoch = ? AND until < now()");
                PreparedStatement group = c.prepareStatement(
                "UPDATE node_group SET epoch = 0 WHERE epoch = ?");
                PreparedStatement living = c.prepareStatement(
                "SELECT 1 FROM node WHERE epoch = ?")) {
            fence.setLong(1, epoch);
            if (fence.executeUpdate() == 1) {
                group.setLong(1, epoch);
                group.executeUpdate();
            }
            living.setLong(1, epoch);
            try (ResultSet r = living.executeQuery()) {
                return !r.next();
            }
        }
    }

    private static Units.Change recovered(ResultSet r, Instant now, Streams streams)
            throws SQLException {
        int intent = r.getInt(9);
        State was = State.of(r.getInt(6));
        if (intent == 0) {
            return change(r, was, r.getInt(7), r.getLong(8), List.of());
        }
        Fact ambiguous = new Fact.Ambiguous(STOPPED, intent);
        return switch (habit(streams, r.getLong(3))) {
            case RESEND -> change(r, State.DEFERRED, intent, now.toEpochMilli(),
                    List.of(ambiguous));
            case HOLD -> change(r, State.HELD, intent, r.getLong(8),
                    List.of(ambiguous, new Fact.Held("it may have been sent")));
        };
    }

    /** A stream that is gone can't say; a person has to. */
    private static Stream.OnAmbiguous habit(Streams streams, long stream) {
        try {
            return streams.of(stream).onAmbiguous();
        } catch (IllegalArgumentException e) {
            return Stream.OnAmbiguous.HOLD;
        }
    }

    List<Units.Change> run(Units.Finder finder) {
        return writer.submit(new Units.Chore(finder)).await(WAIT);
    }

    /** Makes a change of a row. */
    @FunctionalInterface
    interface Maker {
        Units.Change of(ResultSet r) throws SQLException;
    }

    static List<Units.Change> rows(Connection c, String where, long value, int max,
            Maker maker) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT " + COLUMNS + " FROM delivery WHERE " + where + " LIMIT ?")) {
            s.setLong(1, value);
            s.setInt(2, max);
            List<Units.Change> all = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(maker.of(r));
                }
            }
            return all;
        }
    }

    static Units.Change change(ResultSet r, State next, int attempts, long due,
            List<Fact> facts) throws SQLException {
        return new Units.Change(r.getLong(1), r.getLong(2), r.getLong(3), r.getLong(4),
                r.getLong(5), r.getInt(6), next.code(), attempts, due, facts);
    }
}
