package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
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
                List<Delivery> some = engine.read(c -> some(c, next, act, want));
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

    /** How much further the next one is: in the same stream, tenant, class, or beyond. */
    private static final List<String> STEPS = List.of(
            " AND class = ? AND tenant = ? AND stream = ? AND domain > ?",
            " AND class = ? AND tenant = ? AND stream > ?", " AND class = ? AND tenant > ?",
            " AND class > ?");

    /** The next flow that fits; null when there is none. */
    private static Flow next(Connection c, Flow after, Which which) throws SQLException {
        Flow at = step(c, after);
        while (at != null && !((which.tenant() == 0 || which.tenant() == at.tenant())
                && (which.stream() == 0 || which.stream() == at.stream())
                && which.domains().test(at.domain()))) {
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

    private List<Delivery> some(Connection c, Flow flow, Act act, int most)
            throws SQLException {
        String later = act instanceof Act.Flush ? " AND d.due > ?" : "";
        List<Delivery> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT " + Rows.DELIVERY
                + " FROM delivery d WHERE d.owner_epoch = 0 AND d.state < 4 AND d.class = ?"
                + " AND d.tenant = ? AND d.stream = ? AND d.domain = ?" + later
                + " ORDER BY d.due LIMIT ?")) {
            s.setInt(1, flow.carries());
            s.setLong(2, flow.tenant());
            s.setLong(3, flow.stream());
            s.setString(4, flow.domain());
            int p = 5;
            if (!later.isEmpty()) {
                s.setLong(p++, clock.millis());
            }
            s.setInt(p, most);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(Rows.delivery(r));
                }
            }
        }
        return all;
    }

    @Override
    public List<Waiting> waiting(int most) {
        return engine.read(c -> {
            List<Waiting> all = new ArrayList<>();
            Which every = new Which(0, 0, domain -> true);
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
