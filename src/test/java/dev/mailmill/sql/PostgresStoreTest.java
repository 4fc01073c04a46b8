package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contracts on a real PostgreSQL, and what is a server's alone. */
class PostgresStoreTest implements SpoolContract, JournalContract, DeskContract,
        VerdictsContract {
    private Proxy proxy;
    private String url;
    private World world;

    @BeforeEach
    void open() throws IOException {
        proxy = new Proxy(Postgres.server().getPort());
        url = Postgres.migrated(proxy.port());
        world = new World(Optional.of(url));
    }

    @AfterEach
    void close() throws Exception {
        world.close();
        proxy.close();
    }

    @Override
    public World world() {
        return world;
    }

    private static void until(BooleanSupplier done) {
        long end = System.nanoTime() + World.SOON.toNanos();
        while (!done.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "in time");
            LockSupport.parkNanos(4_000_000);
        }
    }

    @Test
    void what_commits_later_with_a_lower_number_is_not_skipped() throws Exception {
        world.add(true, "before@example.org");
        int day = (int) Math.floorDiv(world.clock.millis(), 86_400_000L);
        try (Connection slow = Postgres.connect(url); Connection fast = Postgres.connect(url)) {
            slow.setAutoCommit(false);
            fast.setAutoCommit(false);
            insert(slow, day, 101);
            insert(fast, day, 102);
            // The later number takes the earlier transaction's place in time.
            insert(slow, day, 103);
            fast.commit();
            Journal.Page early = world.store.journal().read(0, Journal.Position.START, 10);
            assertEquals(1, early.entries().size(), "nothing above a transaction that runs");
            slow.commit();
            until(() -> world.store.journal().read(0, early.next(), 10).entries().size() == 3);
            assertEquals(List.of(101L, 103L, 102L), world.store.journal()
                    .read(0, early.next(), 10).entries().stream().map(e -> e.delivery()).toList());
        }
    }

    @Test
    void nodes_that_write_around_midnight_are_read_in_commit_order() throws Exception {
        world.add(true, "before@example.org");
        int day = (int) Math.floorDiv(world.clock.millis(), 86_400_000L);
        try (Connection slow = Postgres.connect(url); Connection fast = Postgres.connect(url)) {
            slow.setAutoCommit(false);
            fast.setAutoCommit(false);
            insert(fast, day + 1, 201);
            insert(slow, day, 202);
            insert(fast, day + 1, 203);
            slow.commit();
            Journal.Page early = world.store.journal().read(0, Journal.Position.START, 10);
            assertEquals(1, early.entries().size());
            fast.commit();
            until(() -> world.store.journal().read(0, early.next(), 10).entries().size() == 3);
            List<Long> one = new ArrayList<>();
            Journal.Position at = early.next();
            for (int i = 0; i < 5; i++) {
                Journal.Page p = world.store.journal().read(0, at, 1);
                p.entries().forEach(e -> one.add(e.delivery()));
                at = p.next();
            }
            assertEquals(List.of(201L, 203L, 202L), one);
        }
    }

    private static void insert(Connection c, int day, long delivery) throws Exception {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO fact_" + day
                + " (at, tenant, stream, message, delivery, type, data)"
                + " VALUES (0, 1, 1, 1, ?, 11, ?)")) {
            s.setLong(1, delivery);
            s.setBytes(2, HexFormat.of().parseHex("01"));
            s.executeUpdate();
        }
    }

    @Test
    void a_day_that_is_dropped_while_it_is_read_is_not_looked_for_again() {
        world.add(true, "before@example.org");
        long day = Math.floorDiv(world.clock.millis(), 86_400_000L);
        AtomicInteger looks = new AtomicInteger();
        int facts = world.store.database().read(h -> h.createQuery("SELECT count(*) FROM fact_"
                + (looks.incrementAndGet() == 1 ? 1 : day)).mapTo(Integer.class).one());
        assertEquals(1, facts);
        assertEquals(2, looks.get());
        assertThrows(RuntimeException.class, () -> world.store.database().read(h -> {
            looks.incrementAndGet();
            return h.createQuery("SELECT 1 FROM fact_1").mapTo(Integer.class).one();
        }));
        assertEquals(4, looks.get(), "once more, and no more");
    }

    @Test
    void a_commit_whose_answer_is_lost_is_looked_up() {
        world.add(true, "before@example.org");
        proxy.swallowNextCommit();
        Spool.Addition a = world.mail.to("lost@example.org");
        assertInstanceOf(Spool.Added.Stored.class,
                world.store.spool().add(List.of(a), Optional.empty(), true));
        assertTrue(proxy.swallowed());
        assertEquals(List.of("accepted"), world.words(a.deliveries().getFirst()));
        assertTrue(world.store.spool().trouble().isEmpty());
        assertEquals(2, world.store.spool().open());
    }

    @Test
    void a_commit_that_can_not_be_looked_up_is_not_called_refused() throws Exception {
        world.add(true, "before@example.org");
        proxy.swallowNextCommitAndStayAway();
        Spool.Addition a = world.mail.to("lost@example.org");
        StoreException e = assertThrows(StoreException.class,
                () -> world.store.spool().add(List.of(a), Optional.empty(), true));
        assertEquals(StoreException.Kind.UNSURE, e.kind());
        proxy.shut(false);
        until(() -> world.store.spool().trouble().isEmpty());
        assertEquals(List.of("accepted"), world.words(a.deliveries().getFirst()), "it was kept");
        until(() -> world.claim(10).stream().map(Spool.Job::delivery).toList()
                .equals(a.deliveries()));
    }

    @Test
    void a_connection_lost_before_the_commit_is_made_again() {
        world.add(true, "before@example.org");
        Postgres.run(url.substring(url.lastIndexOf('/') + 1),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE pid <> pg_backend_pid() AND datname = current_database()");
        Delivery d = world.add(true, "after@example.org");
        until(() -> world.words(d).equals(List.of("accepted")));
        assertEquals(2, world.store.spool().open());
    }

    @Test
    void a_server_that_is_away_is_said_and_heals() throws Exception {
        Delivery d = world.add(true, "before@example.org");
        proxy.shut(true);
        StoreException e =
                assertThrows(StoreException.class, () -> world.add(true, "during@example.org"));
        assertEquals(StoreException.Kind.DOWN, e.kind());
        assertEquals(Optional.of(StoreException.Kind.DOWN), world.store.spool().trouble());
        proxy.shut(false);
        until(() -> world.store.spool().trouble().isEmpty());
        until(() -> world.store.spool().intend(d, world.epoch).await(World.SOON));
    }

    @Test
    void nodes_have_numbers_of_their_own_and_the_dead_ones_mail_is_recovered() throws Exception {
        Store second = world.another(Files.createTempDirectory("mailmill-node"));
        Mail mail = new Mail(second.ids(), world.clock);
        Spool.Addition a = mail.to("x@example.org");
        long epoch = assertInstanceOf(Spool.Added.Stored.class,
                second.spool().add(List.of(a), Optional.empty(), true)).epoch();
        world.add(true, "own@example.org");
        assertNotEquals(epoch, world.epoch);
        Delivery d = a.deliveries().getFirst();
        assertNotEquals(node(d.id()), node(world.store.ids().next(1)));
        assertTrue(second.spool().intend(d, epoch).await(World.SOON));
        assertEquals(0, world.store.spool().recover(world.clock.instant(),
                World.streams(Stream.OnAmbiguous.RESEND)), "it lives");
        assertFalse(world.store.spool().intend(d, world.epoch).await(World.SOON), "another's");
        second.close();
        assertEquals(1, world.store.spool().recover(world.clock.instant(),
                World.streams(Stream.OnAmbiguous.RESEND)));
        assertEquals(List.of("accepted", "ambiguous"), world.words(d));
    }

    @Test
    void of_one_nodes_cancel_and_anothers_intent_exactly_one_wins() throws Exception {
        int cancelled = 0;
        int rounds = 60;
        try (Store second = world.another(Files.createTempDirectory("mailmill-node"));
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < rounds; i++) {
                Delivery d = world.add(true, "u" + i + "@example.org");
                boolean took = DeskContract.race(world, second, d, pool, i % 2 == 0);
                assertEquals(List.of(took ? State.CANCELLED : State.QUEUED),
                        List.of(world.now(d).state()));
                assertEquals(took ? List.of("accepted", "cancelled") : List.of("accepted"),
                        world.words(d));
                cancelled += took ? 1 : 0;
            }
        }
        assertTrue(cancelled > 0 && cancelled < rounds, "a race needs two: " + cancelled);
    }

    @Test
    void a_claim_that_could_not_be_loaded_is_given_back() throws Exception {
        Delivery d = world.add(false, "x@example.org");
        String database = url.substring(url.lastIndexOf('/') + 1);
        // so that the claim does not wait for as long as it might
        Postgres.run(database, "ALTER DATABASE " + database + " SET lock_timeout = '500ms'");
        world.restart();
        try (Connection c = Postgres.connect(url)) {
            c.setAutoCommit(false);
            c.createStatement().execute("LOCK TABLE content_" + Ids.day(d.message()));
            assertThrows(RuntimeException.class, () -> world.claim(10));
            c.rollback();
        }
        World.until(() -> world.claim(10).size() == 1);
    }

    private static long node(long id) {
        return id >>> 12 & 1023;
    }
}
