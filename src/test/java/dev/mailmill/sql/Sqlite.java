package dev.mailmill.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;

/** SQLite files that have our tables already and nothing in them; made once a JVM, then copied. */
public final class Sqlite {
    private static Map<String, byte[]> tables;

    private Sqlite() {
    }

    /**
     * What {@link Store} would make in a new folder of its own, in a tenth of the time; nothing
     * where it has been.
     */
    public static void tables(Path folder) {
        if (Files.exists(folder.resolve("mail.db"))) {
            return;
        }
        try {
            Private.folder(folder);
            for (Map.Entry<String, byte[]> e : tables().entrySet()) {
                Files.write(Private.file(folder.resolve(e.getKey())), e.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized Map<String, byte[]> tables() throws IOException {
        if (tables == null) {
            Path folder = Files.createTempDirectory("mailmill-tables");
            Path mail = folder.resolve("mail.db");
            Path views = folder.resolve("views.db");
            try {
                new SqliteEngine(mail, true, "db/sqlite", 1).close();
                new SqliteEngine(views, false, "db/views-sqlite", 1).close();
                tables = Map.of("mail.db", Files.readAllBytes(mail),
                        "views.db", Files.readAllBytes(views));
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            } finally {
                for (String end : new String[] {"", "-wal", "-shm"}) {
                    Files.deleteIfExists(folder.resolve("mail.db" + end));
                    Files.deleteIfExists(folder.resolve("views.db" + end));
                }
                Files.delete(folder);
            }
        }
        return tables;
    }
}
