package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Handles;
import org.jdbi.v3.core.Jdbi;

/** JDBI handles on the engine's readers and on the writer. */
final class SqlDatabase implements Database {
    private static final Duration WRITE_MAX = Duration.ofSeconds(30);

    private final Engine engine;
    private final Writer writer;
    private final Jdbi jdbi;
    private final ThreadLocal<Connection> current = new ThreadLocal<>();

    SqlDatabase(Engine engine, Writer writer) {
        this.engine = engine;
        this.writer = writer;
        this.jdbi = Jdbi.create(new Current());
        // Transactions are the writer's and the reader's business, not the handle's.
        jdbi.getConfig(Handles.class).setForceEndTransactions(false);
    }

    @Override
    public <T> T read(Work<T> work) {
        return engine.read(c -> on(c, work));
    }

    @Override
    public <T> T write(Work<T> work) {
        return write(work, _ -> List.of());
    }

    @Override
    public <T> T write(Work<T> work, Function<T, List<Noted>> facts) {
        return writer.submit(new WorkUnit<>(c -> on(c, work), facts, engine, false))
                .awaitOrAbandon(WRITE_MAX, writer.fateMax());
    }

    /** Before accepts, with a connection: the store's own chores. */
    <T> T urgently(Engine.Query<T> work) {
        return writer.submit(new WorkUnit<>(work, _ -> List.of(), engine, true)).await(WRITE_MAX);
    }

    private <T> T on(Connection c, Work<T> work) throws Exception {
        current.set(c);
        try (Handle handle = jdbi.open()) {
            return work.on(handle);
        } finally {
            current.remove();
        }
    }

    @Override
    public boolean postgres() {
        return engine.postgres();
    }

    /** The store owns the writer and the readers; it closes them. */
    @Override
    public void close() {
    }

    /** Lends the connection that the caller's thread was given. */
    private final class Current implements ConnectionFactory {
        @Override
        public Connection openConnection() {
            return current.get();
        }

        @Override
        public void closeConnection(Connection c) {
        }
    }

    /** A feature's own SQL as a unit. */
    private static final class WorkUnit<T> extends Unit<T> {
        private static final long ABOUT_BYTES = 4096;

        private final Engine.Query<T> work;
        private final Function<T, List<Noted>> facts;
        private final Engine engine;
        private T value;
        private RuntimeException thrown;

        WorkUnit(Engine.Query<T> work, Function<T, List<Noted>> facts, Engine engine,
                boolean urgent) {
            super(urgent, 1, ABOUT_BYTES);
            this.work = work;
            this.facts = facts;
            this.engine = engine;
        }

        @Override
        void first(Batch batch) throws Exception {
            value = null;
            thrown = null;
            try {
                value = batch.apart(work);
            } catch (Exception all) {
                Exception e = unbatched(all);
                SQLException sql = cause(e);
                if (sql != null && engine.kindOf(sql) != Kind.REJECTED) {
                    throw sql;
                }
                thrown = e instanceof RuntimeException r ? r
                        : new StoreException(Kind.REJECTED, "a change failed: " + e.getMessage(),
                                e);
            }
        }

        @Override
        void second(Batch batch) throws SQLException {
            if (thrown == null) {
                for (Noted n : facts.apply(value)) {
                    batch.fact(n.tenant(), n.stream(), n.message(), n.delivery(), n.fact());
                }
            }
        }

        /** PostgreSQL's driver says all rows of a batch, which are long, and people's. */
        private static Exception unbatched(Exception e) {
            return e instanceof BatchUpdateException b && b.getNextException() != null
                    ? b.getNextException() : e;
        }

        private static SQLException cause(Throwable t) {
            for (Throwable c = t; c != null; c = c.getCause()) {
                if (c instanceof SQLException s) {
                    return s;
                }
            }
            return null;
        }

        @Override
        T result() {
            return value;
        }

        @Override
        RuntimeException thrown() {
            return thrown;
        }
    }
}
