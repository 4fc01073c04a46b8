package dev.mailmill.account;

import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;

/** The account and domain tables on a small SQLite file: a connection per call, no group commit. */
public final class TestStore implements Database {
    private static final List<String> SCRIPTS = List.of("V10__account.sql", "V11__domain.sql",
            "V12__people.sql", "V14__key_bounds.sql", "V15__smtp.sql", "V17__shaping.sql",
            "V18__exits.sql", "V19__transit.sql", "V22__sources.sql", "V23__suppression.sql",
            "V24__engine.sql", "V25__feedback.sql", "V26__domain_look.sql", "V28__warmth.sql",
            "V32__template.sql", "V35__tracking.sql", "V36__verdict.sql", "V37__sign_in.sql",
            "V38__preferences.sql", "V40__filter.sql");
    private static byte[] tables;

    private final Jdbi jdbi;
    private final ReentrantLock writer = new ReentrantLock();
    /** Set: the store can't be reached. */
    public volatile boolean down;

    private TestStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** With empty tables: made once a JVM, then copied. */
    public static TestStore make(Path file) {
        try {
            Files.write(file, tables());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return at(file);
    }

    private static synchronized byte[] tables() throws IOException {
        if (tables == null) {
            Path file = Files.createTempFile("mailmill-account", ".db");
            at(file).jdbi.useTransaction(h -> {
                for (String script : SCRIPTS) {
                    h.createScript(resource("/db/sqlite/" + script)).execute();
                }
            });
            tables = Files.readAllBytes(file);
            Files.delete(file);
        }
        return tables;
    }

    /** Another node over the same file. */
    public static TestStore at(Path file) {
        return new TestStore(Jdbi.create("jdbc:sqlite:" + file + "?journal_mode=WAL"
                + "&synchronous=OFF&busy_timeout=5000&foreign_keys=true"));
    }

    @Override
    public <T> T read(Work<T> work) {
        return run(work);
    }

    /** There is no journal here. */
    @Override
    public <T> T write(Work<T> work, Function<T, List<Noted>> facts) {
        return write(work);
    }

    @Override
    public <T> T write(Work<T> work) {
        writer.lock();
        try {
            return run(work);
        } finally {
            writer.unlock();
        }
    }

    private <T> T run(Work<T> work) {
        if (down) {
            throw new StoreException(StoreException.Kind.DOWN, "unplugged", null);
        }
        try {
            return jdbi.inTransaction(work::on);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean postgres() {
        return false;
    }

    @Override
    public void close() {
    }

    static String resource(String name) {
        try (var in = TestStore.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
