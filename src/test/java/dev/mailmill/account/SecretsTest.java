package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sealed opens under the same master key, in its own place, and never otherwise. */
class SecretsTest {
    private static final byte[] PLAIN = "-----PRIVATE-----".getBytes(StandardCharsets.US_ASCII);
    private static final String KEY_1 = "00112233445566778899aabbccddeeff"
            + "00112233445566778899aabbccddeeff";
    private static final String KEY_2 = "a passphrase of at least 32 characters";

    @TempDir
    Path folder;
    private TestStore store;

    @BeforeEach
    void start() {
        store = TestStore.make(folder.resolve("mail.db"));
    }

    @Test
    void aFirstStartMakesAFileForItsOwnerOnlyThatLaterStartsUse() throws IOException {
        byte[] sealed = open(Optional.empty()).seal("here", PLAIN);

        Path file = folder.resolve("master.key");
        assertEquals("rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertArrayEquals(PLAIN, open(Optional.empty()).open("here", sealed));
    }

    @Test
    void aFileThatOthersCanReadIsRefusedWithTheCure() throws IOException {
        open(Optional.empty());
        Path file = folder.resolve("master.key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        var e = assertThrows(MasterKeyException.class, () -> open(Optional.empty()));

        assertTrue(e.getMessage().contains("chmod 600"), e.getMessage());
    }

    @Test
    void aWrongMasterKeyStopsTheStartAndChangesNothing() {
        open(Optional.of(KEY_1)).ring("return-path");
        String before = dump();

        var e = assertThrows(MasterKeyException.class, () -> open(Optional.of(KEY_2)));

        assertTrue(e.getMessage().startsWith("wrong master key"), e.getMessage());
        assertFalse(e.getMessage().contains(KEY_2) || e.getMessage().contains(KEY_1));
        assertEquals(before, dump());
        open(Optional.of(KEY_1));
    }

    @Test
    void aLostMasterKeyIsNotReplacedByANewOne() throws IOException {
        open(Optional.empty());
        Files.delete(folder.resolve("master.key"));

        var e = assertThrows(MasterKeyException.class, () -> open(Optional.empty()));

        assertTrue(e.getMessage().contains("backup"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("master.key")));
    }

    @Test
    void aShortKeyIsNoKey() {
        assertThrows(MasterKeyException.class, () -> open(Optional.of("hunter2")));
        assertFalse(Files.exists(folder.resolve("master.key")));
    }

    @Test
    void theSameKeyInHexAndBase64IsTheSameKey() {
        byte[] sealed = open(Optional.of(KEY_1)).seal("here", PLAIN);

        String base64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";

        assertArrayEquals(PLAIN, open(Optional.of(base64)).open("here", sealed));
    }

    @Test
    void sealedBytesAreWorthlessElsewhereOrWhenTouched() {
        Secrets secrets = open(Optional.empty());
        byte[] sealed = secrets.seal("row 1", PLAIN);

        assertThrows(MasterKeyException.class, () -> secrets.open("row 2", sealed));
        for (int i = 0; i < sealed.length; i++) {
            byte[] touched = sealed.clone();
            touched[i] ^= 1;
            assertThrows(MasterKeyException.class, () -> secrets.open("row 1", touched));
        }
        assertThrows(MasterKeyException.class, () -> secrets.open("row 1", new byte[3]));
    }

    @Test
    void allNodesShareAPurposesKeyAndNoTwoPurposesDo() {
        byte[] data = {1, 2, 3};
        Secrets here = open(Optional.empty());
        Secrets there = open(Optional.empty());

        byte[] mac = here.ring("return-path").newest().mac(data);

        assertArrayEquals(mac, there.ring("return-path").newest().mac(data));
        assertNotEquals(Base32.text(mac), Base32.text(here.ring("click").newest().mac(data)));
        assertEquals(1, here.ring("click").newest().id());
        assertTrue(here.ring("click").of(2).isEmpty());
    }

    @Test
    void base32IsRfc4648sInLowerCaseAndReadsBothCases() {
        // RFC 4648 §10
        assertEquals("mzxw6ytboi", Base32.text("foobar".getBytes(StandardCharsets.US_ASCII)));
        assertEquals("mzxw6", Base32.text("foo".getBytes(StandardCharsets.US_ASCII)));
        assertEquals("foob", new String(Base32.bytes("MZXW6YQ").orElseThrow(),
                StandardCharsets.US_ASCII));
        assertTrue(Base32.bytes("mzxw6yr").isEmpty(), "loose bits");
        assertTrue(Base32.bytes("mzxw6yqa").isPresent());
        assertTrue(Base32.bytes("mzxw6yq1").isEmpty(), "1 is no digit");
        assertTrue(Base32.bytes("mzxwé").isEmpty());
        assertTrue(Base32.bytes("a").isEmpty(), "no whole octet");
    }

    private Secrets open(Optional<String> setting) {
        return Secrets.open(store, new MasterKey.Source(setting, folder), InstantSource.system(),
                new SecureRandom());
    }

    private String dump() {
        return store.read(h -> h.createQuery("SELECT purpose, id, hex(sealed) AS s, created "
                + "FROM signing_key ORDER BY 1, 2").mapToMap().list().toString());
    }
}
