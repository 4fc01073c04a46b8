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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is next among the waiting: streams take turns, and within each its domains, a few deliveries
 * each, going on where the last claim stopped: ten deliveries of one tenant do not wait for the
 * fifty thousand domains of another. Found on a reader, taken by the writer.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final Reply UNREADABLE =
            Reply.local("5.3.0", "content could not be read");
    private static final int PER_TURN = 16;
    private static final int COUNT_MAX = 1_000;
    /** Domains that one call looks at by turns. */
    private static final int FLOWS_MAX = 3_000;
    /** After so many in a row of which nothing is due, the rest is looked for by time. */
    private static final int IN_VAIN_MAX = 300;
    /** Streams that take turns in one call; the next one begins where it ended. */
    private static final int SOURCES_MAX = 500;
    /** Streams whose last domain is remembered. */
    private static final int CURSORS_MAX = 10_000;
    private static final int BY_TIME_MAX = 2_000;
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
        private Source last = Source.BEFORE_ALL;
        private final Map<Source, String> domains = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Source, String> eldest) {
                return size() > CURSORS_MAX;
            }
        };
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

    private record Source(long tenant, long stream) {
        private static final Source BEFORE_ALL = new Source(Long.MIN_VALUE, 0);
    }

    private record Flow(Source source, String domain) {
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
        try (PreparedStatement s = c.prepareStatement("SELECT min(due) FROM delivery WHERE "
                + WAITING)) {
            s.setInt(1, carries.code());
            try (ResultSet r = s.executeQuery()) {
                r.next();
                long due = r.getLong(1);
                return r.wasNull() ? Instant.MAX : Instant.ofEpochMilli(due);
            }
        }
    }

    List<Spool.Job> claim(TrafficClass carries, int countMax, long bytesMax, Instant now,
            Spool.Unwanted unwanted) {
        Turn t = turns.get(carries);
        Units.Taken taken;
        synchronized (t) {
            taken = take(t, carries, Math.min(countMax, COUNT_MAX), bytesMax, now, unwanted);
        }
        return taken.ids().length == 0 ? List.of() : load(taken, now);
    }

    /** Another node may have been faster: the answer "fewer" must mean "no more". */
    private Units.Taken take(Turn t, TrafficClass carries, int want, long bytesMax, Instant now,
            Spool.Unwanted unwanted) {
        while (true) {
            List<Candidate> found =
                    engine.read(c -> choose(c, t, carries, want, bytesMax, now, unwanted));
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

    private static List<Candidate> choose(Connection c, Turn t, TrafficClass carries, int want,
            long bytesMax, Instant now, Spool.Unwanted unwanted) throws SQLException {
        try (Choice choice = new Choice(c, t, carries, want, bytesMax, now, unwanted)) {
            choice.byTurns();
            choice.byTime();
            return choice.chosen;
        }
    }

    /** One claim's reading. */
    private static final class Choice implements AutoCloseable {
        private static final String ROW = "SELECT d.id, d.message, m.size, d.tenant, d.stream,"
                + " d.domain FROM delivery d JOIN message m ON m.id = d.message"
                + " WHERE d.owner_epoch = 0 AND d.state < 4 AND d.class = ?";
        private final Turn turn;
        private final int carries;
        private final int want;
        private final long bytesMax;
        private final long now;
        private final Spool.Unwanted unwanted;
        private final PreparedStatement streams;
        private final PreparedStatement tenants;
        private final PreparedStatement domains;
        private final PreparedStatement due;
        private final PreparedStatement byTime;
        private final List<Candidate> chosen = new ArrayList<>();
        private final Map<Flow, Integer> taken = new HashMap<>();
        private final Set<Long> messages = new HashSet<>();
        private final Set<Flow> empty = new HashSet<>();
        /** Streams of which a whole round of domains gave nothing more. */
        private final Set<Source> done = new HashSet<>();
        private final Map<Source, Boolean> gave = new HashMap<>();
        private long bytes;
        private boolean full;

        Choice(Connection c, Turn turn, TrafficClass carries, int want, long bytesMax,
                Instant now, Spool.Unwanted unwanted) throws SQLException {
            this.turn = turn;
            this.carries = carries.code();
            this.want = want;
            this.bytesMax = bytesMax;
            this.now = now.toEpochMilli();
            this.unwanted = unwanted;
            this.streams = c.prepareStatement("SELECT stream FROM delivery WHERE " + WAITING
                    + " AND tenant = ? AND stream > ? ORDER BY class, tenant, stream LIMIT 1");
            this.tenants = c.prepareStatement("SELECT tenant, stream FROM delivery WHERE "
                    + WAITING + " AND tenant > ? ORDER BY class, tenant, stream LIMIT 1");
            this.domains = c.prepareStatement("SELECT domain FROM delivery WHERE " + WAITING
                    + " AND tenant = ? AND stream = ? AND domain > ?"
                    + " ORDER BY class, tenant, stream, domain LIMIT 1");
            this.due = c.prepareStatement(ROW + " AND d.tenant = ? AND d.stream = ?"
                    + " AND d.domain = ? AND d.due <= ? ORDER BY d.due LIMIT ? OFFSET ?");
            this.byTime = c.prepareStatement(ROW + " AND d.due <= ? ORDER BY d.due LIMIT ?");
        }

        void byTurns() throws SQLException {
            int inVain = 0;
            ArrayDeque<Source> ring = ring();
            for (int looked = 0; looked < FLOWS_MAX && inVain < IN_VAIN_MAX && !enough()
                    && !ring.isEmpty(); looked++) {
                Source source = ring.poll();
                turn.last = source;
                int got = oneDomain(source);
                inVain = got > 0 ? 0 : inVain + 1;
                if (!done.contains(source)) {
                    ring.add(source);
                }
            }
        }

        /** Streams of which anything waits, beginning after the one that was served last. */
        private ArrayDeque<Source> ring() throws SQLException {
            ArrayDeque<Source> ring = new ArrayDeque<>();
            Source first = nextSource(turn.last);
            first = first != null ? first : nextSource(Source.BEFORE_ALL);
            for (Source s = first; s != null && ring.size() < SOURCES_MAX; ) {
                ring.add(s);
                s = nextSource(s);
                s = s != null ? s : nextSource(Source.BEFORE_ALL);
                if (s == null || s.equals(first)) {
                    break;
                }
            }
            return ring;
        }

        /**
         * Two questions: compared as a pair, tenant and stream would be looked for among all rows
         * of the tenant.
         */
        private Source nextSource(Source after) throws SQLException {
            streams.setInt(1, carries);
            streams.setLong(2, after.tenant());
            streams.setLong(3, after.stream());
            try (ResultSet r = streams.executeQuery()) {
                if (r.next()) {
                    return new Source(after.tenant(), r.getLong(1));
                }
            }
            tenants.setInt(1, carries);
            tenants.setLong(2, after.tenant());
            try (ResultSet r = tenants.executeQuery()) {
                return r.next() ? new Source(r.getLong(1), r.getLong(2)) : null;
            }
        }

        /** The stream's next domain; how many of it were taken. */
        private int oneDomain(Source source) throws SQLException {
            String last = turn.domains.getOrDefault(source, "");
            String domain = nextDomain(source, last);
            if (domain == null) {
                // its round is over: another only if this one gave something
                if (last.isEmpty() || !gave.getOrDefault(source, true)) {
                    done.add(source);
                }
                gave.put(source, false);
                turn.domains.put(source, "");
                return 0;
            }
            turn.domains.put(source, domain);
            Flow flow = new Flow(source, domain);
            if (unwanted.has(source.stream(), domain) || empty.contains(flow)) {
                return 0;
            }
            int before = taken.getOrDefault(flow, 0);
            int ask = Math.min(PER_TURN, want - chosen.size());
            due.setInt(1, carries);
            due.setLong(2, source.tenant());
            due.setLong(3, source.stream());
            due.setString(4, domain);
            due.setLong(5, now);
            due.setInt(6, ask);
            due.setInt(7, before);
            int got = 0;
            try (ResultSet r = due.executeQuery()) {
                while (r.next() && !full) {
                    got += take(r) ? 1 : 0;
                }
            }
            taken.put(flow, before + got);
            gave.merge(source, got > 0, Boolean::logicalOr);
            if (got < ask) {
                empty.add(flow);
            }
            return got;
        }

        private String nextDomain(Source source, String after) throws SQLException {
            domains.setInt(1, carries);
            domains.setLong(2, source.tenant());
            domains.setLong(3, source.stream());
            domains.setString(4, after);
            try (ResultSet r = domains.executeQuery()) {
                return r.next() ? r.getString(1) : null;
            }
        }

        /** What little is due among many that wait: what is due longest. */
        void byTime() throws SQLException {
            if (enough() || done.size() == gave.size() && !gave.isEmpty()) {
                return;
            }
            byTime.setInt(1, carries);
            byTime.setLong(2, now);
            byTime.setInt(3, BY_TIME_MAX);
            Set<Long> already = new HashSet<>();
            chosen.forEach(one -> already.add(one.id()));
            try (ResultSet r = byTime.executeQuery()) {
                while (r.next() && !enough()) {
                    if (!already.contains(r.getLong(1))
                            && !unwanted.has(r.getLong(5), r.getString(6))) {
                        take(r);
                    }
                }
            }
        }

        private boolean take(ResultSet r) throws SQLException {
            Candidate one = new Candidate(r.getLong(1), r.getLong(2),
                    Math.min(r.getLong(3), INLINE_MAX));
            long more = messages.add(one.message()) ? one.bytes() : 0;
            if (!chosen.isEmpty() && bytes + more > bytesMax) {
                full = true;
                return false;
            }
            bytes += more;
            chosen.add(one);
            return true;
        }

        private boolean enough() {
            return full || chosen.size() >= want;
        }

        @Override
        public void close() throws SQLException {
            streams.close();
            tenants.close();
            domains.close();
            due.close();
            byTime.close();
        }
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
