package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that others thought dead, and that does not know it yet (PostgreSQL, decision 5). */
class LeaseTest {
    private static final Streams RESEND = World.streams(Stream.OnAmbiguous.RESEND);

    private String database;
    private World world;

    @BeforeEach
    void open() {
        String url = Postgres.database();
        database = url.substring(url.lastIndexOf('/') + 1);
        world = new World(Optional.of(url));
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    /** One whose intent is noted, one that is being connected, one whose outcome is known. */
    private record Owned(Delivery sent, Delivery idle, Delivery known) {
        List<Delivery> all() {
            return List.of(sent, idle, known);
        }
    }

    private Owned owned() {
        Owned o = new Owned(world.add(true, "sent@example.org"),
                world.add(true, "idle@example.org"), world.add(true, "known@example.org"));
        assertTrue(world.store.spool().intend(o.sent(), world.epoch).await(World.SOON));
        assertTrue(world.store.spool().intend(o.known(), world.epoch).await(World.SOON));
        return o;
    }

    @Test
    void a_lease_that_lapsed_and_was_retaken_leaves_nothing_to_its_old_epoch() {
        try (Store second = another()) {
            Owned o = owned();
            long old = world.epoch;
            int[] ambiguous = {0};
            lapse(old, () -> (ambiguous[0] += recover(second)) > 0);
            assertEquals(2, ambiguous[0]);
            theOldOwnerGoesOn(o, old);

            List<Spool.Job> jobs = claim(second);
            assertEquals(3, jobs.size(), "none is lost");
            // The first node goes on with a new epoch, which gives it nothing of the old one back.
            World.until(this::takesMail);
            assertNotEquals(old, world.epoch);
            theOldOwnerGoesOn(o, old);
            theOldOwnerGoesOn(o, world.epoch);
            finish(second, jobs);
            theOldOwnerGoesOn(o, old);
            eachWasFinishedOnce(o);
        }
    }

    @Test
    void a_node_whose_number_another_process_took_writes_nothing_more() {
        Owned o = owned();
        long old = world.epoch;
        List<Store> later = new ArrayList<>();
        try {
            lapse(old, () -> {
                later.add(another());
                return node(later.getLast().ids().next(1)) == node(o.sent().id());
            });
            Store third = later.getLast();
            theOldOwnerGoesOn(o, old);
            assertThrows(StoreException.class, () -> world.add(true, "more@example.org"));
            assertEquals(2, recover(third));
            List<Spool.Job> jobs = claim(third);
            assertEquals(3, jobs.size(), "none is lost");
            theOldOwnerGoesOn(o, old);
            finish(third, jobs);
            theOldOwnerGoesOn(o, old);
            eachWasFinishedOnce(o);
        } finally {
            later.forEach(Store::close);
        }
    }

    @Test
    void an_outcome_that_comes_before_anybody_took_its_row_counts_once() {
        try (Store second = another()) {
            Owned o = owned();
            long old = world.epoch;
            // As by a recovery that has put the epoch out of force and not come to the rows yet.
            Postgres.run(database, "UPDATE node SET epoch = 0, until = now() - interval '1 minute'"
                    + " WHERE epoch = " + old
                    + "; UPDATE node_group SET epoch = 0 WHERE epoch = " + old);
            World.until(this::takesMail);
            Spool spool = world.store.spool();
            assertTrue(spool.settle(delivered(o.known(), old)).await(World.SOON));
            assertFalse(spool.settle(delivered(o.known(), old)).await(World.SOON));
            assertFalse(spool.intend(o.idle(), old).await(World.SOON), "no new dot");

            assertEquals(1, recover(second), "the other that was sent");
            assertEquals(List.of("accepted", "delivered"), world.words(o.known()));
            assertEquals(List.of("accepted", "ambiguous"), world.words(o.sent()));
            assertEquals(List.of("accepted"), world.words(o.idle()));
            assertFalse(spool.settle(delivered(o.sent(), old)).await(World.SOON));
            assertEquals(2, claim(second).size());
        }
    }

    @Test
    void a_node_that_slept_past_its_lease_gets_no_intent_and_settles_nothing() {
        Delivery d = world.add(true, "x@example.org");
        // What a recovering node does, as seen from the one that slept.
        Postgres.run(database, "UPDATE node SET epoch = 0, until = now() - interval '1 minute';"
                + " UPDATE node_group SET epoch = 0; UPDATE delivery SET owner_epoch = 0");
        assertFalse(answer(() -> world.store.spool().intend(d, world.epoch)));
        assertFalse(answer(() -> world.store.spool().settle(delivered(d, world.epoch))));
        assertEquals(List.of("accepted"), world.words(d));
        World.until(this::takesMail);
        assertEquals(List.of(d), claim(world.store).stream().map(Spool.Job::delivery)
                .filter(found -> found.domain().equals("example.org")).toList());
        assertEquals(Ids.day(d.id()), Ids.day(world.store.ids().next(1)));
    }

    private Store another() {
        try {
            return world.another(Files.createTempDirectory("mailmill-node"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lease is over as far as the database can tell, and somebody sees that. */
    private void lapse(long epoch, BooleanSupplier seen) {
        // It is renewed several times a second: who looks may come too late, and looks again.
        World.until(() -> {
            Postgres.run(database, "UPDATE node SET until = now() - interval '1 minute'"
                    + " WHERE epoch = " + epoch);
            return seen.getAsBoolean();
        });
    }

    private int recover(Store by) {
        return by.spool().recover(world.clock.instant(), RESEND);
    }

    private List<Spool.Job> claim(Store by) {
        return by.spool().claim(TrafficClass.TRANSACTIONAL, 10, 1 << 30, world.clock.instant(),
                Spool.Unwanted.NOTHING);
    }

    private static long node(long id) {
        return id >>> 12 & 1023;
    }

    private static Spool.Settlement delivered(Delivery d, long epoch) {
        return new Spool.Settlement(d, State.DELIVERED, 1, d.due(),
                List.of(new Fact.Delivered(SpoolContract.OK, 1)), "C: QUIT", epoch);
    }

    private static void finish(Store by, List<Spool.Job> jobs) {
        for (Spool.Job j : jobs) {
            assertTrue(by.spool().intend(j.delivery(), j.epoch()).await(World.SOON));
            assertTrue(by.spool().settle(delivered(j.delivery(), j.epoch())).await(World.SOON));
        }
    }

    /** What a process does that does not know yet: none of it may count. */
    private void theOldOwnerGoesOn(Owned o, long epoch) {
        Spool spool = world.store.spool();
        for (Delivery d : o.all()) {
            assertFalse(answer(() -> spool.settle(delivered(d, epoch))), "settled " + d.address());
            assertFalse(answer(() -> spool.intend(d, epoch)), "may send " + d.address());
            assertFalse(answer(() -> spool.release(List.of(d), epoch, d.due())));
        }
    }

    private void eachWasFinishedOnce(Owned o) {
        assertEquals(List.of("accepted", "ambiguous", "delivered"), world.words(o.sent()));
        assertEquals(List.of("accepted", "delivered"), world.words(o.idle()));
        assertEquals(List.of("accepted", "ambiguous", "delivered"), world.words(o.known()));
        for (Delivery d : o.all()) {
            assertEquals(State.DELIVERED, world.now(d).state());
        }
    }

    /** Whether the first node has an epoch that is in force. */
    private boolean takesMail() {
        try {
            world.add(true, "later@elsewhere.example");
            return true;
        } catch (StoreException e) {
            return false;
        }
    }

    private static boolean answer(Supplier<Spool.Pending> asked) {
        try {
            return asked.get().await(World.SOON);
        } catch (StoreException e) {
            return false;
        }
    }
}
