package dev.mailmill.kill;

import dev.mailmill.sql.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Whether the statistics are what the journal says, and the same when they are made anew. */
final class Rollups {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 120;

    private final ServerProcess server;
    private final Path data;
    private final Optional<String> postgres;

    /** @param postgres the database's URL; empty for SQLite in the folder */
    Rollups(ServerProcess server, Path data, Optional<String> postgres) {
        this.server = server;
        this.data = data;
        this.postgres = postgres;
    }

    /**
     * Kills the server, and leaves it running.
     *
     * @param accepted that the journal tells of
     * @return what is wrong; empty as it should be
     */
    List<String> wrong(long accepted) throws IOException, InterruptedException, SQLException {
        List<String> wrong = new ArrayList<>();
        await(accepted);
        JsonNode days = JSON.readTree(server.get("v1/stats?interval=day").body());
        long audited = 0;
        for (JsonNode point : days.path("series")) {
            JsonNode found = JSON.readTree(server.get("v1/stats/audit?day="
                    + point.path("at").asString().substring(0, 10)).body());
            audited += found.path("facts").asLong(0);
            if (found.path("drift").asLong(-1) != 0) {
                wrong.add("the audit finds " + found);
            }
        }
        if (audited < accepted) {
            wrong.add("the audit read " + audited + " facts of " + accepted + " deliveries");
        }
        server.kill();
        Map<String, List<String>> before = rows();
        forget();
        server.start(Map.of());
        await(accepted);
        server.kill();
        Map<String, List<String>> after = rows();
        for (String table : new TreeSet<>(before.keySet())) {
            List<String> was = new ArrayList<>(before.get(table));
            List<String> is = new ArrayList<>(after.getOrDefault(table, List.of()));
            if (!was.equals(is)) {
                was.removeAll(after.getOrDefault(table, List.of()));
                is.removeAll(before.get(table));
                wrong.add(table + " had " + was.stream().limit(3).toList() + " and made anew has "
                        + is.stream().limit(3).toList());
            }
        }
        if (before.values().stream().allMatch(List::isEmpty)) {
            wrong.add("there are no statistics in " + before.keySet());
        }
        server.start(Map.of());
        return wrong;
    }

    /** Until all that was accepted is counted, and the fold has read everything. */
    private void await(long accepted) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        long counted = 0;
        int rested = 0;
        while (System.nanoTime() < end && rested < 5) {
            counted = JSON.readTree(server.get("v1/stats?interval=day&everywhere=true").body())
                    .path("totals").path("accepted").asLong(0);
            rested = counted >= accepted && server.get("metrics").body().lines()
                    .anyMatch(l -> l.startsWith("mailmill_fold_lag_seconds{fold=\"stats\"")
                            && l.endsWith(" 0.0")) ? rested + 1 : 0;
            TimeUnit.MILLISECONDS.sleep(200);
        }
        if (counted != accepted) {
            throw new IOException("the statistics count " + counted + " of " + accepted);
        }
    }

    /** Every row of every table of statistics, whichever there are. */
    private Map<String, List<String>> rows() throws SQLException {
        try (Connection c = connect(); Statement s = c.createStatement()) {
            Map<String, List<String>> all = new TreeMap<>();
            for (String table : tables(s)) {
                List<String> rows = new ArrayList<>();
                try (ResultSet r = s.executeQuery("SELECT * FROM " + table)) {
                    while (r.next()) {
                        List<String> row = new ArrayList<>();
                        for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
                            row.add(r.getString(i));
                        }
                        rows.add(row.toString());
                    }
                }
                all.put(table, rows.stream().sorted().toList());
            }
            return all;
        }
    }

    private List<String> tables(Statement s) throws SQLException {
        List<String> all = new ArrayList<>();
        try (ResultSet r = s.executeQuery(postgres.isPresent() ? "SELECT table_name FROM"
                + " information_schema.tables WHERE table_schema = 'views' ORDER BY 1"
                : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")) {
            while (r.next()) {
                if (r.getString(1).startsWith("stats")) {
                    all.add((postgres.isPresent() ? "views." : "") + r.getString(1));
                }
            }
        }
        return all;
    }

    private void forget() throws SQLException, IOException {
        if (postgres.isEmpty()) {
            for (String end : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(data.resolve("views.db" + end));
            }
            return;
        }
        try (Connection c = connect(); Statement s = c.createStatement()) {
            for (String table : tables(s)) {
                s.execute("TRUNCATE " + table);
            }
            s.execute("DELETE FROM views.cursor WHERE name LIKE 'stats%'"
                    + " OR name LIKE 'verdicts%'");
        }
    }

    private Connection connect() throws SQLException {
        return postgres.isPresent() ? Postgres.connection(postgres.get())
                : DriverManager.getConnection("jdbc:sqlite:" + data.resolve("views.db"));
    }
}
