package dev.mailmill.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** One process at a time has the data folder; the system gives it back when the process dies. */
final class FolderLock implements AutoCloseable {
    private final FileChannel channel;
    private final Path folder;

    private FolderLock(FileChannel channel, Path folder) {
        this.channel = channel;
        this.folder = folder;
    }

    /** @throws ConfigError when another process has it, or it can't be written */
    static FolderLock of(Path folder) {
        FileChannel channel = null;
        try {
            makePrivate(folder);
            channel = FileChannel.open(folder.resolve("server.lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw taken(folder);
            }
            return new FolderLock(channel, folder);
        } catch (OverlappingFileLockException e) {
            throw taken(folder);
        } catch (IOException e) {
            throw new ConfigError("The data folder " + folder.toAbsolutePath().normalize()
                    + " can't be used: " + e.getMessage());
        }
    }

    /** Mail, keys and logins lie in it; one that is there already keeps its owner's choice. */
    private static void makePrivate(Path folder) throws IOException {
        if (Files.exists(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (Files.getFileStore(parent).supportsFileAttributeView("posix")) {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(folder);
        }
    }

    private static ConfigError taken(Path folder) {
        return new ConfigError("A Mailmill runs on the data folder "
                + folder.toAbsolutePath().normalize()
                + " already; stop it, or give this one another folder (MAILMILL_DATA).");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
