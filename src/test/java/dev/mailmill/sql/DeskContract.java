package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Spool.Acted;
import dev.mailmill.mail.Spool.Standing;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Taking back and letting go, whatever the engine: of a cancel and an intent one wins. */
interface DeskContract {
    Reply TAKEN = new Reply(250, "2.0.0", "queued", "mx.example.org");

    World world();

    private static Acted.Done cancel(World w, Delivery... whom) {
        return assertInstanceOf(Acted.Done.class,
                w.store.spool().cancel(List.of(whom), Optional.empty()));
    }

    private static Standing standing(Delivery d, State state, boolean changed, boolean underWay) {
        return new Standing(d.address(), state, changed, underWay);
    }

    private static Spool.Settlement settlement(Delivery d, State next, Instant due, long epoch,
            Fact fact) {
        return new Spool.Settlement(d, next, 1, due, List.of(fact), "", epoch);
    }

    private static boolean delivered(World w, Delivery d, long epoch) {
        return w.store.spool().settle(settlement(d, State.DELIVERED, d.due(), epoch,
                new Fact.Delivered(TAKEN, 1))).await(World.SOON);
    }

    private static Submission.Idempotency key(String key, int hash) {
        return new Submission.Idempotency(key, new byte[] {(byte) hash});
    }

    /** Nobody can do anything with it any more. */
    private static void assertCancelled(World w, Delivery d, long epoch) {
        assertEquals(State.CANCELLED, w.now(d).state());
        assertEquals("cancelled", w.words(d).getLast());
        assertFalse(w.store.spool().intend(d, epoch).await(World.SOON), "no dot follows");
        assertFalse(delivered(w, d, epoch), "no outcome follows");
        assertFalse(w.store.spool().release(List.of(d), epoch, d.due()).await(World.SOON));
        assertEquals("cancelled", w.words(d).getLast());
        w.clock.forward(Duration.ofDays(400));
        assertEquals(List.of(), w.claim(10));
        assertEquals(0, w.store.spool().expire(w.clock.instant(), w.clock.instant(), 10));
        assertEquals(0, w.store.spool().open());
    }

    @Test
    default void what_is_in_our_memory_can_be_taken_back() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        assertEquals(List.of(standing(d, State.CANCELLED, true, false)),
                cancel(w, d).standings());
        assertEquals(List.of("accepted", "cancelled"), w.words(d));
        assertCancelled(w, d, w.epoch);
    }

    @Test
    default void what_waits_or_was_claimed_can_be_taken_back() {
        World w = world();
        Delivery d = w.add(false, "x@example.org");
        assertTrue(cancel(w, d).any());
        assertCancelled(w, d, w.epoch);
        Delivery claimed = w.add(false, "y@example.org");
        long epoch = w.claim(10).getFirst().epoch();
        assertTrue(cancel(w, claimed).any());
        assertCancelled(w, claimed, epoch);
    }

    @Test
    default void what_a_dead_node_owned_can_be_taken_back_unless_it_meant_to_send() {
        World w = world();
        Delivery idle = w.add(true, "idle@example.org");
        Delivery sent = w.add(true, "sent@example.org");
        assertTrue(w.store.spool().intend(sent, w.epoch).await(World.SOON));
        w.restart();
        assertEquals(List.of(standing(idle, State.CANCELLED, true, false)),
                cancel(w, idle).standings());
        assertEquals(List.of(standing(sent, State.QUEUED, false, true)),
                cancel(w, sent).standings());
        assertEquals(1, w.store.spool().recover(w.clock.instant(),
                World.streams(Stream.OnAmbiguous.RESEND)));
        assertEquals(List.of("accepted", "ambiguous"), w.words(sent), "told before it is ended");
        assertTrue(cancel(w, sent).any(), "it is not sent a second time");
        assertEquals(List.of("accepted", "ambiguous", "cancelled"), w.words(sent));
        assertCancelled(w, idle, w.epoch);
    }

    @Test
    default void what_is_scheduled_deferred_or_held_can_be_taken_back() {
        World w = world();
        Instant later = w.clock.instant().plusSeconds(600);
        w.mail.state = State.SCHEDULED;
        w.mail.dueIn = Duration.ofDays(30);
        w.mail.expiresIn = Duration.ofDays(32);
        Delivery scheduled = w.add(true, "a@example.org");
        w.mail.state = State.QUEUED;
        w.mail.dueIn = Duration.ZERO;
        Delivery deferred = w.add(true, "b@example.org");
        assertTrue(w.store.spool().intend(deferred, w.epoch).await(World.SOON));
        assertTrue(w.store.spool().settle(settlement(deferred, State.DEFERRED, later, w.epoch,
                new Fact.Deferred(TAKEN, 1, later))).await(World.SOON));
        Delivery held = w.add(true, "c@example.org");
        assertTrue(w.store.spool().settle(settlement(held, State.HELD, later, w.epoch,
                new Fact.Held("a person decides"))).await(World.SOON));
        assertEquals(3, w.store.spool().open());
        for (Delivery d : List.of(scheduled, deferred, held)) {
            assertTrue(cancel(w, d).any(), d.address());
            assertEquals("cancelled", w.words(d).getLast());
        }
        assertEquals(0, w.store.spool().open());
        w.clock.forward(Duration.ofDays(31));
        assertEquals(List.of(), w.claim(10));
    }

    @Test
    default void an_intent_wins_over_a_later_cancel_and_so_does_an_end() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        assertTrue(w.store.spool().intend(d, w.epoch).await(World.SOON));
        assertEquals(List.of(standing(d, State.QUEUED, false, true)), cancel(w, d).standings());
        assertFalse(cancel(w, d).any());
        assertTrue(delivered(w, d, w.epoch));
        assertEquals(List.of(standing(d, State.DELIVERED, false, false)),
                cancel(w, d).standings());
        assertEquals(List.of("accepted", "delivered"), w.words(d));
    }

    @Test
    default void each_recipient_is_taken_back_on_its_own() {
        World w = world();
        Spool.Addition a = w.mail.to("a@example.org", "b@example.org", "c@example.org",
                "d@example.org");
        long epoch = assertInstanceOf(Spool.Added.Stored.class,
                w.store.spool().add(List.of(a), Optional.empty(), true)).epoch();
        List<Delivery> all = a.deliveries();
        assertTrue(w.store.spool().intend(all.get(1), epoch).await(World.SOON));
        assertTrue(delivered(w, all.get(2), epoch));
        assertEquals(List.of(standing(all.get(0), State.CANCELLED, true, false),
                        standing(all.get(1), State.QUEUED, false, true),
                        standing(all.get(2), State.DELIVERED, false, false)),
                cancel(w, all.get(0), all.get(1), all.get(2)).standings());
        assertEquals(State.QUEUED, w.now(all.get(3)).state(), "was not asked for");
        assertEquals(2, w.store.spool().open());
        Delivery others = new Delivery(all.get(3).id(), all.get(3).message(), 2,
                all.get(3).stream(), all.get(3).carries(), "d@example.org", "example.org", "", "",
                State.QUEUED, 0, all.get(3).due(), all.get(3).expires());
        assertFalse(cancel(w, others).any(), "another tenant's word");
        assertEquals(State.QUEUED, w.now(all.get(3)).state());
    }

    @Test
    default void the_same_cancel_again_is_answered_as_the_first_time() {
        World w = world();
        Spool.Addition a = w.mail.to("a@example.org", "b@example.org");
        long epoch = assertInstanceOf(Spool.Added.Stored.class,
                w.store.spool().add(List.of(a), Optional.empty(), true)).epoch();
        List<Delivery> all = a.deliveries();
        Spool spool = w.store.spool();
        assertTrue(spool.intend(all.get(1), epoch).await(World.SOON));
        Acted first = spool.cancel(all, Optional.of(key("k", 1)));
        assertTrue(delivered(w, all.get(1), epoch));
        assertEquals(new Acted.Done(((Acted.Done) first).standings(), true),
                spool.cancel(all, Optional.of(key("k", 1))));
        assertInstanceOf(Acted.Conflict.class, spool.cancel(all, Optional.of(key("k", 2))));
        assertInstanceOf(Spool.Added.Conflict.class, spool.add(
                List.of(w.mail.to("z@example.org")), Optional.of(key("k", 3)), true));
        assertTrue(cancel(w, all.get(0)).any(), "without a key it is cancelled still");
        assertEquals(List.of("accepted", "cancelled"), w.words(all.get(0)));

        assertFalse(((Acted.Done) spool.cancel(List.of(all.get(1)), Optional.of(key("n", 1))))
                .any());
        Delivery other = w.add(true, "c@example.org");
        assertTrue(((Acted.Done) spool.cancel(List.of(other), Optional.of(key("n", 2)))).any(),
                "what did nothing has not used its key up");
    }

    @Test
    default void what_is_held_goes_on_at_once_or_when_its_time_has_come() {
        World w = world();
        Instant now = w.clock.instant();
        Instant later = now.plus(Duration.ofDays(3));
        w.mail.state = State.HELD;
        Delivery due = w.add(true, "a@example.org");
        Delivery early = w.add(true, "b@example.org");
        w.mail.state = State.QUEUED;
        Delivery queued = w.add(true, "c@example.org");
        Spool spool = w.store.spool();
        assertEquals(List.of(standing(due, State.QUEUED, true, false)), ((Acted.Done)
                spool.letGo(List.of(due), now.minusSeconds(60), now, Optional.empty()))
                .standings());
        assertEquals(List.of(standing(early, State.SCHEDULED, true, false)), ((Acted.Done)
                spool.letGo(List.of(early), later, now, Optional.empty())).standings());
        assertEquals(List.of(standing(queued, State.QUEUED, false, false)), ((Acted.Done)
                spool.letGo(List.of(queued), now, now, Optional.empty())).standings());
        assertFalse(((Acted.Done) spool.letGo(List.of(due), now, now, Optional.empty())).any(),
                "it is held no more");
        assertEquals(List.of("accepted"), w.words(due));
        assertEquals(List.of("accepted", "scheduled"), w.words(early));
        assertEquals(3, spool.open());
        assertEquals(List.of(due.id()), w.claim(10).stream().map(j -> j.delivery().id()).toList());
        assertEquals(Optional.of(later), spool.nextDue(due.carries()));
        w.clock.forward(Duration.ofDays(3));
        assertEquals(List.of(early.id()),
                w.claim(10).stream().map(j -> j.delivery().id()).toList());
    }

    /** In the same groups and in neighbouring ones: never both, never neither. */
    @Test
    default void of_a_cancel_and_an_intent_at_once_exactly_one_wins() throws Exception {
        World w = world();
        int cancelled = 0;
        int rounds = 100;
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < rounds; i++) {
                Delivery d = w.add(true, "u" + i + "@example.org");
                boolean took = race(w, w.store, d, pool, i % 2 == 0);
                boolean intended = delivered(w, d, w.epoch);
                assertNotEquals(intended, took, "round " + i);
                assertEquals(List.of("accepted", took ? "cancelled" : "delivered"), w.words(d));
                cancelled += took ? 1 : 0;
            }
        }
        assertTrue(cancelled > 0 && cancelled < rounds, "a race needs two: " + cancelled);
        assertEquals(0, w.store.spool().open());
    }

    /** @return whether the cancel won; then the intent did not, and the other way round */
    static boolean race(World w, Store cancelling, Delivery d, ExecutorService pool,
            boolean cancelFirst) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        Callable<Boolean> intends = () -> {
            start.await();
            return w.store.spool().intend(d, w.epoch).await(World.SOON);
        };
        Callable<Boolean> cancels = () -> {
            start.await();
            return ((Acted.Done) cancelling.spool().cancel(List.of(d), Optional.empty())).any();
        };
        Future<Boolean> one = pool.submit(cancelFirst ? cancels : intends);
        Future<Boolean> other = pool.submit(cancelFirst ? intends : cancels);
        boolean cancelled = cancelFirst ? one.get() : other.get();
        assertNotEquals(cancelled, cancelFirst ? other.get() : one.get());
        return cancelled;
    }
}
