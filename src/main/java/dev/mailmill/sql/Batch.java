package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Message;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the units of one group stage, executed by kind: a few statements, kept prepared, with many
 * rows each. Lives as long as the writer's connection; used by the writer's thread only.
 */
final class Batch {
    /** In the order in which they are executed. */
    enum Kind {
        MESSAGE("INSERT INTO message (id, tenant, stream, door, credential, accepted, sender,"
                + " envid, ret, options, subject, message_id, authors, traits, size, recipients)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        CONTENT("INSERT INTO content_DAY (message, head, body, body_ref, body_size)"
                + " VALUES (?, ?, ?, ?, ?)"),
        DELIVERY("INSERT INTO delivery (id, message, tenant, stream, class, address, domain, orcpt,"
                + " dsn_notify, state, attempts, due, expires, owner_epoch, intent)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"),
        CLAIM("UPDATE delivery SET owner_epoch = ?, intent = 0"
                + " WHERE id = ? AND owner_epoch = 0 AND state < 4"),
        INTENT("UPDATE delivery SET intent = attempts + 1"
                + " WHERE id = ? AND owner_epoch = ? AND state < 10"),
        /**
         * With the due time that its asker knows: a settle that is asked for again, since its
         * answer was lost, must not take a delivery that is in memory again by now.
         */
        SETTLE("UPDATE delivery SET state = ?, attempts = ?, due = ?, owner_epoch = 0, intent = 0"
                + " WHERE id = ? AND owner_epoch = ? AND due = ? AND state < 10"),
        /** With the due time, as a settle. */
        RELEASE("UPDATE delivery SET due = ?, expires = ?, owner_epoch = 0, intent = 0"
                + " WHERE id = ? AND owner_epoch = ? AND due = ? AND state < 10"),
        /** Never under a dot that may be on its way. */
        GIVE_BACK("UPDATE delivery SET owner_epoch = 0"
                + " WHERE id = ? AND owner_epoch = ? AND intent = 0 AND state < 10"),
        FACT("INSERT INTO fact_DAY (at, tenant, stream, message, delivery, type, data)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)"),
        CONVERSATION("INSERT INTO conversation_DAY (delivery, attempt, body) VALUES (?, ?, ?)"
                + " ON CONFLICT (delivery, attempt) DO UPDATE SET body = excluded.body");

        private final String sql;

        Kind(String sql) {
            this.sql = sql;
        }

        private boolean early() {
            return compareTo(FACT) < 0;
        }
    }

    /** Statements of so many days stay prepared. */
    private static final int DAYS_MAX = 3;

    private final Connection connection;
    private final Engine engine;
    private final InstantSource clock;
    private final Map<Kind, Map<Integer, Line>> lines = new EnumMap<>(Kind.class);
    private final Set<Integer> daysMade = new HashSet<>();
    private final Set<Integer> daysOfGroup = new HashSet<>();
    private final List<Fact> facts = new ArrayList<>();
    private long seq;
    private long seqOfGroup;
    private int factDay;
    private long now;

    Batch(Connection connection, Engine engine, InstantSource clock) throws SQLException {
        this.connection = connection;
        this.engine = engine;
        this.clock = clock;
        for (Kind k : Kind.values()) {
            lines.put(k, new HashMap<>());
        }
        this.seq = engine.lastSeq(connection);
        this.factDay = engine.newestFactDay(connection);
        connection.rollback();
    }

    Connection connection() {
        return connection;
    }

    /** The facts staged by the group, for the hooks after the commit. */
    List<Fact> facts() {
        return List.copyOf(facts);
    }

    /** Runs all units in the open transaction. */
    void run(List<? extends Unit<?>> units) throws Exception {
        forget();
        now = clock.millis();
        for (Unit<?> u : units) {
            u.first(this);
        }
        execute(true);
        for (Unit<?> u : units) {
            u.second(this);
        }
        execute(false);
    }

    /** The transaction is durable: what it made stays. */
    void committed() {
        seq = seqOfGroup;
        daysMade.addAll(daysOfGroup);
    }

    private void forget() throws SQLException {
        seqOfGroup = seq;
        daysOfGroup.clear();
        facts.clear();
        for (Map<Integer, Line> byDay : lines.values()) {
            for (Line line : byDay.values()) {
                line.forget();
            }
        }
    }

    private void execute(boolean early) throws SQLException {
        for (Map.Entry<Kind, Map<Integer, Line>> e : lines.entrySet()) {
            if (e.getKey().early() == early) {
                for (Line line : e.getValue().values()) {
                    line.execute();
                }
            }
        }
    }

    private Line line(Kind kind) throws SQLException {
        return line(kind, 0);
    }

    private Line line(Kind kind, int day) throws SQLException {
        if (day != 0) {
            needDay(day);
        }
        Map<Integer, Line> byDay = lines.get(kind);
        Line line = byDay.get(day);
        if (line != null) {
            return line;
        }
        if (byDay.size() >= DAYS_MAX) {
            // Only idle lines may go: one with staged rows belongs to this group.
            byDay.values().removeIf(Line::closeWhenIdle);
        }
        String sql = kind.sql.replace("DAY", Integer.toString(day));
        if (kind == Kind.FACT && !engine.postgres()) {
            sql = sql.replace("data)", "data, seq)").replace("?)", "?, ?)");
        }
        line = new Line(connection.prepareStatement(sql));
        byDay.put(day, line);
        return line;
    }

    /** Makes a day's tables unless they are there. */
    void needDay(int day) throws SQLException {
        if (!daysMade.contains(day) && daysOfGroup.add(day)) {
            engine.makeDay(connection, day);
        }
    }

    /** When the group's facts are written, in milliseconds since 1970. */
    long now() {
        return now;
    }

    void message(Message m, int recipients) throws SQLException {
        Line line = line(Kind.MESSAGE);
        PreparedStatement s = line.statement;
        s.setLong(1, m.id());
        s.setLong(2, m.tenant());
        s.setLong(3, m.stream());
        s.setInt(4, m.door().code());
        s.setString(5, m.credential());
        s.setLong(6, m.accepted().toEpochMilli());
        s.setString(7, m.sender());
        s.setString(8, m.envid());
        s.setString(9, m.ret());
        s.setBytes(10, Rows.options(m.options(), m.letter().template()));
        s.setString(11, m.letter().subject());
        s.setString(12, m.letter().messageId());
        s.setString(13, String.join("\n", m.letter().authors()));
        s.setInt(14, m.letter().traits());
        s.setLong(15, m.letter().size());
        s.setInt(16, recipients);
        line.add();
    }

    /** @param ref the stored body's number; 0 when the bytes are in the row */
    void content(long message, int day, byte[] head, byte[] body, long ref, long size)
            throws SQLException {
        Line line = line(Kind.CONTENT, day);
        PreparedStatement s = line.statement;
        s.setLong(1, message);
        s.setBytes(2, head);
        s.setBytes(3, body);
        if (ref == 0) {
            s.setNull(4, java.sql.Types.BIGINT);
        } else {
            s.setLong(4, ref);
        }
        s.setLong(5, size);
        line.add();
    }

    void delivery(Delivery d, long ownerEpoch) throws SQLException {
        Line line = line(Kind.DELIVERY);
        PreparedStatement s = line.statement;
        s.setLong(1, d.id());
        s.setLong(2, d.message());
        s.setLong(3, d.tenant());
        s.setLong(4, d.stream());
        s.setInt(5, d.carries().code());
        s.setString(6, d.address());
        s.setString(7, d.domain());
        s.setString(8, d.orcpt());
        s.setString(9, d.dsnNotify());
        s.setInt(10, d.state().code());
        s.setInt(11, d.attempts());
        s.setLong(12, d.due().toEpochMilli());
        s.setLong(13, d.expires().toEpochMilli());
        s.setLong(14, ownerEpoch);
        line.add();
    }

    int claim(long delivery, long epoch) throws SQLException {
        Line line = line(Kind.CLAIM);
        line.statement.setLong(1, epoch);
        line.statement.setLong(2, delivery);
        return line.add();
    }

    int intent(long delivery, long epoch) throws SQLException {
        Line line = line(Kind.INTENT);
        line.statement.setLong(1, delivery);
        line.statement.setLong(2, epoch);
        return line.add();
    }

    int settle(Delivery d, long epoch, int state, int attempts, long due) throws SQLException {
        Line line = line(Kind.SETTLE);
        PreparedStatement s = line.statement;
        s.setInt(1, state);
        s.setInt(2, attempts);
        s.setLong(3, due);
        s.setLong(4, d.id());
        s.setLong(5, epoch);
        s.setLong(6, d.due().toEpochMilli());
        return line.add();
    }

    int release(Delivery d, long epoch, long due) throws SQLException {
        Line line = line(Kind.RELEASE);
        // never the same: a release that is repeated finds that it was done
        line.statement.setLong(1, Math.max(due, d.due().toEpochMilli() + 1));
        line.statement.setLong(2, d.expires().toEpochMilli());
        line.statement.setLong(3, d.id());
        line.statement.setLong(4, epoch);
        line.statement.setLong(5, d.due().toEpochMilli());
        return line.add();
    }

    void giveBack(long delivery, long epoch) throws SQLException {
        Line line = line(Kind.GIVE_BACK);
        line.statement.setLong(1, delivery);
        line.statement.setLong(2, epoch);
        line.add();
    }

    /** Whether the staged update found its row. */
    boolean hit(Kind kind, int row) {
        return lines.get(kind).get(0).counts[row] == 1;
    }

    void fact(long tenant, long stream, long message, long delivery, Fact fact)
            throws SQLException {
        // Never backwards, even when the clock is: a reader goes from day to day.
        factDay = Math.max(factDay, (int) Math.floorDiv(now, 86_400_000L));
        Line line = line(Kind.FACT, factDay);
        PreparedStatement s = line.statement;
        s.setLong(1, now);
        s.setLong(2, tenant);
        s.setLong(3, stream);
        s.setLong(4, message);
        s.setLong(5, delivery);
        s.setInt(6, FactCodec.type(fact));
        s.setBytes(7, FactCodec.encode(fact));
        if (!engine.postgres()) {
            s.setLong(8, ++seqOfGroup);
        }
        line.add();
        facts.add(fact);
    }

    void conversation(long delivery, int attempt, byte[] deflated) throws SQLException {
        Line line = line(Kind.CONVERSATION, (int) Math.floorDiv(now, 86_400_000L));
        line.statement.setLong(1, delivery);
        line.statement.setInt(2, attempt);
        line.statement.setBytes(3, deflated);
        line.add();
    }

    /** Runs SQL that may fail on its own account: then only its changes are undone. */
    <T> T apart(Engine.Query<T> work) throws Exception {
        try (Statement s = connection.createStatement()) {
            s.execute("SAVEPOINT unit");
            try {
                T value = work.on(connection);
                s.execute("RELEASE SAVEPOINT unit");
                return value;
            } catch (Exception e) {
                s.execute("ROLLBACK TO SAVEPOINT unit");
                s.execute("RELEASE SAVEPOINT unit");
                throw e;
            }
        }
    }

    /** One prepared statement and the rows staged on it. */
    private static final class Line {
        private final PreparedStatement statement;
        private int staged;
        private int[] counts = new int[0];

        Line(PreparedStatement statement) {
            this.statement = statement;
        }

        int add() throws SQLException {
            statement.addBatch();
            return staged++;
        }

        void execute() throws SQLException {
            if (staged > 0) {
                int[] got = statement.executeBatch();
                counts = Arrays.copyOf(got, got.length);
                staged = 0;
            }
        }

        void forget() throws SQLException {
            if (staged > 0) {
                statement.clearBatch();
                staged = 0;
            }
        }

        boolean closeWhenIdle() {
            if (staged > 0) {
                return false;
            }
            try {
                statement.close();
            } catch (SQLException e) {
                // The connection is on its way out; its next use says so.
                return true;
            }
            return true;
        }
    }
}
