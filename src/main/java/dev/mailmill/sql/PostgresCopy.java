package dev.mailmill.sql;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * All of a PostgreSQL database that is ours, of one snapshot, as files: a table's rows as COPY
 * writes them, and {@code contents}, a line each about versions, tables and sequences.
 *
 * <p>Beside what nodes lease: a copy has no living nodes.
 */
final class PostgresCopy {
    static final String CONTENTS = "contents";
    private static final List<String> SCHEMAS = List.of("public", "views");
    /** In which migrations put a row: an empty store has it, and a copy brings its own. */
    private static final Set<String> SEEDED = Set.of("change", "suppression_seq");
    private static final Set<String> NOT_COPIED = Set.of("node", "node_group",
            "flyway_schema_history");
    /** Shared by copies that are made, alone for who drops tables: see {@link #mayDrop}. */
    private static final long COPY_LOCK = 0x6d61696c636f7079L;
    private static final int BUFFER = 256 * 1024;
    /** Sequences go on so far ahead: what was given after the copy is not given again. */
    private static final long LEAP = 1_000_000;

    private PostgresCopy() {
    }

    /**
     * Whether tables may be dropped in this transaction. A copy holds the ones that it has read
     * until its end, and who wants one dropped would wait, with the writer and everybody behind it.
     */
    static boolean mayDrop(Engine engine, Connection c) throws SQLException {
        if (!engine.postgres()) {
            return true;
        }
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                "SELECT pg_try_advisory_xact_lock(" + COPY_LOCK + ")")) {
            return r.next() && r.getBoolean(1);
        }
    }

    /** @param beside what else is to be read of the same snapshot */
    static <T> T write(PostgresEngine engine, Path folder, Engine.Query<T> beside)
            throws SQLException, IOException {
        // The lock is the session's, and goes with the connection.
        try (Connection c = engine.plain(); Statement s = c.createStatement()) {
            s.execute("SET lock_timeout = 60000");
            s.execute("SELECT pg_advisory_lock_shared(" + COPY_LOCK + ")");
            c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            c.setReadOnly(true);
            c.setAutoCommit(false);
            CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder contents = new StringBuilder("mailmill-copy 1\n");
            for (String schema : SCHEMAS) {
                contents.append("schema ").append(schema).append(' ')
                        .append(version(s, schema)).append('\n');
                for (String table : tables(c, schema)) {
                    String columns = String.join(",", columns(c, schema, table));
                    contents.append("table ").append(schema).append(' ').append(table).append(' ')
                            .append(columns).append('\n');
                    try (OutputStream out = new BufferedOutputStream(
                            Files.newOutputStream(Private.file(file(folder, schema, table))),
                            BUFFER)) {
                        copies.copyOut("COPY " + schema + "." + table + " (" + columns
                                + ") TO STDOUT (FORMAT binary)", out);
                    }
                    force(file(folder, schema, table));
                }
                contents.append(sequences(c, schema));
            }
            T value;
            try {
                value = beside.on(c);
            } catch (SQLException | IOException e) {
                throw e;
            } catch (Exception e) {
                throw Engine.readFailed(engine, e);
            }
            try (ResultSet r = s.executeQuery("SELECT " + engine.journalXid(
                    "pg_snapshot_xmax(pg_current_snapshot())") + "::text::bigint")) {
                r.next();
                contents.append("journal ").append(r.getLong(1)).append('\n');
            }
            c.rollback();
            Files.writeString(Private.file(folder.resolve(CONTENTS)), contents);
            force(folder.resolve(CONTENTS));
            return value;
        }
    }

    private static Path file(Path folder, String schema, String table) {
        return folder.resolve(schema + "." + table + ".copy");
    }

    private static void force(Path file) throws IOException {
        try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
            c.force(true);
        }
    }

    private static String version(Statement s, String schema) throws SQLException {
        try (ResultSet r = s.executeQuery("SELECT version FROM " + schema
                + ".flyway_schema_history WHERE success AND version IS NOT NULL"
                + " ORDER BY installed_rank DESC LIMIT 1")) {
            if (!r.next()) {
                throw new SQLException("the schema " + schema + " has no version");
            }
            return r.getString(1);
        }
    }

    /** Those that others refer to come first. */
    private static List<String> tables(Connection c, String schema) throws SQLException {
        List<String> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT c.relname, ARRAY(SELECT"
                + " f.relname::text FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid"
                + " WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid)"
                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname = ? AND c.relkind = 'r' ORDER BY c.relname")) {
            s.setString(1, schema);
            List<String> names = new ArrayList<>();
            List<Set<String>> needs = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    if (!NOT_COPIED.contains(r.getString(1))) {
                        names.add(r.getString(1));
                        needs.add(Set.of((String[]) r.getArray(2).getArray()));
                    }
                }
            }
            while (all.size() < names.size()) {
                int before = all.size();
                for (int i = 0; i < names.size(); i++) {
                    if (!all.contains(names.get(i)) && all.containsAll(needs.get(i))) {
                        all.add(names.get(i));
                    }
                }
                if (all.size() == before) {
                    throw new SQLException("tables of " + schema
                            + " refer to each other in a ring");
                }
            }
        }
        return all;
    }

    private static List<String> columns(Connection c, String schema, String table)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT attname FROM pg_attribute WHERE"
                + " attrelid = (? || '.' || ?)::regclass AND attnum > 0 AND NOT attisdropped"
                + " AND attgenerated = '' ORDER BY attnum")) {
            s.setString(1, schema);
            s.setString(2, table);
            List<String> all = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
            return all;
        }
    }

    private static String sequences(Connection c, String schema) throws SQLException {
        StringBuilder lines = new StringBuilder();
        try (PreparedStatement s = c.prepareStatement("SELECT sequencename,"
                + " coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = ?")) {
            s.setString(1, schema);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    lines.append("sequence ").append(schema).append(' ').append(r.getString(1))
                            .append(' ').append(r.getLong(2)).append('\n');
                }
            }
        }
        return lines.toString();
    }

    /**
     * Fills an empty database, all or nothing.
     *
     * @throws Restored.NotEmpty when there is something in it
     */
    static void read(String url, Path folder, Restored.Note note) throws SQLException, IOException {
        List<String> lines = Files.readAllLines(folder.resolve(CONTENTS), StandardCharsets.UTF_8);
        if (lines.isEmpty() || !lines.getFirst().equals("mailmill-copy 1")) {
            throw new IOException("the copy is of a form that this version does not know");
        }
        try (Connection c = PostgresEngine.source(url, "public").getConnection();
                Statement s = c.createStatement()) {
            if (filled(c, s, note)) {
                return;
            }
            mustBeEmpty(c, s);
            s.execute("CREATE SCHEMA IF NOT EXISTS views");
        }
        for (String line : lines) {
            String[] word = line.split(" ");
            if (word[0].equals("schema")) {
                Migrations.run(PostgresEngine.source(url, word[1]), word[1].equals("public")
                        ? "db/postgres" : "db/views-postgres", word[2]);
            }
        }
        try (Connection c = PostgresEngine.source(url, "public").getConnection();
                Statement s = c.createStatement()) {
            c.setAutoCommit(false);
            fill(c, s, folder, lines, note);
            c.commit();
        }
    }

    /** Whether this copy was put in already and nobody has started on it: it was cut off after. */
    private static boolean filled(Connection c, Statement s, Restored.Note note)
            throws SQLException {
        try (ResultSet r = s.executeQuery("SELECT to_regclass('public.restored') IS NOT NULL")) {
            if (!r.next() || !r.getBoolean(1)) {
                return false;
            }
        }
        try (PreparedStatement there = c.prepareStatement(
                "SELECT 1 FROM public.restored WHERE copied = ? AND held = 0")) {
            there.setLong(1, note.copied().toEpochMilli());
            try (ResultSet r = there.executeQuery()) {
                return r.next();
            }
        }
    }

    private static void fill(Connection c, Statement s, Path folder, List<String> lines,
            Restored.Note note) throws SQLException, IOException {
        for (String table : SEEDED) {
            s.execute("DELETE FROM public." + table);
        }
        CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
        long shift = lines.stream().filter(l -> l.startsWith("journal "))
                .mapToLong(l -> Long.parseLong(l.substring(8))).findFirst().orElse(0)
                + Restored.LEAP;
        for (String line : lines) {
            String[] word = line.split(" ");
            switch (word[0]) {
                case "table" -> {
                    if (word[2].matches("(content|fact|conversation|body_chunk)_\\d+")) {
                        PostgresEngine.makeDay(c, Integer.parseInt(
                                word[2].substring(word[2].lastIndexOf('_') + 1)), shift);
                    }
                }
                case "sequence" -> s.execute("SELECT setval('" + word[1] + "." + word[2] + "', "
                        + (Long.parseLong(word[3]) + LEAP) + ")");
                default -> {
                }
            }
        }
        for (String line : lines) {
            String[] word = line.split(" ");
            if (word[0].equals("table")) {
                try (InputStream in = new BufferedInputStream(
                        Files.newInputStream(file(folder, word[1], word[2])), BUFFER)) {
                    copies.copyIn("COPY " + word[1] + "." + word[2] + " (" + word[3]
                            + ") FROM STDIN (FORMAT binary)", in);
                }
            }
        }
        note.write(c, shift);
    }

    /** Nothing of ours, or our tables as an interrupted restore left them. */
    private static void mustBeEmpty(Connection c, Statement s) throws SQLException {
        for (String schema : SCHEMAS) {
            for (String table : tables(c, schema)) {
                if (SEEDED.contains(table)) {
                    continue;
                }
                try (ResultSet r = s.executeQuery("SELECT 1 FROM " + schema + ".\"" + table
                        + "\" LIMIT 1")) {
                    if (r.next()) {
                        throw new Restored.NotEmpty("The database is not empty: its table "
                                + schema + "." + table + " has rows. Make an empty one (createdb)"
                                + " and name it in MAILMILL_DATABASE.");
                    }
                }
            }
        }
    }
}
