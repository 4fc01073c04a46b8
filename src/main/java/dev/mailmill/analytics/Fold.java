package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** Makes rows of facts. A {@link Follower} gives it each page once, in order. */
interface Fold {
    /** Of its cursor and its lag. */
    String name();

    /** Whether it needs those facts only that tell of callers. */
    default boolean callers() {
        return false;
    }

    /** Reads from the truth what the facts do not say; outside any transaction. */
    Work prepare(List<Journal.Entry> page);

    /**
     * Drops some of what is too old, apart from any page.
     *
     * @return whether there may be more
     */
    default boolean forget(Connection views, Instant now) throws SQLException {
        return false;
    }

    /** A page, ready to be written: it may run twice and reads nothing of the truth. */
    @FunctionalInterface
    interface Work {
        void write(Connection views, boolean postgres) throws SQLException;
    }

    /** What was prepared does not suffice: nothing is written, and this is tried instead. */
    final class Retry extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Supplier<Work> next;

        Retry(Supplier<Work> next) {
            super("more has to be read", null, false, false);
            this.next = next;
        }

        Work next() {
            return next.get();
        }
    }
}
