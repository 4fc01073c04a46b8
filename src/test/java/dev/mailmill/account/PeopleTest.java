package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.People.Adding;
import dev.mailmill.account.People.Change;
import dev.mailmill.account.People.Done;
import dev.mailmill.account.People.Invitation;
import dev.mailmill.account.People.LoggedIn;
import dev.mailmill.account.People.Session;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Sqlite;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in, for how long, and what ends it; on both engines. */
class PeopleTest {
    private static final String GOOD = "correct horse battery";
    private static final String NEW = "staple wind mill five";

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));

    private final class House implements AutoCloseable {
        final Store store;
        final ChangeWatch watch;
        final Accounts accounts;
        final People people;

        House(String engine) {
            StoreSettings where = engine.equals("sqlite") ? StoreSettings.sqlite(folder)
                    : StoreSettings.postgres(folder, Postgres.database());
            if (engine.equals("sqlite")) {
                Sqlite.tables(folder);
            }
            store = Store.open(where, now::get, new SimpleMeterRegistry());
            Secrets secrets = Secrets.open(store.database(),
                    new MasterKey.Source(Optional.empty(), folder), now::get, new SecureRandom());
            watch = new ChangeWatch(store.database());
            accounts = new Accounts(store.database(), secrets, watch, now::get,
                    new SecureRandom(), Map.of());
            people = new People(store.database(), secrets, now::get, new SecureRandom());
        }

        Session owner() {
            return ok(people.accept(from(1), people.ownerLink().orElseThrow(),
                    "Ann@Example.org", GOOD));
        }

        @Override
        public void close() {
            people.close();
            watch.close();
            store.close();
        }
    }

    private static Session ok(Done done) {
        return assertInstanceOf(Done.Ok.class, done).session();
    }

    private static Session in(LoggedIn login) {
        return assertInstanceOf(LoggedIn.Welcome.class, login).session();
    }

    private static People.From from(int network) {
        try {
            return new People.From(InetAddress.getByAddress(new byte[] {10, 0,
                (byte) (network >> 8), (byte) network}), "Lynx/2.9");
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void theFirstStartsLinkMakesTheOwnerOnce(String engine) {
        try (House house = new House(engine)) {
            People people = house.people;
            String earlier = people.ownerLink().orElseThrow();
            String token = people.ownerLink().orElseThrow();
            assertEquals(Optional.empty(), people.invitation(earlier), "the last one counts");
            assertEquals(Optional.of(new Invitation.Owner()), people.invitation(token));
            assertEquals("password", assertInstanceOf(Done.Wrong.class,
                    people.accept(from(1), token, "ann@example.org", "eleven char")).field());
            assertEquals("email", assertInstanceOf(Done.Wrong.class,
                    people.accept(from(1), token, "ann at example", GOOD)).field());

            Session session = ok(people.accept(from(1), token, " Ann@Example.org ", GOOD));

            assertEquals(Role.OWNER, session.person().role());
            assertEquals("Ann@Example.org", session.person().email());
            assertEquals(Optional.empty(), people.invitation(token), "used up");
            assertInstanceOf(Done.NoLink.class,
                    people.accept(from(1), token, "eve@example.org", GOOD));
            assertEquals(Optional.empty(), people.ownerLink(), "there is an owner");
            assertEquals(1, people.list(Tenant.FIRST).size());
            in(people.login(from(1), "ANN@example.ORG", GOOD));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void aLinkEndsAfterADay(String engine) {
        try (House house = new House(engine)) {
            String token = house.people.ownerLink().orElseThrow();
            now.updateAndGet(t -> t.plus(Duration.ofHours(24)));
            assertEquals(Optional.empty(), house.people.invitation(token));
            assertInstanceOf(Done.NoLink.class,
                    house.people.accept(from(1), token, "ann@example.org", GOOD));
            assertTrue(house.people.ownerLink().isPresent(), "the next start prints another");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void nothingInTheStoreOpensASessionOrALink(String engine) {
        try (House house = new House(engine)) {
            Session session = house.owner();
            Person bob = assertInstanceOf(Adding.Added.class, house.people.add(Tenant.FIRST,
                    "bob@example.org", "Bob", Role.VIEWER)).person();
            String link = house.people.passwordLink(bob);
            List<String> kept = house.store.database().read(handle -> {
                List<String> all = new ArrayList<>();
                for (String table : List.of("session", "person_link", "person")) {
                    handle.createQuery("SELECT * FROM " + table).mapToMap()
                            .forEach(row -> row.values().forEach(v -> all.add(
                                    v instanceof byte[] b ? new String(b,
                                            java.nio.charset.StandardCharsets.ISO_8859_1)
                                            : String.valueOf(v))));
                }
                return all;
            });
            assertTrue(kept.size() > 10, kept.toString());
            assertTrue(kept.stream().noneMatch(v -> v.contains(session.token())
                    || v.contains(link) || v.contains(GOOD) || v.contains(session.csrf())));
            String stored = kept.stream().filter(v -> v.startsWith("$argon2")).findFirst()
                    .orElseThrow();
            assertTrue(stored.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"), stored);
            assertTrue(session.token().length() >= 52, "256 bits");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void aPasswordChangeEndsAllSessionsAndOpensANewOne(String engine) {
        try (House house = new House(engine)) {
            People people = house.people;
            Session first = house.owner();
            Session second = in(people.login(from(1), "ann@example.org", GOOD));
            assertNotEquals(first.token(), second.token(), "each login has its own");
            assertNotEquals(first.csrf(), second.csrf());

            assertEquals("old", assertInstanceOf(Done.Wrong.class,
                    people.changePassword(from(1), second, "wrong", NEW)).field());
            assertTrue(people.session(first.token()).isPresent());
            Session third = ok(people.changePassword(from(1), second, GOOD, NEW));

            assertEquals(Optional.empty(), people.session(first.token()));
            assertEquals(Optional.empty(), people.session(second.token()));
            assertTrue(people.session(third.token()).isPresent());
            assertInstanceOf(LoggedIn.Refused.class,
                    people.login(from(1), "ann@example.org", GOOD));
            in(people.login(from(1), "ann@example.org", NEW));
            people.logout(third.token());
            assertEquals(Optional.empty(), people.session(third.token()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void aLinkForAPersonSetsThePasswordAndEndsTheOldSessions(String engine) {
        try (House house = new House(engine)) {
            People people = house.people;
            house.owner();
            Adding.Added added = assertInstanceOf(Adding.Added.class,
                    people.add(Tenant.FIRST, "bob@example.org", "Bob", Role.VIEWER));
            assertFalse(added.person().hasPassword());
            assertInstanceOf(Adding.Wrong.class,
                    people.add(Tenant.FIRST, "BOB@example.org", "", Role.ADMIN));
            assertInstanceOf(LoggedIn.Refused.class, people.login(from(1), "bob@example.org", ""));
            Session bob = ok(people.accept(from(1), added.link(), "ignored@example.org", GOOD));
            assertEquals("bob@example.org", bob.person().email());

            String again = people.passwordLink(bob.person());
            assertTrue(people.session(bob.token()).isPresent(), "a link alone ends nothing");
            Session after = ok(people.accept(from(1), again, "", NEW));

            assertEquals(Optional.empty(), people.session(bob.token()));
            assertTrue(people.session(after.token()).isPresent());
            assertInstanceOf(Done.NoLink.class, people.accept(from(1), again, "", GOOD));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void aSessionEndsWhenIdleWhenOldAndWhenItsPersonIsDisabled(String engine) {
        try (House house = new House(engine)) {
            People people = house.people;
            Session idle = house.owner();
            now.updateAndGet(t -> t.plus(Duration.ofHours(12)));
            assertEquals(Optional.empty(), people.session(idle.token()), "idle for 12 h");

            Session busy = in(people.login(from(1), "ann@example.org", GOOD));
            for (int hour = 0; hour < 14 * 24 - 11; hour += 11) {
                assertTrue(people.session(busy.token()).isPresent(), "in hour " + hour);
                now.updateAndGet(t -> t.plus(Duration.ofHours(11)));
            }
            now.updateAndGet(t -> t.plus(Duration.ofHours(11)));
            assertEquals(Optional.empty(), people.session(busy.token()), "14 days old");

            Session open = in(people.login(from(1), "ann@example.org", GOOD));
            assertEquals(Change.LAST_OWNER, people.disable(open.person(), true));
            assertEquals(Change.LAST_OWNER, people.role(open.person(), Role.ADMIN));
            Adding.Added eve = assertInstanceOf(Adding.Added.class,
                    people.add(Tenant.FIRST, "eve@example.org", "", Role.OWNER));
            assertEquals(Change.LAST_OWNER, people.disable(open.person(), true),
                    "one who was only invited can't log in");
            ok(people.accept(from(1), eve.link(), "", GOOD));
            assertEquals(Change.DONE, people.disable(open.person(), true));
            assertEquals(Optional.empty(), people.session(open.token()));
            assertInstanceOf(LoggedIn.Refused.class,
                    people.login(from(1), "ann@example.org", GOOD));
            assertEquals(Change.DONE, people.disable(open.person(), false));
            assertEquals(Optional.empty(), people.session(open.token()), "it does not come back");
            in(people.login(from(1), "ann@example.org", GOOD));
            assertEquals(Optional.empty(), people.find(99, open.person().id()),
                    "another tenant's");
            assertEquals(Optional.empty(), people.session("x"));
            assertEquals(Optional.empty(), people.session(""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void anUnknownPersonCostsWhatAWrongPasswordCosts(String engine) {
        try (House house = new House(engine)) {
            house.owner();
            long before = house.people.passwordRuns();
            house.people.login(from(1), "ann@example.org", "wrong");
            long wrong = house.people.passwordRuns() - before;
            before = house.people.passwordRuns();
            house.people.login(from(2), "nobody@example.org", "wrong");
            assertEquals(wrong, house.people.passwordRuns() - before);
            assertEquals(1, wrong);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void whoGuessesWaitsAndWhoHasBeenHereDoesNot(String engine) {
        try (House house = new House(engine)) {
            house.owner();
            in(house.people.login(from(7), "ann@example.org", GOOD));
            for (int i = 0; i <= LoginBackoff.NETWORK_FREE_FAILURES; i++) {
                assertInstanceOf(LoggedIn.Refused.class,
                        house.people.login(from(1), "ann@example.org", "guess " + i));
            }
            assertInstanceOf(LoggedIn.Wait.class,
                    house.people.login(from(1), "ann@example.org", GOOD));
            in(house.people.login(from(7), "ann@example.org", GOOD));
            now.updateAndGet(t -> t.plus(LoginBackoff.WAIT_MAX));
            in(house.people.login(from(1), "ann@example.org", GOOD));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void aThousandCodesAtOnceAreAThousandTries(String engine) throws InterruptedException {
        try (House house = new House(engine)) {
            People people = house.people;
            Session owner = house.owner();
            byte[] secret = Base32.bytes(people.propose(owner.person()).orElseThrow().words())
                    .orElseThrow();
            people.confirm(owner, Totp.code(secret, Totp.step(now.get()))).orElseThrow();
            String ticket = assertInstanceOf(LoggedIn.Code.class,
                    people.login(from(1), "ann@example.org", GOOD)).ticket();
            List<LoggedIn> answers = Collections.synchronizedList(new ArrayList<>());
            List<Thread> crowd = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int network = i;
                crowd.add(Thread.ofVirtual().start(() -> answers.add(
                        people.code(from(network), ticket, "no code"))));
            }
            for (Thread one : crowd) {
                one.join();
            }
            assertEquals(100, answers.size());
            assertEquals(CodeTries.FREE, answers.stream()
                    .filter(a -> a instanceof LoggedIn.Code).count());
            assertEquals(95, answers.stream().filter(a -> a instanceof LoggedIn.Wait).count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void whoProvedAnOldPasswordOrIsDisabledMeanwhileGetsNoSession(String engine) {
        try (House house = new House(engine)) {
            Session owner = house.owner();
            String id = owner.person().id();
            PeopleStore store = new PeopleStore(house.store.database(), now::get);
            Optional<String> old = store.byId(id).orElseThrow().password();
            ok(house.people.changePassword(from(1), owner, GOOD, NEW));
            Optional<String> fresh = store.byId(id).orElseThrow().password();
            assertFalse(opens(store, id, old), "all sessions of the old one have ended");
            assertTrue(opens(store, id, fresh));
            assertTrue(opens(store, id, Optional.empty()), "a provider has vouched");
            house.store.database().write(h -> h.execute(
                    "UPDATE person SET disabled = 1 WHERE id = ?", id));
            assertFalse(opens(store, id, fresh));
            assertFalse(opens(store, id, Optional.empty()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite"})
    void atAnOpenScreenNobodyGuessesThePassword(String engine) {
        try (House house = new House(engine)) {
            Session owner = house.owner();
            in(house.people.login(from(1), "ann@example.org", GOOD));
            for (int i = 0; i < CodeTries.FREE; i++) {
                assertEquals("is wrong", assertInstanceOf(Done.Wrong.class,
                        house.people.changePassword(from(1), owner, "guess " + i, NEW)).words());
            }
            assertEquals("too many tries; wait 31 s", assertInstanceOf(Done.Wrong.class,
                    house.people.changePassword(from(1), owner, GOOD, NEW)).words());
            now.updateAndGet(t -> t.plusSeconds(31));
            ok(house.people.changePassword(from(1), owner, GOOD, NEW));
        }
    }

    private boolean opens(PeopleStore store, String person, Optional<String> proven) {
        byte[] token = new byte[32];
        new SecureRandom().nextBytes(token);
        return store.open(token, person, proven, new PeopleStore.Beginning("ses_x", "", "",
                PeopleStore.PASSWORD), now.get(), now.get().plus(Duration.ofDays(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgres"})
    void theFirstStartsLinkEndsWhenSomebodyElseIsOwner(String engine) {
        try (House house = new House(engine)) {
            String token = house.people.ownerLink().orElseThrow();
            house.people.add(Tenant.FIRST, "eve@example.org", "", Role.VIEWER);
            assertTrue(house.people.invitation(token).isPresent(), "there is no owner yet");
            house.people.add(Tenant.FIRST, "bob@example.org", "", Role.OWNER);
            assertEquals(Optional.empty(), house.people.invitation(token));
            assertInstanceOf(Done.NoLink.class,
                    house.people.accept(from(1), token, "ann@example.org", GOOD));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite"})
    void aCrowdAtTheDoorIsAskedToComeAgain(String engine) throws InterruptedException {
        try (House house = new House(engine)) {
            house.owner();
            List<Throwable> busy = Collections.synchronizedList(new ArrayList<>());
            AtomicInteger answered = new AtomicInteger();
            List<Thread> crowd = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int network = i;
                crowd.add(Thread.ofVirtual().start(() -> {
                    try {
                        house.people.login(from(network), "nobody@example.org", "guess");
                        answered.incrementAndGet();
                    } catch (StoreException e) {
                        busy.add(e);
                    }
                }));
            }
            for (Thread one : crowd) {
                one.join();
            }
            assertEquals(200, answered.get() + busy.size());
            assertFalse(busy.isEmpty(), "34 at once are enough for two cores");
            assertTrue(busy.stream().allMatch(e ->
                    ((StoreException) e).kind() == StoreException.Kind.BUSY));
            in(house.people.login(from(1), "ann@example.org", GOOD));
        }
    }
}
