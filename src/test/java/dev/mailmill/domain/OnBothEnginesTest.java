package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Accounts.Wish;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.account.Minting;
import dev.mailmill.account.StreamPlan;
import dev.mailmill.domain.Domains.Adding;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same life on the real store, on SQLite and on PostgreSQL: their SQL is one text. */
class OnBothEnginesTest {
    @TempDir
    Path folder;

    @Test
    void sqlite() throws Exception {
        try (Store store = open(StoreSettings.sqlite(folder))) {
            life(store);
        }
        try (Store again = open(StoreSettings.sqlite(folder))) {
            afterwards(again);
        }
    }

    @Test
    void postgres() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
            String url = "postgresql://postgres:postgres@127.0.0.1:" + server.getPort()
                    + "/postgres";
            try (Store store = open(StoreSettings.postgres(folder, url))) {
                life(store);
            }
            try (Store again = open(StoreSettings.postgres(folder, url))) {
                afterwards(again);
            }
        } catch (IOException e) {
            Assumptions.abort("PostgreSQL does not start here: " + e);
        }
    }

    private static Store open(StoreSettings settings) {
        return Store.open(settings, InstantSource.system(), new SimpleMeterRegistry());
    }

    private void life(Store store) throws Exception {
        try (Ground ground = new Ground(store.database(), folder, CryptoProvider.best())) {
            credentials(ground.accounts);
            domains(ground);
        }
    }

    private static void credentials(Accounts accounts) {
        var first = accounts.firstStart().orElseThrow();
        assertTrue(accounts.caller(first.key().secret()).orElseThrow().may("admin"));
        assertEquals(Optional.empty(), accounts.firstStart());
        assertEquals(2, accounts.makeTenant("other").orElseThrow());
        assertEquals(Optional.empty(), accounts.makeTenant("other"));
        StreamPlan plan = new StreamPlan("receipts", TrafficClass.TRANSACTIONAL,
                Stream.Schedule.PEOPLE, Stream.ReturnPath.SUBMITTED, Stream.OnAmbiguous.HOLD, true,
                3, "news", Stream.Reports.ALWAYS_FAILURE, true);
        Stream stream = accounts.makeStream(2, plan).orElseThrow();
        assertEquals(Stream.OnAmbiguous.HOLD, accounts.of(stream.id()).onAmbiguous());
        assertEquals(3, accounts.of(stream.id()).weight());
        assertEquals("news", accounts.of(stream.id()).pool());
        assertEquals(Stream.Reports.ALWAYS_FAILURE, accounts.of(stream.id()).reports());
        assertTrue(accounts.of(stream.id()).critical());
        assertEquals(Optional.empty(), accounts.makeStream(2, plan));

        Wish wish = new Wish(2, Kind.SMTP, "printer", "receipts", Set.of(), "asked");
        var made = assertInstanceOf(Minting.Minted.class, accounts.mint(wish));
        var again = assertInstanceOf(Minting.Again.class, accounts.mint(wish));
        assertEquals(made.credential(), again.credential());
        String id = made.credential().id();
        assertEquals(stream, accounts.login(id, made.secret()).orElseThrow().stream());
        assertInstanceOf(Minting.Minted.class, accounts.mint(
                new Wish(2, Kind.SMTP, "", "", Set.of(), "")));
        assertEquals(2, accounts.list(2, Kind.SMTP, "", 10).size());
        String page = accounts.list(2, Kind.SMTP, "", 1).getFirst().id();
        assertEquals(1, accounts.list(2, Kind.SMTP, page, 10).size());

        assertFalse(accounts.revoke(1, Kind.SMTP, id));
        assertTrue(accounts.revoke(2, Kind.SMTP, id));
        assertTrue(accounts.login(id, made.secret()).isEmpty());
    }

    private static void domains(Ground ground) throws Exception {
        assertEquals(Standing.PROVEN, ground.proven(1, "example.org").standing());
        assertEquals(new Adding.Taken("example.org"),
                ground.domains.add(2, "example.org", true, true));
        assertEquals(Standing.PENDING, ground.domains.check(2, "example.org")
                .orElseThrow().domain().standing());
        ground.domains.add(1, "trusted.test", true, true);
        assertEquals(List.of("example.org", "trusted.test"),
                ground.domains.list(1, "", 10).stream().map(SendingDomain::name).toList());
        assertEquals(List.of("trusted.test"), ground.domains.list(1, "example.org", 10).stream()
                .map(SendingDomain::name).toList());
    }

    /** After a restart, with the same master key, all is as it was. */
    private void afterwards(Store store) throws Exception {
        try (Ground ground = new Ground(store.database(), folder, CryptoProvider.jdk())) {
            var keys = new SigningKeys(ground.domains, CryptoProvider.jdk(), false);
            assertEquals(1, keys.keys(1, "a.example.org").size());
            assertEquals(2, keys.keys(1, "trusted.test").size());
            assertEquals(List.of(), keys.keys(2, "example.org"));
            assertEquals(1, ground.accounts.list(1, Kind.API, "", 10).size());
        }
    }
}
