package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.sql.Sqlite;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who is attempted when not all can be. The clock stands still, so nothing here is done by the look
 * at all lanes that comes every few seconds.
 */
class DispatcherTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final long NEWS = 1;
    private static final long RESETS = 2;
    private static final Reply OK = new Reply(250, "2.0.0", "queued", "mx.test");
    private static final byte[] HEAD = "Subject: s\r\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;
    private Store store;
    private Dispatcher dispatcher;
    /** What each domain's server answers by now; those that are not here answer at once. */
    private final Map<String, Semaphore> slow = new ConcurrentHashMap<>();
    private final Queue<String> attempted = new ConcurrentLinkedQueue<>();
    private final Map<String, FreeRoad> roads = new ConcurrentHashMap<>();

    @AfterEach
    void stop() {
        slow.values().forEach(s -> s.release(1_000));
        dispatcher.close();
        store.close();
    }

    private void start(int attemptsMax, int inMemoryMax) {
        Sqlite.tables(folder);
        store = Store.open(StoreSettings.sqlite(folder), () -> NOON, new SimpleMeterRegistry());
        Streams streams = id -> new Stream(id, 1, "s" + id, id == NEWS ? TrafficClass.BULK
                : TrafficClass.TRANSACTIONAL, Stream.Schedule.TRANSACTIONAL,
                Stream.ReturnPath.SIGNED, Stream.OnAmbiguous.RESEND, false, 1, "pool" + id,
                Stream.Reports.ON_REQUEST, false, Stream.Tracking.NONE);
        dispatcher = new Dispatcher(store.spool(), new Nothing(), new Servers(), new Pools(),
                List.of(), streams, new RetryPolicy(new SplittableRandom(1)), () -> NOON,
                new SimpleMeterRegistry(),
                new Dispatcher.Bounds(attemptsMax, inMemoryMax, 1 << 30));
        dispatcher.start();
    }

    /** One server a domain. */
    private final class Servers implements Transport {
        @Override
        public Optional<Site> site(Delivery delivery) {
            return Optional.of(find(delivery));
        }

        @Override
        public Site find(Delivery delivery) {
            return Site.own(delivery.domain(), 0);
        }

        @Override
        public Outcome attempt(Attempt attempt) {
            attempted.add(attempt.delivery().address());
            Semaphore answers = slow.get(attempt.delivery().domain());
            if (answers != null) {
                answers.acquireUninterruptibly();
            }
            return new Outcome.Delivered(OK);
        }
    }

    /** One source a pool, and each stream has a pool of its own but for what is to one server. */
    private final class Pools implements Traffic {
        @Override
        public Traffic.Road road(Transport.Site site, Delivery d, Message message) {
            return roads.computeIfAbsent(site.name() + " from pool" + d.stream(),
                    k -> new FreeRoad(site, k.substring(k.lastIndexOf(' ') + 1)));
        }

        @Override
        public List<String> roads(Transport.Site site, String pool) {
            return List.of(site.name() + " from " + pool);
        }
    }

    private static final class Nothing implements Composer {
        @Override
        public Preparation prepare(Submission submission, long id, Instant accepted) {
            throw new UnsupportedOperationException("the doors'");
        }

        @Override
        public Outgoing compose(Message message, Delivery delivery, PeerCapabilities peer) {
            throw new UnsupportedOperationException("these servers read nothing");
        }
    }

    private void mail(int count, String domain, long stream, TrafficClass carries) {
        List<Spool.Addition> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long id = store.ids().next(1);
            Letter letter = new Letter(HEAD, Body.of(HEAD), 0, "", "", List.of());
            all.add(new Spool.Addition(new Message(id, 1, stream, Door.API, "k", NOON, "", "", "",
                    Submission.Options.NONE, letter), List.of(new Delivery(id, id, 1, stream,
                    carries, "s" + stream + "@" + domain, domain, "", "", State.QUEUED, 0, NOON,
                    NOON.plusSeconds(3600))), List.of(List.of(new Fact.Accepted(Door.API, 1)))));
        }
        store.spool().add(all, Optional.empty(), false);
        dispatcher.waits(carries, NOON);
    }

    private long attempts(String address) {
        return attempted.stream().filter(address::equals).count();
    }

    private int waiting(String domain, TrafficClass carries) {
        return dispatcher.places().stream().filter(p -> p.site().name().equals(domain)
                && p.carries() == carries).mapToInt(Dispatcher.Place::waiting).sum();
    }

    private static void await(String what, BooleanSupplier come) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!come.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void aFullLaneOfOnePoolKeepsNoOtherPoolsMailInTheStore() {
        start(20, 64);
        slow.put("mx.test", new Semaphore(0));
        // four under way and eight that wait are all that its lane may hold of so small a memory
        mail(12, "mx.test", RESETS, TrafficClass.TRANSACTIONAL);
        await("the lane is full", () -> waiting("mx.test", TrafficClass.TRANSACTIONAL) == 8);
        mail(1, "other.test", RESETS, TrafficClass.TRANSACTIONAL);
        await("the claim that filled it is over", () -> attempts("s2@other.test") == 1);
        mail(1, "mx.test", RESETS, TrafficClass.TRANSACTIONAL);

        mail(3, "mx.test", 3, TrafficClass.TRANSACTIONAL);

        await("another pool's mail to the same domain", () -> attempts("s3@mx.test") == 3);
        assertEquals(4, attempts("s2@mx.test"), "as many as its road bears");
    }

    /** Lanes that bulk waits in stand in line for sockets that are kept from bulk. */
    @Test
    void whatBecomesUrgentIsBegunWhenASocketIsFree() {
        start(20, 1_000);
        for (String site : List.of("full.test", "first.test", "then.test")) {
            slow.put(site, new Semaphore(0));
        }
        roads.computeIfAbsent("full.test from pool" + RESETS, _ -> new FreeRoad(
                Transport.Site.own("full.test", 0), "pool" + RESETS)).most = 20;
        mail(20, "full.test", RESETS, TrafficClass.TRANSACTIONAL);
        await("no socket is free", () -> attempted.size() == 20);
        mail(1, "first.test", NEWS, TrafficClass.BULK);
        await("it waits", () -> waiting("first.test", TrafficClass.BULK) == 1);
        mail(1, "then.test", NEWS, TrafficClass.BULK);
        await("it waits", () -> waiting("then.test", TrafficClass.BULK) == 1);
        mail(1, "then.test", NEWS, TrafficClass.TRANSACTIONAL);
        await("it waits", () -> waiting("then.test", TrafficClass.TRANSACTIONAL) == 1);

        slow.get("full.test").release();

        await("the urgent one", () -> attempts("s1@then.test") == 1);
        assertEquals(0, waiting("then.test", TrafficClass.TRANSACTIONAL));
        assertEquals(1, waiting("then.test", TrafficClass.BULK), "no socket is left for bulk");
    }
}
