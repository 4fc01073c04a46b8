package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contracts on SQLite, and what is SQLite's alone. */
class SqliteStoreTest implements SpoolContract, JournalContract, DeskContract,
        VerdictsContract {
    private World world;

    @BeforeEach
    void open() {
        world = new World(Optional.empty());
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Override
    public World world() {
        return world;
    }

    @Test
    void the_file_is_as_safe_as_asked() {
        assertEquals("wal", world.store.database().read(h ->
                h.createQuery("PRAGMA journal_mode").mapTo(String.class).one()));
        assertEquals("2", world.store.database().write(h ->
                h.createQuery("PRAGMA synchronous").mapTo(String.class).one()));
        assertEquals("0", world.store.database().write(h ->
                h.createQuery("PRAGMA wal_autocheckpoint").mapTo(String.class).one()));
    }

    @Test
    void nobody_else_may_read_what_lies_on_disk() throws Exception {
        Path data = world.folder.resolve("made");
        try (Store store = world.another(data); Bodies.Draft draft = store.bodies().draft()) {
            draft.write(new byte[100_000]);
            draft.keep();
            try (var files = Files.walk(data)) {
                List<Path> all = files.toList();
                assertTrue(all.size() > 6);
                for (Path p : all) {
                    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(p));
                    assertEquals(Files.isDirectory(p) ? "rwx------" : "rw-------", mode,
                            p.toString());
                }
            }
        }
    }

    @Test
    void an_orphan_of_any_day_is_swept_in_time() throws Exception {
        long old = world.store.ids().next(1);
        Path file = world.folder.resolve("content").resolve(Integer.toString(Ids.day(old)))
                .resolve(Long.toString(old));
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[10]);
        BodyStore bodies = (BodyStore) world.store.bodies();
        assertEquals(List.of(Ids.day(old)), bodies.days());
        bodies.sweep(Ids.day(old), old);
        assertTrue(Files.exists(file), "as young as this run");
        bodies.sweep(Ids.day(old), old + 1);
        assertFalse(Files.exists(file));
    }

    @Test
    void a_second_start_on_the_same_folder_is_refused() {
        StoreException e = assertThrows(StoreException.class, () -> world.another(world.folder));
        assertTrue(e.getMessage().contains("another process uses the data folder"));
    }

    @Test
    void a_read_that_takes_too_long_is_stopped() {
        String endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                + " SELECT max(i) FROM n";
        StoreException e = assertThrows(StoreException.class, () -> world.store.database()
                .read(h -> h.createQuery(endless).mapTo(Long.class).one()));
        assertEquals(StoreException.Kind.BUSY, e.kind());
        assertEquals("1", world.store.database().read(h ->
                h.createQuery("SELECT 1").mapTo(String.class).one()));
    }
}
