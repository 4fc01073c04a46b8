package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail and keys lie in the data folder. */
class FolderLockTest {
    @TempDir
    Path parent;

    @Test
    void aFolderThatIsMadeIsItsOwnersAloneAndOneThatIsThereStaysAsItIs() throws IOException {
        assumeTrue(Files.getFileStore(parent).supportsFileAttributeView("posix"),
                "needs POSIX permissions");
        Path open = Files.createDirectory(parent.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
        Path made = parent.resolve("deep/made");

        FolderLock.of(made).close();
        FolderLock.of(open).close();

        assertEquals("rwx------", mode(made));
        assertEquals("rwxr-x---", mode(open));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
