package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Streams;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A store that came from a backup is not the present: what was open then may have been sent since.
 * So all of it is held, each with a fact, until a person lets it go (decision 19).
 *
 * <p>What somebody held before is not ours to let go: a table of its own says what is. Both holding
 * and releasing go in bounded pieces and may be cut off: the next call goes on.
 */
public final class Restored {
    /**
     * Positions of the journal go on so far behind the copy's last: what was written after the copy
     * and is lost had some of them, and who keeps one as a cursor must not miss what comes now.
     */
    static final long LEAP = 1L << 40;
    private static final int PIECE = 500;
    private static final String HELD =
            "SELECT count(*) FROM restored_hold r JOIN delivery d ON d.id = r.delivery"
            + " WHERE d.state = 4";

    private final Engine engine;
    private final Chores chores;

    Restored(Engine engine, Chores chores) {
        this.engine = engine;

        this.chores = chores;
    }

    /**
     * @param copied when the backup was taken
     * @param held   whether all that was open is held by now
     */
    public record Note(Instant copied, Instant restored, boolean held) {
        void write(Connection c, long shift) throws SQLException {
            try (PreparedStatement s = c.prepareStatement("INSERT INTO restored"
                    + " (id, copied, restored, held, shift) VALUES (1, ?, ?, 0, ?)"
                    + " ON CONFLICT (id) DO UPDATE SET copied = excluded.copied,"
                    + " restored = excluded.restored, held = 0, shift = excluded.shift")) {
                s.setLong(1, copied.toEpochMilli());
                s.setLong(2, restored.toEpochMilli());
                s.setLong(3, shift);
                s.executeUpdate();
            }
        }
    }

    /** There is something where a copy was to go; the message has the cure. */
    public static final class NotEmpty extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotEmpty(String message) {
            super(message);
        }
    }

    /** Empty where the store never came from a backup. */
    public Optional<Note> note() {
        return engine.read(Restored::note);
    }

    private static Optional<Note> note(Connection c) throws SQLException {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                "SELECT copied, restored, held FROM restored WHERE id = 1")) {
            return r.next() ? Optional.of(new Note(Instant.ofEpochMilli(r.getLong(1)),
                    Instant.ofEpochMilli(r.getLong(2)), r.getInt(3) == 1)) : Optional.empty();
        }
    }

    static long shift(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT max(shift) FROM restored")) {
            return r.next() ? r.getLong(1) : 0;
        }
    }

    /** How many deliveries {@link #release} would let go. */
    public long held() {
        return engine.read(c -> {
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(HELD)) {
                r.next();
                return r.getLong(1);
            }
        });
    }

    /**
     * Holds what was open in the copy, before anything is attempted. What had an intent is told as
     * ambiguous first, as after each crash.
     *
     * @return how many were held by this call; 0 in a store that never came from a backup
     */
    public int hold(Instant now, Streams streams) {
        Optional<Note> note = note();
        if (note.isEmpty() || note.get().held()) {
            return 0;
        }
        chores.recover(now, streams);
        int done = 0;
        int n;
        do {
            n = chores.run(b -> toHold(b.connection(), note.get())).size();
            done += n;
        } while (n == PIECE);
        chores.run(b -> {
            try (Statement s = b.connection().createStatement()) {
                s.executeUpdate("UPDATE restored SET held = 1 WHERE id = 1");
            }
            return List.of();
        });
        return done;
    }

    /** Ids tell the time: what another node has accepted since is no part of the copy. */
    private static List<Units.Change> toHold(Connection c, Note note) throws SQLException {
        Fact.Held why = new Fact.Held("restored from the backup of "
                + note.copied().truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        List<Units.Change> found = Chores.rows(c, "owner_epoch = 0 AND state < 4 AND id < ?"
                + " ORDER BY id", Ids.floor(note.restored()), PIECE,
                r -> Chores.change(r, State.HELD, r.getInt(7), r.getLong(8), List.of(why)));
        try (PreparedStatement s = c.prepareStatement("INSERT INTO restored_hold (delivery, state)"
                + " VALUES (?, ?) ON CONFLICT (delivery) DO UPDATE SET state = excluded.state")) {
            for (Units.Change one : found) {
                s.setLong(1, one.delivery());
                s.setInt(2, one.wasState());
                s.executeUpdate();
            }
        }
        return found;
    }

    /**
     * Lets go what is held because of the restore: what waits for a time that is still to come is
     * scheduled again, the rest is due.
     *
     * @return how many, at most a bounded piece; 0 when none is left
     */
    public int release(Instant now) {
        int n = 0;
        boolean more = true;
        while (n == 0 && more) {
            more = engine.read(Restored::some);
            n = chores.run(b -> toRelease(b.connection(), now)).size();
        }
        return n;
    }

    private static boolean some(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT 1 FROM restored_hold LIMIT 1")) {
            return r.next();
        }
    }

    /** Of two nodes that release at once each lets go only what it took from the table. */
    private static List<Units.Change> toRelease(Connection c, Instant now) throws SQLException {
        Map<Long, State> before = taken(c);
        if (before.isEmpty()) {
            return List.of();
        }
        String ids = before.keySet().stream().map(String::valueOf)
                .collect(Collectors.joining(","));
        // What has ended meanwhile has no more to be let go.
        return Chores.rows(c, "state = ? AND id IN (" + ids + ") ORDER BY id", State.HELD.code(),
                PIECE, r -> released(r, before.get(r.getLong(1)), now));
    }

    private static Map<Long, State> taken(Connection c) throws SQLException {
        Map<Long, State> taken = new LinkedHashMap<>();
        try (PreparedStatement s = c.prepareStatement("DELETE FROM restored_hold WHERE delivery"
                + " IN (SELECT delivery FROM restored_hold ORDER BY delivery LIMIT ?)"
                + " RETURNING delivery, state")) {
            s.setInt(1, PIECE);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    taken.put(r.getLong(1), State.of(r.getInt(2)));
                }
            }
        }
        return taken;
    }

    private static Units.Change released(ResultSet r, State before, Instant now)
            throws SQLException {
        Instant due = Instant.ofEpochMilli(r.getLong(8));
        return due.isAfter(now) && before == State.SCHEDULED
                ? Chores.change(r, State.SCHEDULED, r.getInt(7), r.getLong(8),
                        List.of(new Fact.Scheduled(due)))
                : Chores.change(r, State.QUEUED, r.getInt(7), now.toEpochMilli(), List.of());
    }

    /** SQLite: the truth comes last and by a rename, so that half a store has none. */
    static void intoFolder(Path folder, Path copy, Note note) throws SQLException, IOException {
        Path truth = folder.resolve("mail.db");
        if (Files.exists(truth)) {
            throw new NotEmpty("There is a store in " + folder.toAbsolutePath().normalize()
                    + " already. Name an empty folder in MAILMILL_DATA, or move this one away.");
        }
        Private.folder(folder);
        copy(copy.resolve("views.db"), folder.resolve("views.db"));
        if (Files.isDirectory(copy.resolve("content"))) {
            try (Stream<Path> bodies = Files.walk(copy.resolve("content"))) {
                for (Path one : bodies.filter(Files::isRegularFile).toList()) {
                    Path to = folder.resolve("content")
                            .resolve(copy.resolve("content").relativize(one).toString());
                    Private.folder(to.getParent());
                    copy(one, to);
                }
            }
        }
        Path draft = folder.resolve("mail.db.restoring");
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(draft.resolveSibling(draft.getFileName() + suffix));
        }
        copy(copy.resolve("mail.db"), draft);
        SqliteEngine.noted(draft, note);
        force(draft);
        Files.move(draft, truth, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.deleteIfExists(to);
        Private.file(to);
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE)) {
            long size = in.size();
            for (long at = 0; at < size;) {
                at += in.transferTo(at, size - at, out);
            }
            out.force(true);
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
            c.force(true);
        }
    }
}
