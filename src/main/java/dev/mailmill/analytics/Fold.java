package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;

/** Makes rows of facts. A {@link Follower} gives it each passage once, in order. */
interface Fold {
    /** Of its cursor and its lag. */
    String name();

    /** Reads from the truth what the facts do not say; outside any transaction. */
    Work prepare(Passage passage);

    /**
     * Drops some of what is too old, apart from any passage.
     *
     * @return whether there may be more
     */
    default boolean forget(Connection views, Instant now) throws SQLException {
        return false;
    }

    /** Which facts it is made of. */
    default Journal.Kind kind() {
        return Journal.Kind.MAIL;
    }

    /** A passage, ready to be written: it may run twice and reads nothing of the truth. */
    @FunctionalInterface
    interface Work {
        void write(Connection views, boolean postgres) throws SQLException;
    }
}
