package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * The one truth of an installation, on SQLite or PostgreSQL. All writes go through one writer that
 * commits many callers' work together; reads run on bounded platform threads (SQLite) or the pool
 * (PostgreSQL), each with a deadline. Both block the caller's virtual thread and throw {@link
 * dev.mailmill.mail.StoreException}.
 */
public interface Database extends AutoCloseable {
    /** Reads one consistent snapshot. */
    <T> T read(Work<T> work);

    /**
     * Changes, as one unit of a group commit: durable when it returns. The work runs on the
     * writer's thread and may run twice (when the group has to be replayed), so it does nothing
     * but SQL. An exception that it throws undoes this unit only and reaches the caller.
     */
    <T> T write(Work<T> work);

    /**
     * As {@link #write(Work)}, with facts of what it has changed, in the same transaction.
     *
     * @param facts of what the work answered; pure
     */
    <T> T write(Work<T> work, Function<T, List<Noted>> facts);

    /** A fact and what it is about, as the journal keeps it. */
    record Noted(long tenant, long stream, long message, long delivery, Fact fact) {
    }

    /** Whether the dialect is PostgreSQL's; for the few statements that have to differ. */
    boolean postgres();

    @Override
    void close();

    /** SQL on one connection. */
    @FunctionalInterface
    interface Work<T> {
        T on(Handle handle) throws Exception;
    }
}
