package dev.mailmill.sql;

import dev.mailmill.mail.Routine;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's own chores: tomorrow's tables are there before midnight, forgotten keys go, bodies
 * without a message are swept, old days are dropped.
 */
final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    /** Days of bodies that are swept at once after a start; the rest one a turn. */
    private static final int SWEEP_FIRST = 3;
    private static final int KEYS_A_TURN = 1_000;
    private static final int ROWS_A_STEP = 1_000;
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long ID_SHIFT = 22;
    private static final long ID_EPOCH_MS = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();

    private final Engine engine;
    private final Writer writer;
    private final SqlDatabase database;
    private final BodyStore bodies;
    private final StoreSettings.Kept kept;
    private final InstantSource clock;
    private final long started;
    private final Routine routine;
    private final Deque<Integer> toSweep = new ArrayDeque<>();
    private boolean begun;
    private int droppedOn;

    /** @param started an id that is younger than all bodies of earlier runs */
    Upkeep(Engine engine, Writer writer, SqlDatabase database, BodyStore bodies,
            StoreSettings.Kept kept, InstantSource clock, long started) {
        this.engine = engine;
        this.writer = writer;
        this.database = database;
        this.bodies = bodies;
        this.kept = kept;
        this.clock = clock;
        this.started = started;
        count();
        makeDays();
        this.routine = Routine.onDisk("store-upkeep", "the store's upkeep has to wait",
                Duration.ZERO, EVERY, this::turn).start();
    }

    private void turn() {
        if (begun) {
            sweep(1);
            chores();
            return;
        }
        begun = true;
        toSweep.addAll(daysToSweep());
        sweep(SWEEP_FIRST);
        // else it has time: at a start the writer is wanted by others
        if (old()) {
            chores();
        }
    }

    /** Whether there are days that are kept too long, as after a pause or with fewer to be kept. */
    private boolean old() {
        try {
            int today = today();
            return engine.read(c -> engine.days(c, "content_").stream()
                    .anyMatch(d -> d < today - kept.contentDays())
                    || engine.days(c, "fact_").stream().anyMatch(d -> d < today - kept.factDays()));
        } catch (RuntimeException e) {
            return false;
        }
    }

    private List<Integer> daysToSweep() {
        try {
            return bodies.days().reversed();
        } catch (IOException | RuntimeException e) {
            LOG.warn("bodies without a message could not be looked for: {}", e.getMessage());
            return List.of();
        }
    }

    /** The youngest days first: an orphan is most likely as young as the last run. */
    private void sweep(int days) {
        try {
            for (int i = 0; i < days && !toSweep.isEmpty(); i++) {
                bodies.sweep(toSweep.poll(), started);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("bodies without a message could not be swept: {}", e.getMessage());
        }
    }

    private void chores() {
        makeDays();
        forgetKeys();
        forgetCallers();
        forgetExits();
        dropOldDays();
        if (engine.postgres()) {
            // Other nodes open and end deliveries too: our running count drifts from the sum.
            count();
        }
    }

    /** Both partial indexes hold open deliveries only, so that this reads nothing else. */
    private void count() {
        writer.open().set(engine.read(c -> {
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT"
                    + " (SELECT count(*) FROM delivery WHERE owner_epoch > 0) + (SELECT count(*)"
                    + " FROM delivery WHERE owner_epoch = 0 AND state < 10)")) {
                r.next();
                return r.getLong(1);
            }
        }));
    }

    private int today() {
        return (int) Math.floorDiv(clock.millis(), DAY_MILLIS);
    }

    /** A day's key goes with the day, also when nobody calls any more. */
    private void forgetCallers() {
        int today = today();
        database.urgently(c -> {
            try (PreparedStatement s = c.prepareStatement(
                    "DELETE FROM caller_key WHERE day < ?")) {
                s.setInt(1, today);
                return s.executeUpdate();
            }
        });
    }

    private void makeDays() {
        int today = today();
        database.urgently(c -> {
            engine.makeDay(c, today);
            engine.makeDay(c, today + 1);
            return null;
        });
    }

    private void forgetKeys() {
        long now = clock.millis();
        database.urgently(c -> {
            try (PreparedStatement s = c.prepareStatement("DELETE FROM idempotency WHERE"
                    + " (tenant, key) IN (SELECT tenant, key FROM idempotency WHERE expires < ?"
                    + " ORDER BY expires LIMIT ?)")) {
                s.setLong(1, now);
                s.setInt(2, KEYS_A_TURN);
                return s.executeUpdate();
            }
        });
    }

    /** What services may still speak of, and what they have said. */
    private void forgetExits() {
        long content = clock.millis() - kept.contentDays() * DAY_MILLIS;
        forget("exit_sent", "exit, remote", content);
        forget("exit_pin", "delivery", content);
        // as long as the longest that a signed call is taken for a new one, and a day
        forget("exit_heard", "exit, token", clock.millis() - 2 * DAY_MILLIS);
    }

    private void forget(String table, String key, long before) {
        database.urgently(c -> {
            try (PreparedStatement s = c.prepareStatement("DELETE FROM " + table + " WHERE ("
                    + key + ") IN (SELECT " + key + " FROM " + table + " WHERE at < ? ORDER BY at"
                    + " LIMIT ?)")) {
                s.setLong(1, before);
                s.setInt(2, KEYS_A_TURN);
                return s.executeUpdate();
            }
        });
    }

    private void dropOldDays() {
        int today = today();
        if (today != droppedOn && drop(today - kept.contentDays(), today - kept.factDays())) {
            droppedOn = today;
        }
    }

    /** False when it has to wait, since a copy is made: of what, it holds the tables. */
    boolean drop(int contentDay, int factDay) {
        boolean may = database.urgently(c -> {
            if (!PostgresCopy.mayDrop(engine, c)) {
                return false;
            }
            for (int day : engine.days(c, "content_")) {
                if (day < contentDay && !hasOpen(c, day)) {
                    dropTable(c, "content_" + day);
                }
            }
            int newest = engine.newestFactDay(c);
            for (String prefix : List.of("fact_", "conversation_")) {
                for (int day : engine.days(c, prefix)) {
                    // The newest facts stay: the next number follows theirs.
                    if (day < factDay && day != newest) {
                        dropTable(c, prefix + day);
                    }
                }
            }
            return true;
        });
        if (!may) {
            return false;
        }
        forgetMail(factDay - (kept.rowDays() - kept.factDays()));
        // A body may be a day older than its message.
        int first = engine.read(c -> engine.days(c, "content_")).stream().findFirst()
                .orElse(contentDay) - 1;
        bodies.dropDaysBefore(first);
        return database.urgently(c -> {
            if (!PostgresCopy.mayDrop(engine, c)) {
                return false;
            }
            for (int day : engine.days(c, "body_chunk_")) {
                if (day < first) {
                    dropTable(c, "body_chunk_" + day);
                }
            }
            return true;
        });
    }

    /** Messages and recipients of whom no fact is left but such as came very late. */
    private void forgetMail(int day) {
        long first = firstId(day);
        String old = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < ?"
                + " AND state >= 10 ORDER BY id LIMIT ?)";
        String empty = "DELETE FROM message WHERE id IN (SELECT m.id FROM message m WHERE m.id < ?"
                + " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id >= m.id"
                + " AND d.id < m.id + m.recipients) ORDER BY m.id LIMIT ?)";
        for (String sql : List.of(old, empty)) {
            int gone = ROWS_A_STEP;
            while (gone == ROWS_A_STEP) {
                gone = database.urgently(c -> {
                    try (PreparedStatement s = c.prepareStatement(sql)) {
                        s.setLong(1, first);
                        s.setInt(2, ROWS_A_STEP);
                        return s.executeUpdate();
                    }
                });
            }
        }
    }

    private static void dropTable(Connection c, String name) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute("DROP TABLE " + name);
        }
        LOG.info("dropped {}", name);
    }

    private static boolean hasOpen(Connection c, int day) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT 1 FROM delivery WHERE id >= ? AND id < ? AND state < 10 LIMIT 1")) {
            s.setLong(1, firstId(day));
            s.setLong(2, firstId(day + 1));
            try (ResultSet r = s.executeQuery()) {
                return r.next();
            }
        }
    }

    /** The least id of a day, as Ids makes them. */
    private static long firstId(int day) {
        return day * DAY_MILLIS - ID_EPOCH_MS << ID_SHIFT;
    }

    @Override
    public void close() {
        routine.close();
    }
}
