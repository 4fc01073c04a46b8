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
 * The installation's own rules, each version kept with who wrote it, when and why; the newest that
 * is everybody's lies over what is shipped, and a newer one may be on trial with a part of the
 * roads. What another node writes is seen within a second.
 */
final class RuleBook {
    private static final Logger log = LoggerFactory.getLogger(RuleBook.class);
    private static final int KEPT = 1_000;
    private static final String SELECT =
            "SELECT version, at, author, note, share, yaml FROM shaping";

    private final Database database;
    private final Notices notices;
    private final InstantSource clock;
    private volatile Standing standing;

    RuleBook(Database database, Notices notices, ChangeWatch watch, InstantSource clock) {
        this.database = database;
        this.notices = notices;
        this.clock = clock;
        this.standing = new Standing(0, Rules.shipped(), Optional.empty());
        renew();
        watch.listen(this::renew);
    }

    /**
     * One version of the installation's own rules.
     *
     * @param share of the roads that hold to it, in percent; 100: everybody's
     */
    record Version(long number, Instant at, String author, String note, int share, String yaml) {
    }

    /** @param newest the last version that was written, whether it could be understood or not */
    private record Standing(long newest, Rules everybodys, Optional<Staged> staged) {
    }

    /** What became of a change. */
    sealed interface Put {
        record Done(Version version) implements Put {
        }

        /** Somebody was faster. */
        record Outrun(long now) implements Put {
        }
    }

    /** Everybody's. */
    Rules current() {
        return standing.everybodys();
    }

    /** With what a part of the roads tries. */
    Receivers receivers() {
        return standing.staged().<Receivers>map(s -> s).orElse(standing.everybodys());
    }

    Optional<Staged> staged() {
        return standing.staged();
    }

    /** The number of the last version, on trial or not. */
    long newest() {
        return standing.newest();
    }

    private synchronized void renew() {
        Standing old = standing;
        Optional<Version> newest = database.read(RuleBook::newest);
        long number = newest.map(Version::number).orElse(0L);
        if (number == old.newest()) {
            return;
        }
        Optional<Version> whole = database.read(RuleBook::everybodys);
        long holds = whole.map(Version::number).orElse(0L);
        Rules everybodys = holds == old.everybodys().version() ? old.everybodys()
                : rules(whole.map(Version::yaml).orElse(""), holds).orElse(old.everybodys());
        standing = new Standing(number, everybodys, newest.filter(v -> v.number() != holds)
                .flatMap(v -> rules(v.yaml(), v.number()).map(r -> new Staged(everybodys, r,
                        v.share(), v.yaml().hashCode()))));
        log.info("Shaping rules are now at version {}{}", holds, number == holds ? ""
                : ", and version " + number + " on trial");
    }

    private static Optional<Rules> rules(String yaml, long number) {
        try {
            return Optional.of(Rules.of(yaml, number));
        } catch (RulesError e) {
            // they were right when they were written: a newer Mailmill ships others
            log.error("Version {} of the shaping rules does not fit what is shipped; the rules "
                    + "before it hold: {}", number, e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<Version> newest(Handle handle) {
        return handle.createQuery(SELECT + " ORDER BY version DESC LIMIT 1")
                .map((row, _) -> version(row)).findOne();
    }

    private static Optional<Version> everybodys(Handle handle) {
        return handle.createQuery(SELECT + " WHERE share = 100 ORDER BY version DESC LIMIT 1")
                .map((row, _) -> version(row)).findOne();
    }

    private static Version version(ResultSet row) throws SQLException {
        return new Version(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)),
                row.getString(3), row.getString(4), row.getInt(5), row.getString(6));
    }

    /**
     * @param share    of the roads that hold to it, in percent; 100: it is everybody's
     * @param expected the version that the author saw; a newer one is not overwritten
     * @throws RulesError when they make no sense over what is shipped; then nothing changes
     */
    Put put(String yaml, String author, String note, int share, long expected)
            throws RulesError {
        Rules.of(yaml, expected + 1);
        Instant now = clock.instant();
        Put put = database.write(handle -> {
            long newest = newest(handle).map(Version::number).orElse(0L);
            if (newest != expected) {
                return new Put.Outrun(newest);
            }
            handle.execute("INSERT INTO shaping (version, at, author, note, share, yaml)"
                    + " VALUES (?, ?, ?, ?, ?, ?)", newest + 1, now.toEpochMilli(), author, note,
                    share, yaml);
            handle.execute("DELETE FROM shaping WHERE version <= ? AND version <> ?",
                    newest + 1 - KEPT, everybodys(handle).map(Version::number).orElse(0L));
            notices.note(handle, now, Notices.RULES_CHANGED, "version " + (newest + 1)
                    + (share < 100 ? " on trial with " + share + " % of the roads" : "") + " by "
                    + author + ": " + note);
            ChangeWatch.note(handle);
            return new Put.Done(new Version(newest + 1, now, author, note, share, yaml));
        });
        renew();
        return put;
    }

    /** Newest first. */
    List<Version> history(int max) {
        return database.read(handle -> handle.createQuery(SELECT
                + " ORDER BY version DESC LIMIT ?").bind(0, max)
                .map((row, _) -> version(row)).list());
    }

    /** Version 0 is what is shipped alone. */
    Optional<Version> version(long number) {
        if (number == 0) {
            return Optional.of(new Version(0, Instant.EPOCH, "mailmill", "as shipped", 100, ""));
        }
        return database.read(handle -> handle.createQuery(SELECT
                + " WHERE version = ?").bind(0, number)
                .map((row, _) -> version(row)).findOne());
    }
}
