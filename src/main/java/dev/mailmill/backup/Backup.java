package dev.mailmill.backup;

import dev.mailmill.sql.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes a backup of a store that is in use. */
public final class Backup {
    static final String MASTER_KEY = "master.key";
    static final String CERTIFICATES = "tls";
    private static final long ROOM_LEFT = 256L << 20;
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("'mailmill-'yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Store store;
    private final Path data;
    private final boolean keyIsSetting;
    private final String version;
    private final InstantSource clock;

    /**
     * @param keyIsSetting whether the master key is given by a setting and in no file
     * @param version      of this Mailmill
     */
    public Backup(Store store, Path data, boolean keyIsSetting, String version,
            InstantSource clock) {
        this.store = store;
        this.data = data;
        this.keyIsSetting = keyIsSetting;
        this.version = version;
        this.clock = clock;
    }

    /**
     * Under the name given, or in the folder of that name where there is one.
     *
     * @return what the manifest says, and {@code path}
     * @throws BackupException when it can't be made; then nothing of it is left
     */
    ObjectNode make(Path to, boolean withMasterKey) {
        Instant at = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Path target = (Files.isDirectory(to) ? to.resolve(NAME.format(at)) : to).toAbsolutePath()
                .normalize();
        if (Files.exists(to.resolve(Manifest.FILE))) {
            throw new BackupException(to + " is a backup itself; give a name beside it, or the"
                    + " folder that they lie in.");
        }
        if (Files.exists(target)) {
            throw new BackupException(target + " is there already, and a backup overwrites "
                    + "nothing. Give another name, or a folder to put it into.");
        }
        Path draft = target.resolveSibling(target.getFileName() + ".part");
        try {
            begin(draft);
            try {
                ObjectNode manifest = fill(draft, at, withMasterKey);
                Files.delete(draft.resolve(Manifest.DRAFT));
                Tree.syncAll(draft);
                Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
                Tree.sync(target.getParent());
                return manifest.put("path", target.toString());
            } catch (IOException | RuntimeException e) {
                Tree.delete(draft);
                throw e;
            }
        } catch (IOException e) {
            throw new BackupException("No backup was made at " + target + ": " + e.getMessage()
                    + " (" + e.getClass().getSimpleName() + ").", e);
        }
    }

    private void begin(Path draft) throws IOException {
        if (Files.exists(draft)) {
            if (!Files.exists(draft.resolve(Manifest.DRAFT))) {
                throw new BackupException(draft + " is in the way, and is no draft of ours. "
                        + "Give the backup another name.");
            }
            Tree.delete(draft);
        }
        Tree.folder(draft);
        Tree.write(draft.resolve(Manifest.DRAFT), new byte[0]);
        long need = store.copyBytes() + ROOM_LEFT;
        long room = Files.getFileStore(draft).getUsableSpace();
        if (room < need) {
            Tree.delete(draft);
            throw new BackupException("There is not enough room at " + draft.getParent() + ": "
                    + (need >> 20) + " MB are needed, " + (room >> 20) + " MB are free.");
        }
    }

    private ObjectNode fill(Path draft, Instant at, boolean withMasterKey) throws IOException {
        Store.Copied copied = store.copyTo(draft);
        String key = keyIsSetting ? "setting" : withMasterKey ? "included" : "left out";
        if (key.equals("included")) {
            Tree.write(draft.resolve(MASTER_KEY), Files.readAllBytes(data.resolve(MASTER_KEY)));
        }
        Path certificates = data.resolve(CERTIFICATES);
        if (Files.isDirectory(certificates)) {
            for (String file : Tree.files(certificates)) {
                Path copy = draft.resolve(CERTIFICATES).resolve(file);
                Tree.folder(copy.getParent());
                Tree.write(copy, Files.readAllBytes(certificates.resolve(file)));
            }
        }
        ObjectNode said = JsonNodeFactory.instance.objectNode();
        said.put("mailmill", version);
        said.put("engine", store.database().postgres() ? "postgresql" : "sqlite");
        said.put("copied_at", at.toString());
        said.put("finished_at", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        said.put("master_key", key);
        said.putObject("counts").put("messages", copied.messages())
                .put("deliveries", copied.deliveries()).put("open", copied.open())
                .put("large_bodies", copied.bodies())
                .put("large_bodies_missing", copied.bodiesMissing());
        return Manifest.write(draft, said);
    }
}
