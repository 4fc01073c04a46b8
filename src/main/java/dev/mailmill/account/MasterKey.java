package dev.mailmill.account;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The one secret that seals the others: AES-256-GCM under a key derived from it. What is sealed
 * starts with a version and the key's id, so that a wrong key is named and not guessed.
 *
 * <p>Sealed: version (1 octet), key id (4), nonce (12), ciphertext and tag. The context, e.g.
 * {@code dkim/example.org/mm1}, is authenticated too: a row's sealed bytes are worthless in
 * another row.
 */
public final class MasterKey {
    /** In the data folder, where no setting gives the key. */
    public static final String FILE = "master.key";

    private static final byte VERSION = 1;
    private static final int ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES;
    private static final int KEY_BYTES = 32;
    private static final int PASSPHRASE_MIN = 32;
    private static final int FILE_BYTES_MAX = 4096;
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final SecretKey sealing;
    private final byte[] id;
    private final SecureRandom random;

    private MasterKey(byte[] root, SecureRandom random) {
        this.sealing = derive(root, "mailmill seal 1", KEY_BYTES);
        this.id = derive(root, "mailmill key id 1", ID_BYTES).getEncoded();
        this.random = random;
    }

    /** Where the key comes from: the setting when it is there, else the file in the folder. */
    public record Source(Optional<String> setting, Path folder) {
        Path file() {
            return folder.resolve(FILE);
        }

        /** Without the key: it must not get into a log. */
        @Override
        public String toString() {
            return setting.isPresent() ? "MAILMILL_MASTER_KEY" : file().toString();
        }
    }

    /**
     * @param setting 32 octets in base64 or hex, or at least 32 characters of anything else
     * @param where   it was found, for people
     * @throws MasterKeyException when it is too short to be a secret
     */
    static MasterKey of(String setting, String where, SecureRandom random) {
        String text = setting.strip();
        Optional<byte[]> exact = exactly32(text);
        if (exact.isEmpty() && text.length() < PASSPHRASE_MIN) {
            throw new MasterKeyException("the master key of " + where + " is too short: give 32"
                    + " random octets in base64 or hex (openssl rand -base64 32), or at least "
                    + PASSPHRASE_MIN + " characters");
        }
        return new MasterKey(exact.orElseGet(() -> text.getBytes(StandardCharsets.UTF_8)), random);
    }

    /** The key of the setting or the file; empty when there is neither. */
    static Optional<MasterKey> read(Source source, SecureRandom random) {
        if (source.setting().isPresent() && !source.setting().get().isBlank()) {
            return Optional.of(of(source.setting().get(), "MAILMILL_MASTER_KEY", random));
        }
        Path file = source.file();
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            refuseOpenFile(file);
            byte[] text;
            try (var in = Files.newInputStream(file)) {
                text = in.readNBytes(FILE_BYTES_MAX);
            }
            return Optional.of(of(new String(text, StandardCharsets.US_ASCII), file.toString(),
                    random));
        } catch (IOException e) {
            throw new MasterKeyException("the master key's file " + file + " can't be read: "
                    + "let the user that runs Mailmill own it, mode 0600", e);
        }
    }

    /** Makes the file, whole and durable or not at all, and for its owner only. */
    static MasterKey make(Source source, SecureRandom random) {
        byte[] root = new byte[KEY_BYTES];
        random.nextBytes(root);
        String text = Base64.getEncoder().encodeToString(root);
        Path file = source.file();
        Path draft = file.resolveSibling(FILE + ".new");
        try {
            Files.createDirectories(source.folder());
            Files.deleteIfExists(draft);
            boolean posix = Files.getFileAttributeView(source.folder(),
                    PosixFileAttributeView.class) != null;
            if (posix) {
                Files.createFile(draft, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } else {
                Files.createFile(draft);
            }
            // SYNC: without this file every stored key is lost
            Files.writeString(draft, text + "\n", StandardOpenOption.WRITE,
                    StandardOpenOption.SYNC);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new MasterKeyException("the master key's file " + file + " can't be made: "
                    + "give the folder to the user that runs Mailmill, or set MAILMILL_MASTER_KEY",
                    e);
        }
        return of(text, file.toString(), random);
    }

    /** The id in hex, which is no secret. */
    String id() {
        return HexFormat.of().formatHex(id);
    }

    byte[] seal(String context, byte[] plain) {
        byte[] head = new byte[HEAD_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        head[0] = VERSION;
        System.arraycopy(id, 0, head, 1, ID_BYTES);
        System.arraycopy(nonce, 0, head, 1 + ID_BYTES, NONCE_BYTES);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plain);
            byte[] out = Arrays.copyOf(head, head.length + sealed.length);
            System.arraycopy(sealed, 0, out, head.length, sealed.length);
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is missing in this JDK", e);
        }
    }

    byte[] open(String context, byte[] sealed) {
        if (sealed.length < HEAD_BYTES + TAG_BITS / 8 || sealed[0] != VERSION) {
            throw new MasterKeyException("what is stored for " + context
                    + " was not sealed by this version of Mailmill; restore it from a backup");
        }
        byte[] by = Arrays.copyOfRange(sealed, 1, 1 + ID_BYTES);
        if (!Arrays.equals(by, id)) {
            throw new MasterKeyException("wrong master key: the store was sealed with key "
                    + HexFormat.of().formatHex(by) + ", this start was given key " + id()
                    + "; give MAILMILL_MASTER_KEY (or the file " + FILE
                    + ") the value it had; nothing was changed");
        }
        try {
            byte[] nonce = Arrays.copyOfRange(sealed, 1 + ID_BYTES, HEAD_BYTES);
            return cipher(Cipher.DECRYPT_MODE, nonce, context)
                    .doFinal(sealed, HEAD_BYTES, sealed.length - HEAD_BYTES);
        } catch (GeneralSecurityException e) {
            throw new MasterKeyException("what is stored for " + context
                    + " is damaged or belongs elsewhere; restore it from a backup", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static void refuseOpenFile(Path file) throws IOException {
        PosixFileAttributeView posix =
                Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (posix != null && !OWNER_ONLY.containsAll(posix.readAttributes().permissions())) {
            throw new MasterKeyException("others can read the master key's file " + file
                    + "; say: chmod 600 " + file);
        }
    }

    private static Optional<byte[]> exactly32(String text) {
        try {
            if (text.length() == 2 * KEY_BYTES) {
                return Optional.of(HexFormat.of().parseHex(text));
            }
            byte[] bytes = Base64.getDecoder().decode(text);
            return bytes.length == KEY_BYTES ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException notInThatForm) {
            return Optional.empty();
        }
    }

    private static SecretKey derive(byte[] root, String info, int length) {
        try {
            var how = HKDFParameterSpec.ofExtract().addIKM(root)
                    .thenExpand(info.getBytes(StandardCharsets.US_ASCII), length);
            return KDF.getInstance("HKDF-SHA256").deriveKey("AES", how);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF is missing in this JDK", e);
        }
    }
}
