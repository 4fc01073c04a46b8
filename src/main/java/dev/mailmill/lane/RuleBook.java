package dev.mailmill.lane;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The installation's own rules, each version kept with who wrote it, when and why; the newest lies
 * over what is shipped. What another node writes is seen within a second.
 */
final class RuleBook {
    private static final Logger log = LoggerFactory.getLogger(RuleBook.class);
    private static final int KEPT = 1_000;

    private final Database database;
    private final InstantSource clock;
    private volatile Rules current;

    RuleBook(Database database, ChangeWatch watch, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.current = Rules.shipped();
        renew();
        watch.listen(this::renew);
    }

    /** One version of the installation's own rules. */
    record Version(long number, Instant at, String author, String note, String yaml) {
    }

    /** What became of a change. */
    sealed interface Put {
        record Done(Version version) implements Put {
        }

        /** Somebody was faster. */
        record Outrun(long now) implements Put {
        }
    }

    Rules current() {
        return current;
    }

    private synchronized void renew() {
        Optional<Version> newest = database.read(RuleBook::newest);
        long number = newest.map(Version::number).orElse(0L);
        if (number == current.version()) {
            return;
        }
        try {
            current = Rules.of(newest.map(Version::yaml).orElse(""), number);
            log.info("Shaping rules are now at version {}", number);
        } catch (RulesError e) {
            // they were right when they were written: a newer Mailmill ships others
            log.error("Version {} of the shaping rules does not fit what is shipped; the rules "
                    + "before it hold: {}", number, e.getMessage());
        }
    }

    private static Optional<Version> newest(Handle handle) {
        return handle.createQuery("SELECT version, at, author, note, yaml FROM shaping"
                + " ORDER BY version DESC LIMIT 1").map((row, _) -> version(row)).findOne();
    }

    private static Version version(ResultSet row) throws SQLException {
        return new Version(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)),
                row.getString(3), row.getString(4), row.getString(5));
    }

    /**
     * @param expected the version that the author saw; a newer one is not overwritten
     * @throws RulesError when they make no sense over what is shipped; then nothing changes
     */
    Put put(String yaml, String author, String note, long expected) throws RulesError {
        Rules.of(yaml, expected + 1);
        Instant now = clock.instant();
        Put put = database.write(handle -> {
            long newest = newest(handle).map(Version::number).orElse(0L);
            if (newest != expected) {
                return new Put.Outrun(newest);
            }
            handle.execute("INSERT INTO shaping (version, at, author, note, yaml)"
                    + " VALUES (?, ?, ?, ?, ?)", newest + 1, now.toEpochMilli(), author, note,
                    yaml);
            handle.execute("DELETE FROM shaping WHERE version <= ?", newest + 1 - KEPT);
            ChangeWatch.note(handle);
            return new Put.Done(new Version(newest + 1, now, author, note, yaml));
        });
        renew();
        return put;
    }

    /** Newest first. */
    List<Version> history(int max) {
        return database.read(handle -> handle.createQuery("SELECT version, at, author, note, yaml"
                + " FROM shaping ORDER BY version DESC LIMIT ?").bind(0, max)
                .map((row, _) -> version(row)).list());
    }

    /** Version 0 is what is shipped alone. */
    Optional<Version> version(long number) {
        if (number == 0) {
            return Optional.of(new Version(0, Instant.EPOCH, "mailmill", "as shipped", ""));
        }
        return database.read(handle -> handle.createQuery("SELECT version, at, author, note, yaml"
                + " FROM shaping WHERE version = ?").bind(0, number)
                .map((row, _) -> version(row)).findOne());
    }
}
