package dev.mailmill.backup;

import dev.mailmill.sql.Restored;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Puts a backup into an empty data folder or database. A mark lies in the folder as long as it is
 * not whole: nothing starts there, and the next try begins anew.
 */
public final class Restore {
    /** In a folder that is being restored into. */
    private static final String MARK = "restoring";
    /** The last is kept across restores: it knows who unsubscribed since the backup. */
    private static final Set<String> NOT_OURS =
            Set.of("server.lock", MARK, "suppressions.log");

    private Restore() {
    }

    /** Whether a restore into the data folder was cut off. */
    public static boolean unfinished(Path data) {
        return Files.exists(data.resolve(MARK));
    }

    /**
     * The caller has the folder to itself. When the store is opened next, all that is open is held.
     *
     * @return what the manifest says
     * @throws BackupException when the backup is damaged or made for another engine, or where it is
     *                         to go is not empty; then nothing was changed
     */
    public static JsonNode into(StoreSettings settings, Path backup, Instant now) {
        JsonNode manifest = Manifest.read(backup);
        String engine = settings.postgres().isPresent() ? "postgresql" : "sqlite";
        String was = manifest.path("engine").asString("");
        if (!was.equals(engine)) {
            throw new BackupException("The backup " + backup + " is of " + was + ", and the setting"
                    + " `database` names " + engine + ". "
                    + (was.equals("sqlite") ? "Unset MAILMILL_DATABASE."
                    : "Name an empty database in MAILMILL_DATABASE."));
        }
        if (now.isBefore(Manifest.copied(manifest))) {
            throw new BackupException("This machine's clock says " + now + ", and the backup was "
                    + "taken at " + Manifest.copied(manifest) + ", which is later: new mail would "
                    + "get ids that are taken. Set the clock.");
        }
        try {
            Path data = settings.folder();
            mustBeEmpty(data);
            Manifest.verify(backup, manifest);
            if (!unfinished(data)) {
                Tree.write(data.resolve(MARK),
                        (backup.toString() + "\n").getBytes(StandardCharsets.UTF_8));
                Tree.sync(data);
            }
            // The store last: once it is there it may not be filled again.
            beside(backup, data);
            Store.restore(settings, backup, Manifest.copied(manifest), now);
            Tree.syncAll(data);
            Files.delete(data.resolve(MARK));
            Tree.sync(data);
            return manifest;
        } catch (Restored.NotEmpty e) {
            undo(settings.folder());
            throw new BackupException(e.getMessage());
        } catch (IOException e) {
            throw new BackupException("The backup " + backup + " could not be restored: "
                    + e.getMessage() + " (" + e.getClass().getSimpleName()
                    + "). Mend that and say it again.", e);
        }
    }

    /** The folder was empty, or had what a restore that was cut off had left. */
    private static void undo(Path data) {
        try {
            clear(data);
            Files.deleteIfExists(data.resolve(MARK));
        } catch (IOException e) {
            throw new BackupException("The data folder " + data + " can't be emptied again: "
                    + e.getMessage() + ". Empty it by hand.", e);
        }
    }

    private static List<String> there(Path data) throws IOException {
        try (var all = Files.list(data)) {
            return all.map(p -> p.getFileName().toString()).filter(n -> !NOT_OURS.contains(n))
                    .sorted().toList();
        }
    }

    private static void clear(Path data) throws IOException {
        for (String name : there(data)) {
            Tree.delete(data.resolve(name));
        }
    }

    /** What a restore that was cut off has left is ours to clear. */
    private static void mustBeEmpty(Path data) throws IOException {
        Tree.folder(data);
        List<String> there = there(data);
        if (there.isEmpty()) {
            return;
        }
        if (!unfinished(data)) {
            throw new BackupException("The data folder " + data.toAbsolutePath().normalize()
                    + " is not empty (" + String.join(", ", there.subList(0,
                    Math.min(3, there.size()))) + (there.size() > 3 ? ", …" : "")
                    + "), and a restore overwrites nothing. Move it away, or name another folder"
                    + " in MAILMILL_DATA.");
        }
        clear(data);
    }

    private static void beside(Path backup, Path data) throws IOException {
        for (String file : Tree.files(backup)) {
            if (file.equals(Backup.MASTER_KEY) || file.startsWith(Backup.CERTIFICATES + "/")) {
                Path to = data.resolve(file);
                Tree.folder(to.getParent());
                Files.deleteIfExists(to);
                Tree.write(to, Files.readAllBytes(backup.resolve(file)));
            }
        }
    }
}
