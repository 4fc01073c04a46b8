package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.TrafficClass;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Walks from flow to flow by the index on what waits, so that no sweep reads what has ended. */
final class SqlSweeps implements Sweeps {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int PIECE = 400;
    private static final String WAITS = "owner_epoch = 0 AND state < 4";

    private final Engine engine;
    private final Writer writer;
    private final InstantSource clock;
    private final Runnable changed;

    /** @param changed told when something falls due earlier */
    SqlSweeps(Engine engine, Writer writer, InstantSource clock, Runnable changed) {
        this.engine = engine;
        this.writer = writer;
        this.clock = clock;
        this.changed = changed;
    }

    private record Flow(int carries, long tenant, long stream, String domain) {
        static final Flow FIRST = new Flow(0, 0, 0, "");
    }

    @Override
    public int sweep(Act act, Which which, int most) {
        int done = 0;
        Flow at = Flow.FIRST;
        while (done < most) {
            Flow from = at;
            Flow next = engine.read(c -> next(c, from, which));
            if (next == null) {
                break;
            }
            at = next;
            while (done < most) {
                int want = Math.min(PIECE, most - done);
                List<Delivery> some = engine.read(c -> some(c, next, act, which, want));
                int hit = some.isEmpty() ? 0
                        : writer.submit(new SweepUnit(act, some)).await(WAIT);
                done += hit;
                if (some.size() < want || hit == 0) {
                    break;
                }
            }
        }
        if (done > 0) {
            changed.run();
        }
        return done;
    }

    @Override
    public int count(Act act, Which which, int most) {
        return engine.read(c -> {
            int count = act instanceof Act.Flush ? 0 : inMemory(c, which, most);
            Flow at = next(c, Flow.FIRST, which);
            while (at != null && count < most) {
                count += count(c, at, act, which, most - count);
                at = next(c, at, which);
            }
            return Math.min(count, most);
        });
    }

    /** What a node has taken to try it: due already, and as many as memory holds. */
    private static int inMemory(Connection c, Which which, int most) throws SQLException {
        int count = 0;
        try (PreparedStatement s = c.prepareStatement("SELECT tenant, stream, domain, count(*)"
                + " FROM delivery d WHERE owner_epoch > 0 AND state < 4 AND intent = 0"
                + which.state().map(st -> " AND d.state = " + st.code()).orElse("")
                + " GROUP BY tenant, stream, domain");
                ResultSet r = s.executeQuery()) {
            while (r.next() && count < most) {
                count += fits(which, r.getLong(1), r.getLong(2), r.getString(3)) ? r.getInt(4)
                        : 0;
            }
        }
        return count;
    }

    private static boolean fits(Which which, long tenant, long stream, String domain) {
        return (which.tenant() == 0 || which.tenant() == tenant)
                && (which.stream() == 0 || which.stream() == stream)
                && which.domains().test(domain);
    }

    /** How much further the next one is: in the same stream, tenant, class, or beyond. */
    private static final List<String> STEPS = List.of(
            " AND class = ? AND tenant = ? AND stream = ? AND domain > ?",
            " AND class = ? AND tenant = ? AND stream > ?", " AND class = ? AND tenant > ?",
            " AND class > ?");

    /** The next flow that fits; null when there is none. */
    private static Flow next(Connection c, Flow after, Which which) throws SQLException {
        Flow at = step(c, after);
        while (at != null && !fits(which, at.tenant(), at.stream(), at.domain())) {
            at = step(c, at);
        }
        return at;
    }

    /** One question a column: compared as a tuple they would be looked for among all rows. */
    private static Flow step(Connection c, Flow at) throws SQLException {
        for (String step : STEPS) {
            try (PreparedStatement s = c.prepareStatement("SELECT class, tenant, stream, domain"
                    + " FROM delivery WHERE " + WAITS + step
                    + " ORDER BY class, tenant, stream, domain LIMIT 1")) {
                int columns = s.getParameterMetaData().getParameterCount();
                s.setInt(1, at.carries());
                if (columns > 1) {
                    s.setLong(2, at.tenant());
                }
                if (columns > 2) {
                    s.setLong(3, at.stream());
                }
                if (columns > 3) {
                    s.setString(4, at.domain());
                }
                try (ResultSet r = s.executeQuery()) {
                    if (r.next()) {
                        return new Flow(r.getInt(1), r.getLong(2), r.getLong(3), r.getString(4));
                    }
                }
            }
        }
        return null;
    }

    /** What of a flow an act is about; with the flow's four columns and the time to be set. */
    private static String of(Act act, Which which) {
        String state = which.state().map(s -> " AND d.state = " + s.code())
                .orElse(act instanceof Act.Flush ? " AND d.state <> " + State.SCHEDULED.code()
                        : "");
        return " FROM delivery d WHERE d.owner_epoch = 0 AND d.state < 4 AND d.class = ?"
                + " AND d.tenant = ? AND d.stream = ? AND d.domain = ? AND d.intent = 0"
                + " AND d.due > ?" + state;
    }

    private List<Delivery> some(Connection c, Flow flow, Act act, Which which, int most)
            throws SQLException {
        List<Delivery> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT " + Rows.DELIVERY
                + of(act, which) + " ORDER BY d.due LIMIT ?")) {
            set(s, flow, act, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(Rows.delivery(r));
                }
            }
        }
        return all;
    }

    private void set(PreparedStatement s, Flow flow, Act act, int most) throws SQLException {
        s.setInt(1, flow.carries());
        s.setLong(2, flow.tenant());
        s.setLong(3, flow.stream());
        s.setString(4, flow.domain());
        s.setLong(5, act instanceof Act.Flush ? clock.millis() : Long.MIN_VALUE);
        s.setInt(6, most);
    }

    private int count(Connection c, Flow flow, Act act, Which which, int most)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM (SELECT 1"
                + of(act, which) + " LIMIT ?) w")) {
            set(s, flow, act, most);
            try (ResultSet r = s.executeQuery()) {
                r.next();
                return r.getInt(1);
            }
        }
    }

    @Override
    public List<Waiting> waiting(int most) {
        return engine.read(c -> {
            List<Waiting> all = new ArrayList<>();
            Which every = new Which(0, 0, Optional.empty(), domain -> true);
            Flow at = next(c, Flow.FIRST, every);
            while (at != null && all.size() < most) {
                all.add(count(c, at));
                at = next(c, at, every);
            }
            return all;
        });
    }

    private static Waiting count(Connection c, Flow f) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT count(*), min(due) FROM (SELECT due"
                + " FROM delivery WHERE " + WAITS + " AND class = ? AND tenant = ? AND stream = ?"
                + " AND domain = ? ORDER BY due LIMIT " + COUNTED + ") w")) {
            s.setInt(1, f.carries());
            s.setLong(2, f.tenant());
            s.setLong(3, f.stream());
            s.setString(4, f.domain());
            try (ResultSet r = s.executeQuery()) {
                r.next();
                return new Waiting(f.tenant(), f.stream(), TrafficClass.of(f.carries()),
                        f.domain(), r.getInt(1), r.getLong(2));
            }
        }
    }
}
