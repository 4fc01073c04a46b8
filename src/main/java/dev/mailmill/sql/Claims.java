package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.TrafficClass;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is next among the waiting: flows (tenant, stream, domain) take turns, a few deliveries each,
 * going on where the last claim stopped. Found on a reader, taken by the writer.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final Reply UNREADABLE =
            Reply.local("5.3.0", "content could not be read");
    private static final int PER_TURN = 16;
    private static final int COUNT_MAX = 1_000;
    /** Flows that one call looks at. */
    private static final int FLOWS_MAX = 5_000;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final long FRESH_NANOS = 1_000_000_000L;
    /** Content over this lies outside the row and is not loaded. */
    private static final long INLINE_MAX = dev.mailmill.mail.Bodies.inMemoryMax;
    private static final String WAITING = "owner_epoch = 0 AND state < 4 AND class = ?";

    private final Engine engine;
    private final Writer writer;
    private final Lease lease;
    private final BodyStore bodies;
    private final GiveBack giveBack;
    private final Map<TrafficClass, Turn> turns = new EnumMap<>(TrafficClass.class);

    Claims(Engine engine, Writer writer, Lease lease, BodyStore bodies, GiveBack giveBack) {
        this.engine = engine;
        this.writer = writer;
        this.lease = lease;
        this.bodies = bodies;
        this.giveBack = giveBack;
        for (TrafficClass c : TrafficClass.values()) {
            turns.put(c, new Turn());
        }
    }

    /** Where a class stands. Its own monitor is held over a claim's read and commit. */
    private static final class Turn {
        private final Next next = new Next();
        private Flow last = Flow.BEFORE_ALL;
    }

    /** When a class's next delivery falls due. Guarded by itself, never during I/O. */
    private static final class Next {
        private Instant at = Instant.MAX;
        private long asked;
        private boolean known;
        /** Counts what was told, so that a read that began before does not hide it. */
        private long told;

        synchronized void waits(Instant due) {
            told++;
            if (due.isBefore(at)) {
                at = due;
            }
        }

        synchronized void changed() {
            told++;
            known = false;
        }

        synchronized Optional<Instant> fresh() {
            return known && System.nanoTime() - asked <= FRESH_NANOS
                    ? Optional.of(at) : Optional.empty();
        }

        synchronized long told() {
            return told;
        }

        /** @param toldBefore what had been told when the read began */
        synchronized Instant read(Instant earliest, long toldBefore) {
            boolean quiet = told == toldBefore;
            at = quiet || earliest.isBefore(at) ? earliest : at;
            asked = System.nanoTime();
            known = quiet;
            return at;
        }
    }

    private record Flow(long tenant, long stream, String domain) {
        private static final Flow BEFORE_ALL = new Flow(Long.MIN_VALUE, 0, "");
    }

    private record Candidate(long id, long message, long bytes) {
    }

    /** Something new waits. */
    void waits(Delivery d) {
        if (d.state().open() && d.state() != State.HELD) {
            waits(d.carries(), d.due());
        }
    }

    void waits(TrafficClass carries, Instant due) {
        turns.get(carries).next.waits(due);
    }

    /** Many rows changed at once. */
    void changed() {
        turns.values().forEach(t -> t.next.changed());
    }

    Optional<Instant> nextDue(TrafficClass carries) {
        Next next = turns.get(carries).next;
        Instant at = next.fresh().orElseGet(() -> {
            long told = next.told();
            return next.read(engine.read(c -> earliest(c, carries)), told);
        });
        return at.equals(Instant.MAX) ? Optional.empty() : Optional.of(at);
    }

    private static Instant earliest(Connection c, TrafficClass carries) throws SQLException {
        Instant earliest = Instant.MAX;
        Flow flow = Flow.BEFORE_ALL;
        try (PreparedStatement flows = flows(c);
                PreparedStatement first = c.prepareStatement("SELECT min(due) FROM delivery WHERE "
                        + WAITING + " AND tenant = ? AND stream = ? AND domain = ?")) {
            for (int i = 0; i < FLOWS_MAX; i++) {
                flow = next(flows, carries, flow);
                if (flow == null) {
                    break;
                }
                bind(first, carries, flow);
                try (ResultSet r = first.executeQuery()) {
                    r.next();
                    Instant due = Instant.ofEpochMilli(r.getLong(1));
                    earliest = due.isBefore(earliest) ? due : earliest;
                }
            }
        }
        return earliest;
    }

    List<Spool.Job> claim(TrafficClass carries, int countMax, long bytesMax, Instant now,
            Set<String> notWanted) {
        Turn t = turns.get(carries);
        Units.Taken taken;
        synchronized (t) {
            taken = take(t, carries, Math.min(countMax, COUNT_MAX), bytesMax, now, notWanted);
        }
        return taken.ids().length == 0 ? List.of() : load(taken, now);
    }

    /** Another node may have been faster: the answer "fewer" must mean "no more". */
    private Units.Taken take(Turn t, TrafficClass carries, int want, long bytesMax, Instant now,
            Set<String> notWanted) {
        while (true) {
            List<Candidate> found =
                    engine.read(c -> choose(c, t, carries, want, bytesMax, now, notWanted));
            if (found.isEmpty()) {
                return new Units.Taken(new long[0], 0);
            }
            long[] ids = found.stream().mapToLong(Candidate::id).sorted().toArray();
            try {
                Units.Taken taken = writer.submit(new Units.Claim(ids, lease, giveBack))
                        .awaitOrAbandon(WAIT, writer.fateMax());
                if (taken.ids().length > 0) {
                    return taken;
                }
            } finally {
                t.next.changed();
            }
        }
    }

    /** The rows are ours by now: what can't be loaded must not stay so. */
    private List<Spool.Job> load(Units.Taken taken, Instant now) {
        List<Delivery> damaged = new ArrayList<>();
        List<Spool.Job> jobs;
        try {
            jobs = engine.read(c -> load(c, taken, damaged));
        } catch (RuntimeException | Error e) {
            giveBack.put(taken.ids(), taken.epoch());
            throw e;
        }
        for (Delivery d : damaged) {
            LOG.error("delivery {} has failed: its content could not be read", d.id());
            try {
                writer.submit(new Units.Settle(new Spool.Settlement(d, State.FAILED, d.attempts(),
                        now, List.of(new Fact.Failed(UNREADABLE)), "",
                        taken.epoch()), new byte[0])).await(WAIT);
            } catch (StoreException e) {
                giveBack.put(new long[] {d.id()}, taken.epoch());
            }
        }
        return jobs;
    }

    private static PreparedStatement flows(Connection c) throws SQLException {
        return c.prepareStatement("SELECT tenant, stream, domain FROM delivery WHERE " + WAITING
                + " AND (tenant, stream, domain) > (?, ?, ?)"
                + " ORDER BY class, tenant, stream, domain LIMIT 1");
    }

    private static void bind(PreparedStatement s, TrafficClass carries, Flow f)
            throws SQLException {
        s.setInt(1, carries.code());
        s.setLong(2, f.tenant());
        s.setLong(3, f.stream());
        s.setString(4, f.domain());
    }

    /** The flow after this one, or null. */
    private static Flow next(PreparedStatement flows, TrafficClass carries, Flow after)
            throws SQLException {
        bind(flows, carries, after);
        try (ResultSet r = flows.executeQuery()) {
            return r.next() ? new Flow(r.getLong(1), r.getLong(2), r.getString(3)) : null;
        }
    }

    private static List<Candidate> choose(Connection c, Turn t, TrafficClass carries, int want,
            long bytesMax, Instant now, Set<String> notWanted) throws SQLException {
        List<Candidate> chosen = new ArrayList<>();
        Map<Flow, Integer> taken = new HashMap<>();
        Set<Long> messages = new HashSet<>();
        Set<Flow> empty = new HashSet<>();
        long bytes = 0;
        boolean wrapped = false;
        boolean some = false;
        try (PreparedStatement flows = flows(c);
                PreparedStatement due = c.prepareStatement("SELECT d.id, d.message, m.size"
                        + " FROM delivery d JOIN message m ON m.id = d.message"
                        + " WHERE d.owner_epoch = 0 AND d.state < 4 AND d.class = ?"
                        + " AND d.tenant = ? AND d.stream = ? AND d.domain = ? AND d.due <= ?"
                        + " ORDER BY d.due LIMIT ? OFFSET ?")) {
            for (int looked = 0; looked < FLOWS_MAX && chosen.size() < want; looked++) {
                Flow flow = next(flows, carries, t.last);
                if (flow == null) {
                    if (wrapped && !some || t.last.equals(Flow.BEFORE_ALL)) {
                        break;
                    }
                    // Round again, as long as a round finds anything.
                    wrapped = true;
                    some = false;
                    t.last = Flow.BEFORE_ALL;
                    continue;
                }
                t.last = flow;
                if (notWanted.contains(flow.domain()) || empty.contains(flow)) {
                    continue;
                }
                int before = taken.getOrDefault(flow, 0);
                int ask = Math.min(PER_TURN, want - chosen.size());
                bind(due, carries, flow);
                due.setLong(5, now.toEpochMilli());
                due.setInt(6, ask);
                due.setInt(7, before);
                int got = 0;
                try (ResultSet r = due.executeQuery()) {
                    while (r.next()) {
                        Candidate one = new Candidate(r.getLong(1), r.getLong(2),
                                Math.min(r.getLong(3), INLINE_MAX));
                        long more = messages.add(one.message()) ? one.bytes() : 0;
                        if (!chosen.isEmpty() && bytes + more > bytesMax) {
                            return chosen;
                        }
                        bytes += more;
                        chosen.add(one);
                        got++;
                    }
                }
                some |= got > 0;
                taken.put(flow, before + got);
                if (got < ask) {
                    empty.add(flow);
                }
            }
        }
        return chosen;
    }

    private List<Spool.Job> load(Connection c, Units.Taken taken, List<Delivery> damaged)
            throws SQLException {
        List<Spool.Job> jobs = new ArrayList<>(taken.ids().length);
        List<Integer> days = engine.days(c, "content_");
        Map<Long, Optional<Message>> messages = new HashMap<>();
        damaged.clear();
        try (PreparedStatement s = c.prepareStatement(
                "SELECT " + Rows.DELIVERY + " FROM delivery d WHERE d.id = ?")) {
            for (long id : taken.ids()) {
                s.setLong(1, id);
                try (ResultSet r = s.executeQuery()) {
                    if (r.next()) {
                        Delivery d = Rows.delivery(r);
                        Optional<Message> m = messages.get(d.message());
                        if (m == null) {
                            m = message(c, days, d.message());
                            messages.put(d.message(), m);
                        }
                        m.ifPresentOrElse(
                                one -> jobs.add(new Spool.Job(d, one, taken.epoch())),
                                () -> damaged.add(d));
                    }
                }
            }
        }
        return jobs;
    }

    /** Empty when it is not there or makes no sense; trouble of the store itself is thrown. */
    private Optional<Message> message(Connection c, List<Integer> days, long id)
            throws SQLException {
        try {
            return Content.whole(c, days, bodies, id);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | NullPointerException e) {
            LOG.error("message {} is damaged", id, e);
            return Optional.empty();
        }
    }
}
