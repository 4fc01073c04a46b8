package dev.mailmill.app;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * How commands on this machine reach the running server: its address and a key with all rights, in
 * files that only the owner of the data folder reads, new with each start.
 */
final class OperatorToken {
    private static final int BYTES = 32;

    private final Path data;
    private final String secret;
    private boolean announced;

    private OperatorToken(Path data, String secret) {
        this.data = data;
        this.secret = secret;
    }

    static OperatorToken make(Path data, SecureRandom random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new OperatorToken(data, "mm_op_" + HexFormat.of().formatHex(bytes));
    }

    String secret() {
        return secret;
    }

    void announce(URI address, SecureRandom random) {
        try {
            put(Mailmill.tokenFile(data), secret, random);
            put(Mailmill.addressFile(data), address.toString(), random);
            announced = true;
        } catch (IOException e) {
            throw new ConfigError("The data folder can't be written: " + e.getMessage());
        }
    }

    /** Whole or not at all, and never readable by others, not even for a moment. */
    private static void put(Path file, String text, SecureRandom random) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + "." + random.nextInt(1 << 30));
        try {
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        } catch (UnsupportedOperationException e) {
            Files.createFile(draft);
        }
        Files.write(draft, text.getBytes(StandardCharsets.US_ASCII));
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    void withdraw() {
        if (announced) {
            try {
                Files.deleteIfExists(Mailmill.addressFile(data));
                Files.deleteIfExists(Mailmill.tokenFile(data));
            } catch (IOException e) {
                // They are overwritten by the next start, and worth nothing until then.
                announced = false;
            }
        }
    }
}
