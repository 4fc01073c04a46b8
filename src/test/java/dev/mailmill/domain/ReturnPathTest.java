package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import dev.mailmill.account.TestStore;
import dev.mailmill.mail.Ids;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bounce comes back and says which delivery it is about. */
class ReturnPathTest {
    @TempDir
    Path folder;
    private Ground ground;
    private ReturnPath path;
    private long delivery;

    @BeforeEach
    void start() {
        ground = Ground.on(folder);
        path = new ReturnPath(ground.secrets, () -> ground.now);
        delivery = new Ids(() -> ground.now, 7).next(3) + 2;
    }

    @AfterEach
    void stop() {
        ground.close();
    }

    @Test
    void whatComesBackNamesItsDeliveryInAnyCase() {
        String address = path.mint(delivery, "bounces.example.org");

        assertTrue(address.matches("b[a-z2-7]{32}@bounces\\.example\\.org"), address);
        String local = local(address);
        assertTrue(local.length() <= 64, "RFC 5321 §4.5.3.1.1");
        assertEquals(OptionalLong.of(delivery), path.read(local));
        assertEquals(OptionalLong.of(delivery), path.read(local.toUpperCase(Locale.ROOT)));
        assertEquals(address, path.mint(delivery, "bounces.example.org"),
                "a retry has the same sender");
        assertNotEquals(address, path.mint(delivery + 1, "bounces.example.org"));
    }

    @Test
    void eachChangedCharacterIsAForgery() {
        String local = local(path.mint(delivery, "bounces.example.org"));

        for (int i = 0; i < local.length(); i++) {
            char other = local.charAt(i) == 'c' ? 'd' : 'c';
            String forged = local.substring(0, i) + other + local.substring(i + 1);
            assertEquals(OptionalLong.empty(), path.read(forged), forged);
        }
    }

    @Test
    void whatIsNoReturnPathIsNone() {
        String local = local(path.mint(delivery, "bounces.example.org"));
        for (String text : new String[] {"", "b", "bounce", "b" + "a".repeat(32), local + "a",
            local.substring(1), local.substring(0, 32), "b".repeat(10_000), "b" + "é".repeat(32),
            "postmaster", " " + local.substring(1)}) {
            assertEquals(OptionalLong.empty(), path.read(text), text);
        }
    }

    @Test
    void afterThirtyDaysItIsForgottenAndNothingComesFromTheFuture() {
        String local = local(path.mint(delivery, "bounces.example.org"));

        ground.now = ground.now.plus(Duration.ofDays(30)).minusSeconds(1);
        assertEquals(OptionalLong.of(delivery), path.read(local));
        ground.now = ground.now.plusSeconds(2);
        assertEquals(OptionalLong.empty(), path.read(local));
        ground.now = ground.now.minus(Duration.ofDays(31));
        assertEquals(OptionalLong.empty(), path.read(local));
    }

    @Test
    void anotherInstallationsTokenIsNotOurs(@TempDir Path elsewhere) {
        String local = local(path.mint(delivery, "bounces.example.org"));
        try (Ground other = new Ground(TestStore.make(elsewhere.resolve("mail.db")), elsewhere,
                CryptoProvider.jdk())) {
            assertEquals(OptionalLong.empty(),
                    new ReturnPath(other.secrets, () -> ground.now).read(local));
        }
        try (Ground sameStore = new Ground(TestStore.at(folder.resolve("mail.db")), folder,
                CryptoProvider.jdk())) {
            assertEquals(OptionalLong.of(delivery),
                    new ReturnPath(sameStore.secrets, () -> ground.now).read(local));
        }
    }

    @Test
    void mintingIsCheapEnoughForEachDelivery() {
        long count = 0;
        long start = CpuTime.nanos();
        while (CpuTime.nanos() - start < 200_000_000) {
            path.mint(delivery + count, "example.org");
            count++;
        }
        long each = (CpuTime.nanos() - start) / count;
        System.out.println("a return path in " + each + " ns");
        assertTrue(each < 1_000_000, "1 ms is the whole budget of a message");
    }

    private static String local(String address) {
        return address.substring(0, address.indexOf('@'));
    }
}
