package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who goes next, and how many at once. */
class LaneTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private final FreeRoad road = new FreeRoad("mx.test");
    private final Lane lane = new Lane(road);
    private final Ids ids = new Ids(() -> NOON, 1);

    @Test
    void asManyWorkAsTheRoadBearsAndNoMoreThanWait() {
        road.most = 3;
        fill(10, 1, TrafficClass.TRANSACTIONAL, 1);
        for (int i = 0; i < 3; i++) {
            assertTrue(lane.enter(NOON));
        }
        assertFalse(lane.enter(NOON), "more than the road bears");
        Lane other = new Lane(road);
        other.add(queued(1, TrafficClass.BULK, 1));
        assertTrue(other.enter(NOON));
        assertFalse(other.enter(NOON), "a second worker for one delivery");
    }

    @Test
    void transactionalMailOvertakesBulkAndHasConnectionsOfItsOwn() {
        road.most = 3;
        road.bulk = 2;
        fill(5, 1, TrafficClass.BULK, 1);
        assertTrue(lane.enter(NOON));
        assertTrue(lane.enter(NOON));
        assertFalse(lane.enter(NOON), "the third connection is not bulk's");
        assertEquals(TrafficClass.BULK, carries(lane.next(NOON)));
        assertEquals(TrafficClass.BULK, carries(lane.next(NOON)));

        lane.add(queued(2, TrafficClass.TRANSACTIONAL, 1));

        assertTrue(lane.enter(NOON), "a reset does not wait for a newsletter");
        assertEquals(TrafficClass.TRANSACTIONAL, carries(lane.next(NOON)));
    }

    @Test
    void flowsTakeTurnsHoweverMuchOneHas() {
        fill(1_000, 1, TrafficClass.BULK, 1);
        fill(3, 2, TrafficClass.BULK, 1);
        List<Long> tenants = take(8);
        assertEquals(List.of(1L, 2L, 1L, 2L, 1L, 2L, 1L, 1L), tenants);
    }

    @Test
    void aWeightIsSoManyOfATurn() {
        fill(100, 1, TrafficClass.BULK, 3);
        fill(100, 2, TrafficClass.BULK, 1);
        assertEquals(List.of(1L, 1L, 1L, 2L, 1L, 1L, 1L, 2L), take(8));
    }

    @Test
    void manyAuthorDomainsGiveAStreamNoMoreTurns() {
        for (int i = 0; i < 20; i++) {
            lane.add(authored(1, "a" + i % 4 + ".test"));
        }
        fill(4, 2, TrafficClass.BULK, 1);
        assertEquals(List.of(1L, 2L, 1L, 2L, 1L, 2L, 1L, 2L, 1L), take(9));
    }

    @Test
    void anAuthorDomainThatIsHeldLetsTheOthersOfItsStreamBy() {
        for (int i = 0; i < 4; i++) {
            lane.add(authored(1, "a" + i % 2 + ".test"));
        }
        road.keep(new Traffic.Flow(1, 1, "a0.test", TrafficClass.BULK), NOON.plusSeconds(60));

        assertEquals("a1.test", lane.next(NOON).queued().flow().author());
        assertEquals("a1.test", lane.next(NOON).queued().flow().author());
        assertNull(lane.next(NOON));
        assertEquals(2, lane.size());
        assertEquals("a0.test", lane.next(NOON.plusSeconds(61)).queued().flow().author());
    }

    @Test
    void aFlowThatIsHeldLetsTheOthersBy() {
        fill(2, 1, TrafficClass.BULK, 1);
        fill(2, 2, TrafficClass.BULK, 1);
        road.keep(flow(1, TrafficClass.BULK), NOON.plusSeconds(60));

        assertEquals(List.of(2L, 2L), take(2));
        assertNull(lane.next(NOON));
        assertEquals(NOON.plusSeconds(60), lane.wakeAt());
        assertEquals(1L, lane.next(NOON.plusSeconds(61)).queued().flow().tenant());
    }

    @Test
    void aRateIsAwaitedOrAskedForLater() {
        road.gap = Duration.ofMillis(40);
        fill(5, 1, TrafficClass.BULK, 1);
        assertEquals(NOON, lane.next(NOON).from());
        assertEquals(NOON.plusMillis(40), lane.next(NOON).from(), "a worker waits so long itself");
        assertNull(lane.next(NOON), "and no longer");
        assertEquals(NOON.plusMillis(80).minus(Lane.GRACE), lane.wakeAt(),
                "so that the place at 80 ms is somebody's");
        assertNull(lane.next(NOON.plusMillis(29)));
        assertEquals(NOON.plusMillis(80), lane.next(NOON.plusMillis(30)).from());
        assertEquals(2, lane.size());
    }

    @Test
    void aLaneThatNeedsASocketStandsInEachLineOnce() {
        lane.add(queued(1, TrafficClass.BULK, 1));
        int patient = lane.line();
        assertTrue(lane.starve(patient));
        assertFalse(lane.starve(patient));
        lane.add(queued(1, TrafficClass.TRANSACTIONAL, 1));
        assertTrue(lane.line() < patient, "what is urgent goes before");
        assertTrue(lane.starve(lane.line()));
        lane.fed(patient);
        assertTrue(lane.starve(patient));
    }

    @Test
    void whatIsOverIsTakenOutAndTheRestStays() {
        lane.add(queued(1, TrafficClass.BULK, 1, NOON.plusSeconds(10)));
        lane.add(queued(1, TrafficClass.BULK, 1, NOON.plusSeconds(1000)));

        assertEquals(1, lane.expired(q -> !q.job().delivery().expires()
                .isAfter(NOON.plusSeconds(10))).size());
        assertEquals(1, lane.size());
    }

    private List<Long> take(int count) {
        List<Long> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            road.most = 1000;
            road.bulk = 1000;
            tenants.add(lane.next(NOON).queued().flow().tenant());
        }
        return tenants;
    }

    private static TrafficClass carries(Lane.Taken taken) {
        return taken.queued().job().delivery().carries();
    }

    private static Traffic.Flow flow(long tenant, TrafficClass carries) {
        return new Traffic.Flow(tenant, 1, "from.test", carries);
    }

    private void fill(int count, long tenant, TrafficClass carries, int weight) {
        for (int i = 0; i < count; i++) {
            lane.add(queued(tenant, carries, weight));
        }
    }

    private Lane.Queued authored(long tenant, String author) {
        Lane.Queued q = queued(tenant, TrafficClass.BULK, 1);
        return new Lane.Queued(q.job(), new Traffic.Flow(tenant, 1, author, TrafficClass.BULK),
                q.pool(), q.weight(), q.bytes());
    }

    private Lane.Queued queued(long tenant, TrafficClass carries, int weight) {
        return queued(tenant, carries, weight, NOON.plusSeconds(3600));
    }

    private Lane.Queued queued(long tenant, TrafficClass carries, int weight, Instant expires) {
        long id = ids.next(1);
        Delivery d = new Delivery(id, id, tenant, 1, carries, "a@b.test", "b.test", "", "",
                State.QUEUED, 0, NOON, expires);
        Letter letter = new Letter(new byte[0], Body.of(new byte[0]), 0, "", "", List.of());
        return new Lane.Queued(new Spool.Job(d, new Message(id, tenant, 1, Door.API, "k", NOON, "",
                "", "", Submission.Options.NONE, letter), 1), flow(tenant, carries),
                Stream.POOL, weight, 100);
    }
}
