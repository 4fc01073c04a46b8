package dev.mailmill.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Noted;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.tracking.LinkToken.Link;
import dev.mailmill.tracking.LinkToken.Mark;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What is counted when one calls as often as it can, and others call too. */
class SightingsTest {
    private static final Streams STREAMS = id -> new Stream(id, 1, "s", TrafficClass.BULK,
            Stream.Schedule.PEOPLE, Stream.ReturnPath.SIGNED, Stream.OnAmbiguous.RESEND);
    private static final long FLOODER = 11;
    private final List<Noted> written = new ArrayList<>();
    private final AtomicReference<Instant> now = new AtomicReference<>(
            Instant.parse("2026-11-23T12:00:00Z"));

    private static Link link(Mark mark, int n) {
        return new Link(mark, "https://a.test/" + n, false, Objects.hash(mark, n));
    }

    private long written(Mark mark) {
        return written.stream().filter(n -> n.stream() == mark.stream()
                && n.message() == mark.message()).count();
    }

    private Sightings sightings(CountDownLatch store) {
        return new Sightings(STREAMS, batch -> {
            try {
                store.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            written.addAll(batch);
        }, _ -> Set.of(), now::get);
    }

    @Test
    void aFloodLeavesRoomForOthers() {
        CountDownLatch store = new CountDownLatch(1);
        Mark stream = new Mark(false, 7, 0);
        Mark other = new Mark(false, 8, 0);
        try (Sightings sightings = sightings(store)) {
            for (int i = 0; i < 200_000; i++) {
                sightings.saw(link(stream, i % 500), "x", FLOODER, false);
            }
            for (int i = 0; i < 1_000; i++) {
                sightings.saw(link(other, i), "x", FLOODER + 1 + i, false);
            }
            store.countDown();
        }
        assertEquals(1_000, written(other), "none of the others' is lost");
        assertTrue(written(stream) < 50_000, written(stream) + " of the flood");
    }

    /** All of a large office behind one address, while the store stands still. */
    @Test
    void whatThereIsRoomForIsWritten() throws InterruptedException {
        CountDownLatch store = new CountDownLatch(1);
        Mark stream = new Mark(false, 7, 0);
        int callers = 8;
        try (Sightings sightings = sightings(store)) {
            for (int round = 0; round < 2; round++) {
                List<Thread> office = new ArrayList<>();
                for (int n = 0; n < callers; n++) {
                    int from = n * 2_750;
                    office.add(Thread.startVirtualThread(() -> {
                        for (int i = from; i < from + 2_750; i++) {
                            sightings.saw(link(stream, i % 500), "x", FLOODER, false);
                        }
                    }));
                }
                for (Thread one : office) {
                    one.join();
                }
                now.updateAndGet(t -> t.plus(Duration.ofMinutes(1)));
            }
            store.countDown();
        }
        assertEquals(44_000, written(stream));
    }

    /** As one does whose disk is slow: many at once cost it hardly more than a few. */
    @Test
    void aStoreThatTakesTwentyWritesASecondTakesThemAll() {
        Mark stream = new Mark(false, 7, 0);
        try (Sightings sightings = new Sightings(STREAMS, batch -> {
            LockSupport.parkNanos(50_000_000);
            written.addAll(batch);
        }, _ -> Set.of(), now::get)) {
            for (int i = 0; i < 44_000; i++) {
                sightings.saw(link(stream, i % 500), "x", FLOODER, false);
            }
        }
        assertEquals(44_000, written(stream), "before it closed");
    }

    @Test
    void whoFillsHalfOfTheRoomIsSlowedDownAndNobodyElse() {
        CountDownLatch store = new CountDownLatch(1);
        Mark stream = new Mark(false, 7, 0);
        try (Sightings sightings = sightings(store)) {
            int slowed = 0;
            for (int i = 0; i < 40_000; i++) {
                boolean later = sightings.saw(link(stream, i % 500), "x", FLOODER, false);
                assertTrue(!later || i >= 25_000, "there was room at " + i);
                slowed += later ? 1 : 0;
            }
            assertTrue(slowed > 10_000, slowed + " of the flood");
            for (int i = 0; i < 1_000; i++) {
                assertFalse(sightings.saw(link(stream, i), "x", FLOODER + 1 + i, false));
            }
            store.countDown();
        }
        assertEquals(41_000, written(stream), "later is not never");
    }

    @Test
    void eachHasItsMeasure() {
        Mark person = new Mark(true, 7, 1);
        Mark several = new Mark(false, 7, 2);
        Mark stream = new Mark(false, 7, 0);
        try (Sightings sightings = sightings(new CountDownLatch(0))) {
            for (int minute = 0; minute < 60; minute++) {
                for (int i = 0; i < 20; i++) {
                    sightings.saw(link(person, 1), "x", 1, false);
                }
                now.updateAndGet(t -> t.plus(Duration.ofMinutes(1)));
            }
            for (int i = 0; i < 200; i++) {
                sightings.saw(link(several, 1), "x", i, false);
            }
            for (int i = 0; i < 4_000; i++) {
                sightings.saw(link(stream, 1), "x", 1 + i % 2, false);
            }
        }
        assertEquals(500, written(person), "10 a minute, 500 a day");
        assertEquals(100, written(several));
        assertEquals(2_000, written(stream), "1,000 of each network");
        assertTrue(written.stream().filter(n -> n.message() == 1).allMatch(n ->
                n.delivery() == 1 && n.fact() instanceof Fact.Clicked f && f.individual()));
    }
}
