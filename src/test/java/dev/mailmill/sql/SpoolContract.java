package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What the core may rely on, whatever the engine. */
interface SpoolContract {
    Reply OK = new Reply(250, "2.0.0", "queued", "mx.example.org");
    Reply LATER = new Reply(451, "4.7.1", "greylisted", "mx.example.org");

    World world();

    private static Spool.Settlement delivered(Delivery d, long epoch) {
        return new Spool.Settlement(d, State.DELIVERED, 1, d.due(),
                List.of(new Fact.Delivered(OK, 1)), "C: QUIT", epoch);
    }

    private static Submission.Idempotency key(String key, int hash) {
        return new Submission.Idempotency(key, new byte[] {(byte) hash});
    }

    @Test
    default void a_message_comes_back_as_it_went_in_also_after_a_restart() throws Exception {
        World w = world();
        w.mail.options = new Submission.Options(Optional.of(Duration.ofHours(1)), Optional.empty(),
                List.of("a", "b"), Map.of("order", "12"));
        Spool.Addition a = w.mail.to("x@example.org", "y@example.net");
        assertInstanceOf(Spool.Added.Stored.class,
                w.store.spool().add(List.of(a), Optional.empty(), false));
        w.restart();
        Spool.Sight sight = w.store.spool().find(1, a.message().id()).orElseThrow();
        Message m = sight.message();
        assertEquals(a.deliveries(), sight.deliveries());
        assertEquals(a.message().options(), m.options());
        assertEquals(a.message().accepted(), m.accepted());
        assertEquals(a.message().letter().authors(), m.letter().authors());
        assertArrayEquals(Mail.HEAD, m.letter().head());
        assertEquals(a.message().letter().body(), m.letter().body());
        assertTrue(w.store.spool().find(2, a.message().id()).isEmpty(), "another tenant's");
        assertEquals(2, w.store.spool().open());
    }

    @Test
    default void a_life_from_intent_to_delivered_leaves_its_facts() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        assertTrue(w.claim(10).isEmpty(), "what is owned waits for nobody");
        assertTrue(w.store.spool().intend(d, w.epoch).await(World.SOON));
        assertTrue(w.store.spool().settle(delivered(d, w.epoch)).await(World.SOON));
        assertEquals(List.of("accepted", "delivered"), w.words(d));
        assertEquals(State.DELIVERED, w.now(d).state());
        assertEquals(0, w.store.spool().open());
        assertFalse(w.store.spool().settle(delivered(d, w.epoch)).await(World.SOON),
                "settled once");
        assertFalse(w.store.spool().intend(d, w.epoch).await(World.SOON), "final");
        assertEquals(List.of("accepted", "delivered"), w.words(d), "no fact without a change");
    }

    @Test
    default void what_was_relayed_is_settled_once_by_a_later_word() {
        World w = world();
        Spool spool = w.store.spool();
        Delivery d = w.add(true, "x@example.org");
        assertEquals(Spool.Told.TOO_EARLY, spool.told(d.id(), State.DELIVERED, OK));
        assertTrue(spool.intend(d, w.epoch).await(World.SOON));
        assertEquals(Spool.Told.TOO_EARLY, spool.told(d.id(), State.BOUNCED, LATER));
        assertTrue(spool.settle(new Spool.Settlement(d, State.RELAYED, 1, d.due(),
                List.of(new Fact.Relayed(OK, 1)), "", w.epoch)).await(World.SOON));
        assertEquals(Spool.Told.SETTLED, spool.told(d.id(), State.BOUNCED, LATER));
        assertEquals(Spool.Told.OVER, spool.told(d.id(), State.DELIVERED, OK));
        assertEquals(Spool.Told.OVER, spool.told(d.id(), State.BOUNCED, LATER));
        assertEquals(Spool.Told.UNKNOWN, spool.told(d.id() + 1, State.BOUNCED, LATER));
        assertEquals(List.of("accepted", "relayed", "bounced"), w.words(d));
        assertEquals(State.BOUNCED, w.now(d).state());
        assertEquals(0, spool.open(), "it had ended before");
        Fact.Bounced told = (Fact.Bounced) w.store.journal().of(1, d.message()).getLast().fact();
        assertEquals(new Fact.Bounced(LATER, 1, false), told);
        Delivery own = w.add(true, "y@example.org");
        assertTrue(spool.settle(delivered(own, w.epoch)).await(World.SOON));
        assertEquals(Spool.Told.OVER, spool.told(own.id(), State.BOUNCED, LATER));
        assertEquals(State.DELIVERED, w.now(own).state(), "no relay has a say in it");
    }

    @Test
    default void what_is_said_after_it_left_counts_once_a_kind() {
        World w = world();
        Spool spool = w.store.spool();
        Spool.Heard spam = new Spool.Heard.Complained("abuse", "yahoo.test");
        Spool.Heard late = new Spool.Heard.Bounced(LATER);
        Delivery d = w.add(true, "x@example.org");
        assertEquals(Spool.Told.TOO_EARLY, spool.heard(d.id(), spam), "it is not sent yet");
        assertTrue(spool.intend(d, w.epoch).await(World.SOON));
        assertEquals(Spool.Told.TOO_EARLY, spool.heard(d.id(), late));
        assertTrue(spool.settle(delivered(d, w.epoch)).await(World.SOON));
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), late));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), late));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), new Spool.Heard.Delivered(OK)));
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), spam));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), spam));
        assertEquals(Spool.Told.SETTLED,
                spool.heard(d.id(), new Spool.Heard.Unsubscribed("mail")));
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), new Spool.Heard.Replied(true)));
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), new Spool.Heard.Replied(false)));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), new Spool.Heard.Replied(true)));
        assertEquals(Spool.Told.UNKNOWN, spool.heard(d.id() + 1, spam));
        assertEquals(List.of("accepted", "delivered", "bounced", "complained", "unsubscribed",
                "received", "received"), w.words(d));
        assertEquals(State.DELIVERED, w.now(d).state(), "a late bounce changes no state");
        List<Journal.Entry> all = w.store.journal().of(1, d.message());
        assertEquals(new Fact.Bounced(LATER, 1, true), all.get(2).fact());
        assertEquals(new Fact.Complained("abuse", "yahoo.test"), all.get(3).fact());
        assertEquals(new Fact.Unsubscribed("mail"), all.get(4).fact());
        assertEquals(new Fact.Received("auto_reply"), all.get(5).fact());
        Delivery over = w.add(true, "y@example.org");
        assertTrue(spool.intend(over, w.epoch).await(World.SOON));
        assertTrue(spool.settle(new Spool.Settlement(over, State.RELAYED, 1, over.due(),
                List.of(new Fact.Relayed(OK, 1)), "", w.epoch)).await(World.SOON));
        assertEquals(Spool.Told.SETTLED, spool.heard(over.id(), late));
        assertEquals(Spool.Told.OVER, spool.heard(over.id(), late));
        assertEquals(State.BOUNCED, w.now(over).state(), "a report may settle what was relayed");
        assertEquals(0, spool.open());
    }

    @Test
    default void who_left_one_list_may_leave_all_and_not_the_other_way_round() {
        World w = world();
        Spool spool = w.store.spool();
        Spool.Heard list = new Spool.Heard.Unsubscribed("one_click");
        Spool.Heard all = new Spool.Heard.Unsubscribed("page", true);
        Delivery d = w.add(true, "x@example.org");
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), list));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), list));
        assertEquals(Spool.Told.SETTLED, spool.heard(d.id(), all));
        assertEquals(Spool.Told.OVER, spool.heard(d.id(), all));
        Delivery e = w.add(true, "y@example.org");
        assertEquals(Spool.Told.SETTLED, spool.heard(e.id(), all));
        assertEquals(Spool.Told.OVER, spool.heard(e.id(), list), "all is this list too");
        assertEquals(List.of(new Fact.Unsubscribed("one_click"),
                        new Fact.Unsubscribed("page", true)),
                w.store.journal().of(1, d.message()).stream().skip(1)
                        .map(Journal.Entry::fact).toList());
    }

    @Test
    default void of_many_words_at_once_one_counts() throws Exception {
        World w = world();
        Spool spool = w.store.spool();
        Delivery d = w.add(true, "x@example.org");
        assertTrue(spool.settle(new Spool.Settlement(d, State.RELAYED, 1, d.due(),
                List.of(new Fact.Relayed(OK, 1)), "", w.epoch)).await(World.SOON));
        List<Spool.Told> told = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Spool.Told>> words = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                State next = i % 2 == 0 ? State.DELIVERED : State.BOUNCED;
                words.add(() -> spool.told(d.id(), next, OK));
            }
            for (Future<Spool.Told> one : threads.invokeAll(words)) {
                told.add(one.get(20, TimeUnit.SECONDS));
            }
        }
        assertEquals(1, told.stream().filter(Spool.Told.SETTLED::equals).count(), told.toString());
        assertEquals(3, w.words(d).size(), w.words(d).toString());
    }

    @Test
    default void a_doubt_about_a_delivery_is_known_for_ever() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        assertFalse(w.store.spool().doubtful(d));
        Instant later = w.clock.instant().plusSeconds(300);
        assertTrue(w.store.spool().settle(new Spool.Settlement(d, State.DEFERRED, 1, later,
                List.of(new Fact.Ambiguous(LATER, 1), new Fact.Deferred(LATER, 1, later)), "",
                w.epoch)).await(World.SOON));
        assertTrue(w.store.spool().doubtful(d));
        assertFalse(w.store.spool().doubtful(w.add(true, "y@example.org")));
    }

    private static Spool.Addition sensitive(Spool.Addition a) {
        Message m = a.message();
        return new Spool.Addition(new Message(m.id(), m.tenant(), m.stream(), m.door(),
                m.credential(), m.accepted(), m.sender(), m.envid(), m.ret(), m.options(),
                m.letter().sensitive()), a.deliveries(), a.first());
    }

    private static boolean gone(World w, Delivery d) {
        return w.store.spool().find(1, d.message()).orElseThrow().message().letter().gone();
    }

    @Test
    default void sensitive_content_goes_with_its_last_delivery_also_when_a_crash_is_between() {
        World w = world();
        Spool.Addition a = sensitive(w.mail.to("x@example.org", "y@example.org"));
        long epoch = ((Spool.Added.Stored) w.store.spool().add(List.of(a), Optional.empty(), true))
                .epoch();
        Delivery x = a.deliveries().getFirst();
        assertTrue(w.store.spool().settle(delivered(x, epoch)).await(World.SOON));
        Delivery plain = w.add(true, "z@example.org");
        assertTrue(w.store.spool().settle(delivered(plain, w.epoch)).await(World.SOON));
        // as if the process had ended between the last outcome and the drop
        w.store.close();
        w.start();
        w.store.database().write(h -> h.execute("INSERT INTO sensitive (message) VALUES (?)",
                plain.message()));
        w.restart();
        World.until(() -> gone(w, plain));
        assertFalse(gone(w, x), "a delivery of it is open");
        w.store.spool().recover(w.clock.instant(), World.streams(Stream.OnAmbiguous.RESEND));
        Spool.Job job = w.claim(10).getFirst();
        assertTrue(w.store.spool().settle(delivered(job.delivery(), job.epoch()))
                .await(World.SOON));
        World.until(() -> gone(w, x));
        Message left = w.store.spool().find(1, x.message()).orElseThrow().message();
        assertEquals("(sensitive)", left.letter().subject());
        assertTrue(left.letter().has(dev.mailmill.mail.Letter.SENSITIVE));
        assertEquals("0", w.store.database().read(h -> h.createQuery(
                "SELECT count(*) FROM sensitive").mapTo(String.class).one()));
    }

    @Test
    default void a_deferred_delivery_falls_due_and_is_claimed_again() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        Instant later = w.clock.instant().plusSeconds(300);
        assertTrue(w.store.spool().settle(new Spool.Settlement(d, State.DEFERRED, 1, later,
                List.of(new Fact.Deferred(LATER, 1, later)), "", w.epoch)).await(World.SOON));
        assertTrue(w.claim(10).isEmpty());
        assertEquals(Optional.of(later), w.store.spool().nextDue(TrafficClass.TRANSACTIONAL));
        w.clock.forward(Duration.ofSeconds(301));
        List<Spool.Job> jobs = w.claim(10);
        assertEquals(1, jobs.size());
        assertEquals(State.DEFERRED, jobs.getFirst().delivery().state());
        assertEquals(1, jobs.getFirst().delivery().attempts());
        assertEquals("hi", jobs.getFirst().message().letter().subject());
        assertEquals(Optional.empty(), w.store.spool().nextDue(TrafficClass.TRANSACTIONAL));
        assertTrue(w.store.spool().release(List.of(jobs.getFirst().delivery()), w.epoch,
                w.clock.instant()).await(World.SOON));
        assertEquals(1, w.claim(10).size());
    }

    /** Time that mail waits for our own caps is not of its life. */
    @Test
    default void what_is_given_back_ends_when_its_giver_says() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        Instant end = d.expires().plusSeconds(600);
        Delivery longer = new Delivery(d.id(), d.message(), d.tenant(), d.stream(), d.carries(),
                d.address(), d.domain(), d.orcpt(), d.dsnNotify(), d.state(), d.attempts(),
                d.due(), end);
        assertTrue(w.store.spool().release(List.of(longer), w.epoch, w.clock.instant())
                .await(World.SOON));
        w.clock.forward(Duration.ofSeconds(1));
        assertEquals(end, w.claim(10).getFirst().delivery().expires());
    }

    /** Who got no answer asks again; meanwhile the first may have been done, and undone since. */
    @Test
    default void what_is_asked_twice_takes_nothing_that_was_claimed_again() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        Instant soon = w.clock.instant();
        assertTrue(w.store.spool().release(List.of(d), w.epoch, soon).await(World.SOON));
        w.clock.forward(Duration.ofSeconds(1));
        assertEquals(1, w.claim(10).size());

        assertFalse(w.store.spool().release(List.of(d), w.epoch, soon).await(World.SOON));
        assertFalse(w.store.spool().settle(new Spool.Settlement(d, State.DEFERRED, 1,
                soon.plusSeconds(60), List.of(new Fact.Deferred(LATER, 1, soon.plusSeconds(60))),
                "", w.epoch)).await(World.SOON));

        assertTrue(w.store.spool().intend(d, w.epoch).await(World.SOON), "still ours");
        assertEquals(List.of("accepted"), w.words(d));
    }

    @Test
    default void one_callers_constraint_error_is_his_alone() throws Exception {
        World w = world();
        Delivery there = w.add(false, "first@example.org");
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> good = new ArrayList<>();
            List<Future<Boolean>> bad = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Spool.Addition a = i % 10 == 5 ? w.mail.with(there.id(), "dup@example.org")
                        : w.mail.to("u" + i + "@example.org");
                Callable<Boolean> add = () -> w.store.spool().add(List.of(a), Optional.empty(),
                        false) instanceof Spool.Added.Stored;
                (i % 10 == 5 ? bad : good).add(pool.submit(add));
            }
            for (Future<Boolean> f : good) {
                assertTrue(f.get());
            }
            for (Future<Boolean> f : bad) {
                Throwable t = assertThrows(Exception.class, f::get).getCause();
                assertEquals(StoreException.Kind.REJECTED, ((StoreException) t).kind());
            }
        }
        assertEquals(37, w.store.spool().open());
        assertEquals(37, w.store.journal().read(0, dev.mailmill.mail.Journal.Position.START, 100)
                .entries().size());
        assertTrue(w.store.spool().trouble().isEmpty());
    }

    @Test
    default void a_works_own_exception_undoes_only_that_work() {
        World w = world();
        w.store.database().write(h -> h.execute("CREATE TABLE pot (n INTEGER PRIMARY KEY)"));
        assertThrows(IllegalStateException.class, () -> w.store.database().write(h -> {
            h.execute("INSERT INTO pot VALUES (1)");
            throw new IllegalStateException("mine");
        }));
        w.store.database().write(h -> h.execute("INSERT INTO pot VALUES (2)"));
        assertThrows(org.jdbi.v3.core.JdbiException.class, () -> w.store.database().write(h ->
                h.execute("INSERT INTO pot VALUES (2)")));
        assertEquals(List.of(2), w.store.database().read(h ->
                h.createQuery("SELECT n FROM pot").mapTo(Integer.class).list()));
        w.store.views().write(h -> h.execute("INSERT INTO cursor VALUES ('a', '1')"));
        assertEquals("1", w.store.views().read(h -> h.createQuery(
                "SELECT position FROM cursor").mapTo(String.class).one()));
    }

    @Test
    default void a_key_is_answered_again_refused_and_forgotten() {
        World w = world();
        Spool spool = w.store.spool();
        Spool.Addition a = w.mail.to("x@example.org", "y@example.org");
        long epoch = assertInstanceOf(Spool.Added.Stored.class,
                spool.add(List.of(a), Optional.of(key("k", 1)), true)).epoch();
        assertTrue(spool.settle(delivered(a.deliveries().getFirst(), epoch)).await(World.SOON));
        Spool.Added again = spool.add(List.of(w.mail.to("x@example.org", "y@example.org")),
                Optional.of(key("k", 1)), true);
        assertEquals(new Spool.Added.Replayed(List.of(new Admission.Receipt(a.message().id(),
                List.of(new Admission.Copy("x@example.org", State.QUEUED),
                        new Admission.Copy("y@example.org", State.QUEUED))))), again);
        assertInstanceOf(Spool.Added.Conflict.class,
                spool.add(List.of(w.mail.to("z@example.org")), Optional.of(key("k", 2)), true));
        w.mail.tenant = 2;
        assertInstanceOf(Spool.Added.Stored.class,
                spool.add(List.of(w.mail.to("z@example.org")), Optional.of(key("k", 2)), true));
        w.mail.tenant = 1;
        w.clock.forward(Duration.ofHours(25));
        assertInstanceOf(Spool.Added.Stored.class,
                spool.add(List.of(w.mail.to("z@example.org")), Optional.of(key("k", 2)), true));
    }

    @Test
    default void a_stopped_nodes_intents_become_ambiguous_and_the_rest_falls_due() {
        World w = world();
        Delivery sent = w.add(true, "sent@example.org");
        Delivery idle = w.add(true, "idle@example.org");
        assertTrue(w.store.spool().intend(sent, w.epoch).await(World.SOON));
        w.restart();
        assertEquals(1, w.store.spool().recover(w.clock.instant(),
                World.streams(Stream.OnAmbiguous.RESEND)));
        assertEquals(List.of("accepted", "ambiguous"), w.words(sent));
        assertEquals(List.of("accepted"), w.words(idle));
        assertEquals(1, w.now(sent).attempts());
        assertEquals(2, w.claim(10).size());
        assertEquals(2, w.store.spool().open());
        assertEquals(0, w.store.spool().recover(w.clock.instant(),
                World.streams(Stream.OnAmbiguous.RESEND)), "what lives is left alone");
    }

    @Test
    default void a_stream_may_hold_what_is_ambiguous() {
        World w = world();
        Delivery sent = w.add(true, "sent@example.org");
        assertTrue(w.store.spool().intend(sent, w.epoch).await(World.SOON));
        w.restart();
        assertEquals(1, w.store.spool().recover(w.clock.instant(),
                World.streams(Stream.OnAmbiguous.HOLD)));
        assertEquals(List.of("accepted", "ambiguous", "held"), w.words(sent));
        assertTrue(w.claim(10).isEmpty());
        assertEquals(1, w.store.spool().releaseHeld(w.clock.instant(), 10));
        assertEquals(1, w.claim(10).size());
    }

    @Test
    default void an_owner_whose_epoch_ran_out_gets_neither_intent_nor_settle() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        w.restart();
        assertFalse(w.store.spool().intend(d, w.epoch).await(World.SOON), "before recovery");
        w.store.spool().recover(w.clock.instant(), World.streams(Stream.OnAmbiguous.RESEND));
        long now = w.claim(10).getFirst().epoch();
        assertFalse(w.store.spool().intend(d, w.epoch).await(World.SOON));
        assertFalse(w.store.spool().settle(delivered(d, w.epoch)).await(World.SOON));
        assertFalse(w.store.spool().release(List.of(d), w.epoch, d.due()).await(World.SOON));
        assertEquals(List.of("accepted"), w.words(d));
        assertTrue(w.store.spool().intend(d, now).await(World.SOON), "taken anew");
    }

    @Test
    default void flows_take_turns() {
        World w = world();
        for (int i = 0; i < 100; i++) {
            w.add(false, "u" + i + "@big.example");
        }
        w.add(false, "u@small.example");
        w.mail.stream = 9;
        w.add(false, "u@other.example");
        Set<String> first = new java.util.HashSet<>();
        w.claim(34).forEach(j -> first.add(j.delivery().domain()));
        assertEquals(Set.of("big.example", "small.example", "other.example"), first);
        List<Spool.Job> rest = w.store.spool().claim(TrafficClass.TRANSACTIONAL, 500, 1 << 30,
                w.clock.instant(), (_, domain) -> domain.equals("big.example"));
        assertTrue(rest.isEmpty(), "an unwanted domain's lane is shut");
        w.add(false, "u@big.example");
        assertEquals(List.of(9L), w.store.spool().claim(TrafficClass.TRANSACTIONAL, 500, 1 << 30,
                w.clock.instant(), (stream, domain) -> stream == 7
                        && domain.equals("big.example")).stream()
                .map(j -> j.delivery().stream()).toList(), "another stream has another lane");
        assertEquals(68, w.claim(500).size(), "fewer than asked for means no more");
    }

    @Test
    default void a_claim_is_bounded_by_octets_but_never_empty() {
        World w = world();
        w.mail.body = Body.of(new byte[10_000]);
        for (int i = 0; i < 5; i++) {
            w.add(false, "u" + i + "@example.org");
        }
        assertEquals(2, w.store.spool().claim(TrafficClass.TRANSACTIONAL, 10, 25_000,
                w.clock.instant(), Spool.Unwanted.NOTHING).size());
        assertEquals(1, w.store.spool().claim(TrafficClass.TRANSACTIONAL, 10, 1,
                w.clock.instant(), Spool.Unwanted.NOTHING).size());
    }

    @Test
    default void time_runs_out_only_for_what_nobody_owns() {
        World w = world();
        w.mail.expiresIn = Duration.ofMinutes(5);
        Delivery waits = w.add(false, "a@example.org");
        Delivery owned = w.add(true, "b@example.org");
        w.mail.expiresIn = Duration.ofHours(5);
        Delivery longer = w.add(false, "c@example.org");
        w.clock.forward(Duration.ofMinutes(6));
        assertEquals(1, w.store.spool().expire(w.clock.instant(), w.clock.instant(), 100));
        assertEquals(List.of("accepted", "expired"), w.words(waits));
        assertEquals(State.EXPIRED, w.now(waits).state());
        assertEquals(List.of("accepted"), w.words(owned));
        assertEquals(List.of("accepted"), w.words(longer));
        assertEquals(2, w.store.spool().open());
    }

    @Test
    default void what_expires_tells_what_its_last_attempt_met() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        Instant due = d.expires().minusSeconds(1);
        assertTrue(w.store.spool().settle(new Spool.Settlement(d, State.DEFERRED, 1, due,
                List.of(new Fact.Deferred(LATER, 1, due)), "", w.epoch)).await(World.SOON));
        w.clock.forward(Duration.ofDays(3));
        assertEquals(1, w.store.spool().expire(w.clock.instant(), w.clock.instant(), 100));
        assertEquals(new Fact.Expired(LATER), w.store.journal().of(1, d.message()).getLast()
                .fact());
    }

    @Test
    default void held_waits_for_a_person_and_scheduled_for_its_time() {
        World w = world();
        w.mail.state = State.HELD;
        Delivery held = w.add(true, "h@example.org");
        w.mail.state = State.SCHEDULED;
        w.mail.dueIn = Duration.ofHours(1);
        Delivery scheduled = w.add(true, "s@example.org");
        assertTrue(w.claim(10).isEmpty());
        assertEquals(Optional.of(scheduled.due()),
                w.store.spool().nextDue(TrafficClass.TRANSACTIONAL));
        assertEquals(1, w.store.spool().releaseHeld(w.clock.instant(), 10));
        assertEquals(held.id(), w.claim(10).getFirst().delivery().id());
        w.clock.forward(Duration.ofHours(2));
        assertEquals(scheduled.id(), w.claim(10).getFirst().delivery().id());
    }

    @Test
    default void a_large_body_is_the_same_after_a_restart_and_orphans_go() throws Exception {
        World w = world();
        byte[] large = new byte[700_000];
        new Random(1).nextBytes(large);
        Body kept;
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(large, 0, 300_000);
            draft.write(large, 300_000, 400_000);
            kept = draft.keep();
        }
        Body orphan;
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(large);
            orphan = draft.keep();
        }
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(large);
        }
        w.mail.body = kept;
        Delivery d = w.add(false, "x@example.org");
        w.restart();
        Body back = w.claim(1).getFirst().message().letter().body();
        assertEquals(large.length, back.size());
        try (InputStream in = back.open()) {
            assertArrayEquals(large, in.readAllBytes());
        }
        assertEquals(d.message(), d.id());
        long end = System.nanoTime() + World.SOON.toNanos();
        while (readable(w, orphan) && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        assertFalse(readable(w, orphan), "a body without a message is swept at start");
    }

    private static boolean readable(World w, Body orphan) {
        long ref = ((BodyStore.Stored) orphan).ref();
        try (InputStream in = ((BodyStore) w.store.bodies()).stored(ref, 700_000).open()) {
            return in.read() >= 0;
        } catch (java.io.IOException | RuntimeException e) {
            return false;
        }
    }

    @Test
    default void content_that_is_gone_fails_its_delivery_and_no_other() throws Exception {
        World w = world();
        Delivery good = w.add(false, "good@example.org");
        Delivery bad = w.add(false, "bad@example.org");
        w.store.database().write(h -> h.execute("DELETE FROM content_"
                + dev.mailmill.mail.Ids.day(bad.message()) + " WHERE message = ?",
                bad.message()));
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(new byte[100_000]);
            w.mail.body = draft.keep();
        }
        Delivery large = w.add(false, "large@example.org");
        w.mail.body.discard();
        assertEquals(List.of(good), w.claim(10).stream().map(Spool.Job::delivery).toList());
        for (Delivery d : List.of(bad, large)) {
            assertEquals(State.FAILED, w.now(d).state());
            assertEquals(List.of("accepted", "failed"), w.words(d));
        }
    }

    /** Blocks the writer until the latch falls. */
    private static Future<?> block(World w, ExecutorService pool, CountDownLatch until)
            throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> blocked = pool.submit(() -> w.store.database().write(h -> {
            begun.countDown();
            return until.await(20, TimeUnit.SECONDS);
        }));
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        return blocked;
    }

    private static StoreException gaveUp(World w, Spool.Addition a) {
        return assertThrows(StoreException.class, () -> ((SqlSpool) w.store.spool())
                .add(List.of(a), Optional.empty(), true, Duration.ofMillis(100), World.SOON));
    }

    @Test
    default void what_its_caller_gave_up_before_it_began_is_not_kept() throws Exception {
        World w = world();
        byte[] large = new byte[700_000];
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(large);
            w.mail.body = draft.keep();
        }
        Body body = w.mail.body;
        Spool.Addition a = w.mail.to("x@example.org");
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> blocked = block(w, pool, go);
            assertEquals(StoreException.Kind.BUSY, gaveUp(w, a).kind());
            go.countDown();
            blocked.get();
        }
        w.mail.body = Body.of(new byte[10]);
        w.add(false, "after@example.org");
        assertTrue(w.store.spool().find(1, a.message().id()).isEmpty());
        assertEquals(1, w.store.spool().open());
        assertFalse(readable(w, body), "nothing of it was kept");
    }

    /** The writer has taken the unit, and another one of its group holds that up. */
    private static Future<Spool.Added> takenAndHeldUp(World w, ExecutorService pool,
            Spool.Addition a, Duration fateAtMost, CountDownLatch until) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> blocked = block(w, pool, first);
        // Units run in their order, so that the addition has run when this one begins.
        Future<Spool.Added> added = pool.submit(() -> ((SqlSpool) w.store.spool()).add(List.of(a),
                Optional.empty(), true, Duration.ofSeconds(2), fateAtMost));
        World.until(() -> w.waiting() == 1);
        pool.submit(() -> w.store.database().write(h -> {
            begun.countDown();
            return until.await(20, TimeUnit.SECONDS);
        }));
        World.until(() -> w.waiting() == 2);
        first.countDown();
        blocked.get();
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        return added;
    }

    @Test
    default void what_was_begun_in_time_is_waited_for_until_it_is_known() throws Exception {
        World w = world();
        Spool.Addition a = w.mail.to("x@example.org");
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Spool.Added> added = takenAndHeldUp(w, pool, a, World.SOON, go);
            assertThrows(java.util.concurrent.TimeoutException.class,
                    () -> added.get(3, TimeUnit.SECONDS), "no answer, though its time is over");
            go.countDown();
            assertInstanceOf(Spool.Added.Stored.class, added.get());
        }
        assertEquals(List.of("accepted"), w.words(a.deliveries().getFirst()));
        assertTrue(w.claim(10).isEmpty(), "it is in its caller's memory");
    }

    @Test
    default void what_can_not_be_known_is_not_called_refused_and_can_be_claimed()
            throws Exception {
        World w = world();
        Spool.Addition a = w.mail.to("x@example.org");
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Spool.Added> added = takenAndHeldUp(w, pool, a, Duration.ofMillis(100), go);
            Throwable t = assertThrows(Exception.class, added::get).getCause();
            assertEquals(StoreException.Kind.UNSURE, ((StoreException) t).kind());
            go.countDown();
        }
        World.until(() -> w.claim(10).stream().map(Spool.Job::delivery).toList()
                .equals(a.deliveries()));
    }

    @Test
    default void nothing_waits_for_a_running_claim() throws Exception {
        World w = world();
        w.add(false, "x@example.org");
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> blocked = block(w, pool, go);
            Future<List<Spool.Job>> claim = pool.submit(() -> w.claim(10));
            Thread.sleep(100);
            assertEquals(Optional.of(w.clock.instant()), pool.submit(() ->
                    w.store.spool().nextDue(TrafficClass.TRANSACTIONAL)).get(2, TimeUnit.SECONDS));
            assertFalse(claim.isDone());
            go.countDown();
            blocked.get();
            assertEquals(1, claim.get().size());
        }
    }

    @Test
    default void bodies_of_a_refused_unit_go() throws Exception {
        World w = world();
        w.store.spool().add(List.of(w.mail.to("x@example.org")), Optional.of(key("k", 1)), true);
        byte[] large = new byte[700_000];
        Body kept;
        try (Bodies.Draft draft = w.store.bodies().draft()) {
            draft.write(large);
            kept = draft.keep();
        }
        w.mail.body = kept;
        Spool.Addition first = w.mail.to("y@example.org");
        w.mail.body = new Body() {
            @Override
            public long size() {
                return 700_000;
            }

            @Override
            public InputStream open() throws java.io.IOException {
                throw new java.io.IOException("torn");
            }
        };
        Spool.Addition torn = w.mail.to("z@example.org");
        assertThrows(StoreException.class, () -> w.store.spool().add(List.of(first, torn),
                Optional.empty(), true));
        assertFalse(readable(w, kept), "an earlier body of the same call");
    }

    @Test
    default void an_old_day_leaves_by_drop_unless_mail_is_open() {
        World w = world();
        Delivery open = w.add(true, "open@example.org");
        w.clock.forward(Duration.ofDays(1));
        Delivery done = w.add(true, "done@example.org");
        assertTrue(w.store.spool().settle(delivered(done, w.epoch)).await(World.SOON));
        w.clock.forward(Duration.ofDays(50));
        Delivery fresh = w.add(true, "fresh@example.org");
        int today = dev.mailmill.mail.Ids.day(fresh.id());
        w.store.dropDaysBefore(today - 45, today - 45);
        assertEquals(Mail.HEAD.length, w.store.spool().find(1, open.message()).orElseThrow()
                .message().letter().head().length);
        assertEquals(0, w.store.spool().find(1, done.message()).orElseThrow()
                .message().letter().head().length);
        assertEquals(List.of(), w.words(done));
        assertEquals(List.of("accepted"), w.words(fresh));
    }
}
