package dev.mailmill.kill;

import dev.mailmill.mail.Journal.Position;
import dev.mailmill.sql.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Whether views are what the journal says, and the same when they are made anew. */
final class Rollups {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** As long as nothing moves, on a machine that may be busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(45);
    /** The least number of a fact's type that those who read mail pass over. */
    private static final int CALLERS = 17;
    /** The others are no facts', or an engine's own way to look words up. */
    private static final Pattern FOLDED = Pattern.compile("(stats|search|volume)(_[a-z]+)*"
            + "(?<!_(data|idx|content|docsize|config))");
    /** Of what is open, and of what was refused: nothing is, at the end of this test. */
    private static final Pattern EMPTY = Pattern.compile("(.*\\.)?(stats_tried|stats_reply"
            + "|search_failure)");

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
     * Kills the server, and leaves it so.
     *
     * @param figures that were counted from the journal
     * @return what is wrong; empty as it should be
     */
    List<String> wrong(Map<String, Long> figures)
            throws IOException, InterruptedException, SQLException {
        List<String> wrong = new ArrayList<>();
        await(figures, wrong);
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
        if (audited < figures.values().stream().mapToLong(n -> n).sum()) {
            wrong.add("the audit read " + audited + " facts of " + figures);
        }
        server.kill();
        Map<String, List<String>> before = rows();
        forget();
        server.start(Map.of());
        await(figures, wrong);
        server.kill();
        Map<String, List<String>> after = rows();
        for (String table : new TreeSet<>(before.keySet())) {
            List<String> was = new ArrayList<>(before.get(table));
            List<String> is = new ArrayList<>(after.getOrDefault(table, List.of()));
            if (!was.equals(is)) {
                was.removeAll(Set.copyOf(after.getOrDefault(table, List.of())));
                is.removeAll(Set.copyOf(before.get(table)));
                wrong.add(table + " had " + was.stream().limit(3).toList() + " and made anew has "
                        + is.stream().limit(3).toList());
            }
        }
        Set<String> empty = new TreeSet<>(before.keySet());
        empty.removeIf(t -> !before.get(t).isEmpty());
        empty.removeIf(t -> EMPTY.matcher(t).matches());
        if (!empty.isEmpty()) {
            wrong.add("there is nothing in " + empty);
        }
        return wrong;
    }

    /** Until the statistics have these, and all folds have read everything; or nothing moves. */
    private void await(Map<String, Long> figures, List<String> wrong)
            throws IOException, InterruptedException, SQLException {
        Map<String, Long> counted = counted(figures.keySet());
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end && (!counted.equals(figures) || !together())) {
            TimeUnit.MILLISECONDS.sleep(200);
            Map<String, Long> now = counted(figures.keySet());
            if (!now.equals(counted)) {
                end = System.nanoTime() + PATIENCE.toNanos();
            }
            counted = now;
        }
        if (!counted.equals(figures)) {
            wrong.add("the statistics count " + counted + ", the journal " + figures);
        }
        if (!together()) {
            wrong.add("not all folds have read all facts");
        }
    }

    private Map<String, Long> counted(Set<String> figures)
            throws IOException, InterruptedException {
        JsonNode totals = JSON.readTree(server.get("v1/stats?interval=day&everywhere=true").body())
                .path("totals");
        Map<String, Long> all = new TreeMap<>();
        figures.forEach(f -> all.put(f, totals.path(f).asLong(0)));
        return all;
    }

    /**
     * Whether those that read every fact of mail have read all. A cursor stays before callers'
     * facts that come last, or goes behind them, as they were read.
     */
    private boolean together() throws SQLException {
        List<Position> at = new ArrayList<>();
        try (Connection c = connect(); Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT position FROM " + schema()
                        + "cursor WHERE name IN ('stats', 'volume', 'search')")) {
            while (r.next()) {
                at.add(Position.parse(r.getString(1)));
            }
        }
        return at.size() == 3 && !mailAfter(at.stream().min(Comparator.naturalOrder())
                .orElseThrow());
    }

    private boolean mailAfter(Position last) throws SQLException {
        try (Connection c = postgres.isPresent() ? connect() : DriverManager.getConnection(
                "jdbc:sqlite:" + data.resolve("mail.db")); Statement s = c.createStatement()) {
            List<String> days = new ArrayList<>();
            try (ResultSet r = s.executeQuery(postgres.isPresent() ? "SELECT table_name FROM"
                    + " information_schema.tables WHERE table_schema = 'public'"
                    + " AND table_name ~ '^fact_[0-9]+$'"
                    : "SELECT name FROM sqlite_master WHERE type = 'table'"
                    + " AND name GLOB 'fact_[0-9]*'")) {
                while (r.next()) {
                    days.add(r.getString(1));
                }
            }
            for (String day : days) {
                try (ResultSet r = s.executeQuery("SELECT count(*) FROM " + day + " WHERE type < "
                        + CALLERS + " AND " + (postgres.isPresent() ? "(xid, seq) > ('"
                        + last.xid() + "'::xid8, " + last.seq() + ")"
                        : "seq > " + last.seq()))) {
                    r.next();
                    if (r.getLong(1) > 0) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private String schema() {
        return postgres.isPresent() ? "views." : "";
    }

    /** Every row of every table that is made of facts, whichever there are. */
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
                : "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE"
                + " 'CREATE VIRTUAL%' ORDER BY 1")) {
            while (r.next()) {
                if (FOLDED.matcher(r.getString(1)).matches()) {
                    all.add(schema() + r.getString(1));
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
            s.execute("DELETE FROM views.cursor");
        }
    }

    private Connection connect() throws SQLException {
        return postgres.isPresent() ? Postgres.connection(postgres.get())
                : DriverManager.getConnection("jdbc:sqlite:" + data.resolve("views.db"));
    }
}
