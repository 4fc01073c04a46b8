package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Accounts.Wish;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.smtp.Network;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant's owner makes credentials, uses them, and takes them back. */
class AccountsTest {
    private static final String ADMIN_KEY = "an operator's key from the environment";
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-11-23T10:00:00Z"));

    /** A second is the promise; the rest is patience with a busy machine. */
    private static final long SOON_MS = 3_000;

    @TempDir
    Path folder;
    private Node here;

    /** One process over the store. */
    private record Node(TestStore store, Secrets secrets, ChangeWatch watch, Accounts accounts) {
        static Node start(TestStore store, Path folder) {
            SecureRandom random = new SecureRandom();
            Secrets secrets = Secrets.open(store,
                    new MasterKey.Source(Optional.empty(), folder), CLOCK, random);
            ChangeWatch watch = new ChangeWatch(store);
            return new Node(store, secrets, watch, new Accounts(store, secrets, watch, CLOCK,
                    random, Map.of("admin", ADMIN_KEY)));
        }
    }

    @BeforeEach
    void start() {
        here = Node.start(TestStore.make(folder.resolve("mail.db")), folder);
    }

    @AfterEach
    void stop() {
        here.watch().close();
    }

    @Test
    void aFirstStartMakesATenantWithThreeStreamsAKeyAndALoginOnce() {
        var first = here.accounts().firstStart().orElseThrow();

        assertEquals(1, first.tenant().id());
        assertEquals("default", first.tenant().name());
        assertTrue(first.key().secret().matches("mm_[a-z2-7]{52}"), first.key().secret());
        assertTrue(first.smtp().credential().id().startsWith("smtp_"));
        Stream usual = here.accounts().usual(1);
        assertEquals("transactional", usual.name());
        assertEquals(Stream.Schedule.TRANSACTIONAL, usual.schedule());
        Stream bulk = here.accounts().named(1, "bulk").orElseThrow();
        assertEquals(TrafficClass.BULK, bulk.carries());
        Stream smtp = here.accounts().named(1, "smtp").orElseThrow();
        assertEquals(TrafficClass.TRANSACTIONAL, smtp.carries());
        assertEquals(Stream.Schedule.PEOPLE, smtp.schedule());
        assertEquals(smtp, here.accounts().of(smtp.id()));
        assertEquals(smtp, here.accounts().trustedNetwork().stream());

        assertEquals(Optional.empty(), here.accounts().firstStart(), "secrets are shown once");
    }

    @Test
    void aKeyOpensTheApiWithItsScopesAndNothingElseDoes() {
        var key = mint(Kind.API, Set.of("read"));

        var caller = here.accounts().caller(key.secret()).orElseThrow();
        assertEquals(1, caller.tenant());
        assertEquals(key.credential().id(), caller.credential());
        assertEquals(Set.of("read"), caller.scopes());
        assertTrue(here.accounts().caller(key.secret() + "a").isEmpty());
        assertTrue(here.accounts().caller(key.secret().toUpperCase()).isEmpty());
        assertTrue(here.accounts().caller("").isEmpty());
        assertTrue(here.accounts().caller("mm_" + "a".repeat(100_000)).isEmpty());
        assertTrue(here.accounts().caller(mint(Kind.SMTP, Set.of()).secret()).isEmpty(),
                "an SMTP secret is no API key");
    }

    @Test
    void aLoginIsItsIdWithItsSecretOrAnApiKeyThatMaySend() {
        var login = mint(Kind.SMTP, Set.of());
        var sender = mint(Kind.API, Set.of("send"));
        var reader = mint(Kind.API, Set.of("read"));

        String id = login.credential().id();
        assertEquals("smtp", here.accounts().login(id, login.secret()).orElseThrow()
                .stream().name());
        assertEquals(id, here.accounts().login(id, login.secret()).orElseThrow().credential());
        assertEquals("transactional", here.accounts().login("api", sender.secret()).orElseThrow()
                .stream().name());
        assertTrue(here.accounts().login(sender.credential().id(), sender.secret()).isPresent());
        assertTrue(here.accounts().login("api", reader.secret()).isEmpty(), "it may not send");
        assertTrue(here.accounts().login(id, sender.secret()).isEmpty(), "another's secret");
        assertTrue(here.accounts().login("smtp_unknown", login.secret()).isEmpty());
        assertTrue(here.accounts().login(id, id).isEmpty());
        assertEquals("admin", here.accounts().login("api", ADMIN_KEY).orElseThrow().credential());
    }

    @Test
    void theOperatorsKeyMayDoAllAndIsNowhereStored() throws IOException {
        var caller = here.accounts().caller(ADMIN_KEY).orElseThrow();

        assertEquals(1, caller.tenant());
        assertTrue(caller.may("admin") && caller.may("anything"));
        assertTrue(here.accounts().list(1, Kind.API, "", 10).isEmpty());
        assertFalse(onDisk(ADMIN_KEY));
        assertThrows(IllegalArgumentException.class, () -> new Accounts(here.store(),
                here.secrets(), here.watch(), CLOCK, new SecureRandom(), Map.of("admin", "")));
    }

    @Test
    void anUnknownUserCostsTheSameWorkAsAKnownOne() {
        var login = mint(Kind.SMTP, Set.of());
        MacKey key = here.secrets().credentials().newest();

        long before = key.uses();
        here.accounts().login(login.credential().id(), login.secret());
        long right = key.uses() - before;
        here.accounts().login(login.credential().id(), "mms_wrong");
        long wrongSecret = key.uses() - before - right;
        here.accounts().login("nobody", "mms_wrong");
        long unknownUser = key.uses() - before - right - wrongSecret;

        assertEquals(1, right);
        assertEquals(right, wrongSecret);
        assertEquals(right, unknownUser);
    }

    @Test
    void noSecretCanBeReadFromTheFiles() throws IOException {
        var key = mint(Kind.API, Set.of("send"));
        var login = mint(Kind.SMTP, Set.of());

        assertTrue(onDisk(key.credential().id()), "the search itself works");
        for (String secret : new String[] {key.secret(), login.secret()}) {
            assertFalse(onDisk(secret));
            assertFalse(onDisk(secret.substring(secret.indexOf('_') + 1)));
        }
    }

    @Test
    void whatIsRevokedHereIsRefusedHereAtOnceAndElsewhereWithinASecond() throws Exception {
        var key = mint(Kind.API, Set.of("send"));
        Node there = Node.start(TestStore.at(folder.resolve("mail.db")), folder);
        try {
            assertTrue(there.accounts().caller(key.secret()).isPresent());

            assertTrue(here.accounts().revoke(1, Kind.API, key.credential().id()));

            assertTrue(here.accounts().caller(key.secret()).isEmpty());
            assertTrue(within(SOON_MS, () -> there.accounts().caller(key.secret()).isEmpty()));
            assertTrue(here.accounts().revoke(1, Kind.API, key.credential().id()), "again: yes");
            var later = mint(Kind.API, Set.of("send"));
            assertTrue(within(SOON_MS, () -> there.accounts().caller(later.secret()).isPresent()));
        } finally {
            there.watch().close();
        }
    }

    @Test
    void aNetworkIsKnownElsewhereWithinASecondAndForgottenAsSoon() throws Exception {
        InetAddress client = InetAddress.ofLiteral("10.1.2.3");
        Node there = Node.start(TestStore.at(folder.resolve("mail.db")), folder);
        try {
            Wish wish = new Wish(1, Kind.SMTP, "", "", Set.of(), "",
                    Bounds.NONE, new SmtpTraits("", List.of(Network.parse("10.1.2.0/24"))));
            var made = assertInstanceOf(Minting.Minted.class, here.accounts().mint(wish));
            assertTrue(within(SOON_MS, () -> there.accounts().network(client).isPresent()));
            long other = there.accounts().makeTenant("other").orElseThrow();
            assertEquals(new Minting.NetworkTaken("10.1.2.0/24"), there.accounts().mint(
                    new Wish(other, Kind.SMTP, "", "", Set.of(), "", Bounds.NONE,
                            wish.smtp())));
            assertTrue(there.accounts().list(other, Kind.SMTP, "", 10).isEmpty(), "all or nothing");

            here.accounts().revoke(1, Kind.SMTP, made.credential().id());

            assertTrue(here.accounts().network(client).isEmpty());
            assertTrue(within(SOON_MS, () -> there.accounts().network(client).isEmpty()));
        } finally {
            there.watch().close();
        }
    }

    @Test
    void oneTenantCannotSeeOrRevokeAnothersCredential() {
        long other = here.accounts().makeTenant("other").orElseThrow();
        var theirs = mint(other, Kind.API, Set.of("send"), "");

        assertFalse(here.accounts().revoke(1, Kind.API, theirs.credential().id()));
        assertFalse(here.accounts().revoke(other, Kind.SMTP, theirs.credential().id()));
        assertTrue(here.accounts().list(1, Kind.API, "", 10).isEmpty());
        assertEquals(other, here.accounts().caller(theirs.secret()).orElseThrow().tenant());
        assertEquals(other, here.accounts().usual(other).tenant());
        assertEquals(Optional.empty(), here.accounts().makeTenant("other"), "the name is taken");
    }

    @Test
    void theSameRequestAgainMintsNothing() {
        var first = mint(1, Kind.API, Set.of("send"), "once");

        var again = here.accounts().mint(
                new Wish(1, Kind.API, "test", "", Set.of("send"), "once"));
        var other = here.accounts().mint(
                new Wish(1, Kind.API, "test", "", Set.of("read"), "once"));

        assertEquals(first.credential().id(),
                assertInstanceOf(Minting.Again.class, again).credential().id());
        assertInstanceOf(Minting.Conflict.class, other);
        assertEquals(1, here.accounts().list(1, Kind.API, "", 10).size());
    }

    @Test
    void aCredentialOfAStreamThatIsNotThereIsNotMade() {
        var answer = here.accounts().mint(
                new Wish(1, Kind.SMTP, "", "receipts", Set.of(), ""));

        assertEquals(new Minting.NoSuchStream("receipts"), answer);
    }

    @Test
    void aStoreThatIsAwayForAMomentTurnsNobodyAway() {
        var key = mint(Kind.API, Set.of("send"));
        here.store().down = true;

        assertTrue(here.accounts().caller(key.secret()).isPresent());
        assertThrows(StoreException.class, () -> here.accounts().mint(
                new Wish(1, Kind.API, "", "", Set.of("send"), "")));
        assertThrows(IllegalArgumentException.class, () -> {
            here.store().down = false;
            here.accounts().of(4711);
        });
    }

    @Test
    void whatCannotBeKnownIsNeverCalledWrong() throws Exception {
        var key = mint(Kind.API, Set.of("send"));
        try (ChangeWatch watch = new ChangeWatch(here.store(), Duration.ofMillis(5),
                Duration.ofMillis(100))) {
            Accounts accounts = new Accounts(here.store(), here.secrets(), watch, CLOCK,
                    new SecureRandom(), Map.of());
            assertTrue(within(5_000, () -> answer(accounts).equals("nobody's")));
            here.store().down = true;
            assertTrue(within(5_000, () -> answer(accounts).equals("can't be known")));
            assertThrows(StoreException.class, () -> accounts.login("api", "mm_unknown"));
            assertTrue(accounts.caller(key.secret()).isPresent(), "it is known");

            here.store().down = false;
            assertTrue(within(5_000, () -> answer(accounts).equals("nobody's")));
        }
    }

    private static String answer(Accounts accounts) {
        try {
            return accounts.caller("mm_unknown").isPresent() ? "somebody's" : "nobody's";
        } catch (StoreException e) {
            return "can't be known";
        }
    }

    @Test
    void noLogLineCanHoldASecret() {
        var key = mint(Kind.API, Set.of("send"));

        assertFalse(key.toString().contains(key.secret()));
        assertFalse(new MasterKey.Source(Optional.of("hunter2"), folder).toString()
                .contains("hunter2"));
    }

    private Minting.Minted mint(Kind kind, Set<String> scopes) {
        return mint(1, kind, scopes, "");
    }

    private Minting.Minted mint(long tenant, Kind kind, Set<String> scopes, String askedAs) {
        return assertInstanceOf(Minting.Minted.class, here.accounts().mint(
                new Wish(tenant, kind, "test", "", scopes, askedAs)));
    }

    private boolean onDisk(String text) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (bytes.contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean within(long ms, BooleanSupplier happens) throws InterruptedException {
        long end = System.nanoTime() + ms * 1_000_000;
        while (!happens.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }
}
