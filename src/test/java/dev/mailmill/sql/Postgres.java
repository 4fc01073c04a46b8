package dev.mailmill.sql;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One real PostgreSQL for all tests of the JVM, durable as in production. */
public final class Postgres {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static EmbeddedPostgres server;

    private Postgres() {
    }

    static synchronized EmbeddedPostgres server() {
        try {
            if (server == null) {
                server = EmbeddedPostgres.builder().setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("max_connections", "200").start();
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The URL of a fresh database, through a port that may be a proxy's. */
    static String database(int port) {
        String name = "m" + NAMES.incrementAndGet();
        run("postgres", "CREATE DATABASE " + name);
        return "postgresql://postgres:postgres@localhost:" + port + "/" + name;
    }

    public static String database() {
        return database(server().getPort());
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
