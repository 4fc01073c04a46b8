package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store from a copy does, on either engine. */
abstract class RestoredContract {
    private static final int MANY = 520;

    @TempDir
    Path folder;

    /** Of an empty database; empty for SQLite. */
    abstract Optional<String> database();

    private Store open(Optional<String> url, Path where, TestClock clock) {
        return Store.open(new StoreSettings(where, url, World.LIMITS), clock,
                new SimpleMeterRegistry());
    }

    @Test
    void heldOnceReleasedOnceAndNoPositionTwice() throws Exception {
        try (World world = new World(database())) {
            Delivery held = world.add(true, "held@there.test");
            world.store.spool().settle(new Spool.Settlement(held, State.HELD, 1,
                    world.clock.instant(), List.of(new dev.mailmill.mail.Fact.Held(
                            "it may have been sent")), "", world.epoch)).await(World.SOON);
            List<Delivery> many = IntStream.range(0, MANY)
                    .mapToObj(i -> world.add(i % 2 == 0, "b" + i + "@there.test")).toList();
            Delivery doubtful = many.getFirst();
            world.store.spool().intend(doubtful, world.epoch).await(World.SOON);
            world.clock.forward(Duration.ofSeconds(1));
            Path copy = Files.createDirectory(folder.resolve("copy"));
            Store.Copied counts = world.store.copyTo(copy);
            assertEquals(MANY + 1, counts.open());

            // What comes after the copy is lost, and a reader remembers where it was.
            world.add(false, "lost@there.test");
            Journal.Position remembered = world.store.journal().head();
            world.clock.forward(Duration.ofSeconds(1));

            Optional<String> url = database();
            StoreSettings there = new StoreSettings(folder.resolve("there"), url, World.LIMITS);
            Store.restore(there, copy, world.clock.instant().minusSeconds(1),
                    world.clock.instant());
            if (url.isPresent()) {
                // Cut off behind the store, it is said again; a folder is cleared before that.
                Store.restore(there, copy, world.clock.instant().minusSeconds(1),
                        world.clock.instant());
            }
            try (Store store = open(url, there.folder(), world.clock)) {
                assertEquals(MANY, store.restored().hold(world.clock.instant(),
                        World.streams(Stream.OnAmbiguous.RESEND)));
                assertEquals(0, store.restored().hold(world.clock.instant(),
                        World.streams(Stream.OnAmbiguous.RESEND)), "once");
                assertEquals(MANY, store.restored().held());
                assertEquals(State.HELD, now(store, many.get(7)).state());
                List<String> told = store.journal().of(1, doubtful.message()).stream()
                        .filter(e -> e.delivery() == doubtful.id()).map(e -> e.fact().word())
                        .toList();
                assertEquals(List.of("accepted", "ambiguous", "held"), told);
                assertEquals(MANY, all(store, remembered).stream()
                        .filter(e -> e.fact().word().equals("held")).count(),
                        "who remembers a position of after the copy misses nothing");
                // One alone is let go, and then held by somebody else: no more the restore's.
                Delivery alone = many.get(9);
                store.spool().letGo(List.of(now(store, alone)), world.clock.instant(),
                        world.clock.instant(), Optional.empty());
                assertEquals(MANY - 1, store.restored().held());
                Spool.Job job = store.spool().claim(TrafficClass.TRANSACTIONAL, 10, 1 << 30,
                        world.clock.instant(), Spool.Unwanted.NOTHING).getFirst();
                assertEquals(alone.id(), job.delivery().id());
                assertTrue(store.spool().settle(new Spool.Settlement(job.delivery(), State.HELD, 2,
                        world.clock.instant(), List.of(new dev.mailmill.mail.Fact.Held(
                                "it may have been sent")), "", job.epoch())).await(World.SOON));
                assertEquals(500, store.restored().release(world.clock.instant()));
            }
            world.clock.forward(Duration.ofMillis(1));
            try (Store store = open(url, there.folder(), world.clock)) {
                assertEquals(0, store.restored().hold(world.clock.instant(),
                        World.streams(Stream.OnAmbiguous.RESEND)), "what was let go stays so");
                assertEquals(MANY - 501, store.restored().release(world.clock.instant()));
                assertEquals(State.HELD, now(store, many.get(9)).state(), "held for a reason");
                assertEquals(0, store.restored().release(world.clock.instant()));
                assertEquals(State.QUEUED, now(store, many.getLast()).state());
                assertEquals(State.HELD, now(store, held).state(), "others' holds are others'");
            }
        }
    }

    private static List<Journal.Entry> all(Store store, Journal.Position after) {
        List<Journal.Entry> all = new java.util.ArrayList<>();
        for (Journal.Page page = store.journal().read(0, after, 1_000); !page.entries().isEmpty();
                page = store.journal().read(0, page.next(), 1_000)) {
            all.addAll(page.entries());
        }
        return all;
    }

    private static Delivery now(Store store, Delivery d) {
        return store.spool().find(d.tenant(), d.message()).orElseThrow().deliveries()
                .get((int) (d.id() - d.message()));
    }

    @Test
    void aStoreWithSomethingInItIsLeftAlone() throws Exception {
        Optional<String> url = database();
        try (World world = new World(url)) {
            world.add(false, "bob@there.test");
            Path copy = Files.createDirectory(folder.resolve("copy"));
            world.store.copyTo(copy);
            StoreSettings same = new StoreSettings(world.folder, url, World.LIMITS);
            try {
                Store.restore(same, copy, world.clock.instant(), world.clock.instant());
                throw new AssertionError("it was overwritten");
            } catch (Restored.NotEmpty e) {
                assertTrue(e.getMessage().contains("MAILMILL_DATA"), e.getMessage());
            }
        }
    }
}
