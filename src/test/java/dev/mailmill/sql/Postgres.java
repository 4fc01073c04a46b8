package dev.mailmill.sql;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One real PostgreSQL for all tests of the JVM. It commits as in production, but for fsync, which
 * only a loss of power would miss: no test cuts that.
 */
public final class Postgres {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static EmbeddedPostgres server;
    private static boolean template;
    private static Optional<Path> kept = Optional.empty();

    private Postgres() {
    }

    static synchronized EmbeddedPostgres server() {
        try {
            if (server == null) {
                Path data = kept.isPresent() ? kept.get()
                        : Files.createTempDirectory("mailmill-postgres");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(data)));
                server = EmbeddedPostgres.builder().setRegisterShutdownHook(false)
                        .setDataDirectory(data).setCleanDataDirectory(false)
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("max_connections", "200").start();
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * At once: nobody needs its last checkpoint, which takes long on a busy disk. Nor does anybody
     * wait for its some hundred thousand files to go: Surefire kills who takes 30 seconds to end.
     */
    private static void stop(Path data) {
        try {
            String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip();
            new ProcessBuilder("kill", "-QUIT", pid).start().waitFor(5, TimeUnit.SECONDS);
            ProcessHandle.of(Long.parseLong(pid))
                    .ifPresent(p -> p.onExit().orTimeout(5, TimeUnit.SECONDS).join());
            if (kept.isEmpty()) {
                new ProcessBuilder("rm", "-rf", data.toString()).start();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("PostgreSQL was not stopped", e);
        }
    }

    /** A server whose data outlive it; to be said before anything else. */
    public static synchronized void keep(Path data) {
        kept = Optional.of(data);
    }

    /** The URL of a database that {@link #keep} may have from before; it may have no table. */
    public static String named(String name) {
        try (Connection c = server().getPostgresDatabase().getConnection();
                Statement s = c.createStatement();
                ResultSet rows = s.executeQuery("SELECT 1 FROM pg_database WHERE datname = '"
                        + name + "'")) {
            if (!rows.next()) {
                run("postgres", "CREATE DATABASE " + name);
            }
            return "postgresql://postgres:postgres@localhost:" + server().getPort() + "/" + name;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The URL of a database that has our tables already and nothing in them. */
    public static String database() {
        return migrated(server().getPort());
    }

    /** The URL of one without a table. */
    public static String empty() {
        String name = "m" + NAMES.incrementAndGet();
        run("postgres", "CREATE DATABASE " + name);
        return "postgresql://postgres:postgres@localhost:" + server().getPort() + "/" + name;
    }

    /** The same through a port that may be a proxy's. */
    public static synchronized String migrated(int port) {
        if (!template) {
            run("postgres", "CREATE DATABASE tables");
            String url = "postgresql://postgres:postgres@localhost:" + server().getPort()
                    + "/tables";
            run("tables", "CREATE SCHEMA views");
            Migrations.run(PostgresEngine.source(url, "public"), "db/postgres");
            Migrations.run(PostgresEngine.source(url, "views"), "db/views-postgres");
            template = true;
        }
        String name = "m" + NAMES.incrementAndGet();
        run("postgres", "CREATE DATABASE " + name + " TEMPLATE tables");
        return "postgresql://postgres:postgres@localhost:" + port + "/" + name;
    }

    /** Another look at a database of {@link #database}. */
    public static Connection connection(String url) throws SQLException {
        return connect(url);
    }

    static Connection connect(String url) throws SQLException {
        return server().getDatabase("postgres", url.substring(url.lastIndexOf('/') + 1))
                .getConnection();
    }

    static void run(String database, String sql) {
        try (Connection c = server().getDatabase("postgres", database).getConnection();
                Statement s = c.createStatement()) {
            s.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
