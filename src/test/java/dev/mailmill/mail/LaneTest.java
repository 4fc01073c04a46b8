package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may go, how many at once, and for how long a place that is at fault is left alone. */
class LaneTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Reply REFUSED = Reply.local("4.4.1", "connection refused");
    private final Lane lane = new Lane("mx.test", 4);
    private final Ids ids = new Ids(() -> NOON, 1);

    @Test
    void aNewLaneSendsTwoAheadAndOneMoreWithEachSuccess() {
        fill(10);
        assertTrue(lane.enter(NOON));
        assertTrue(lane.enter(NOON));
        assertFalse(lane.enter(NOON), "a third before the first success");

        lane.succeeded();

        assertTrue(lane.enter(NOON));
        assertFalse(lane.enter(NOON));
        for (int i = 0; i < 10; i++) {
            lane.succeeded();
        }
        assertTrue(lane.enter(NOON));
        assertFalse(lane.enter(NOON), "more than the exit allows");
    }

    @Test
    void transactionalMailOvertakesBulk() {
        lane.add(queued(TrafficClass.BULK));
        lane.add(queued(TrafficClass.TRANSACTIONAL));

        assertEquals(TrafficClass.TRANSACTIONAL,
                lane.next(NOON).job().delivery().carries());
        assertEquals(TrafficClass.BULK, lane.next(NOON).job().delivery().carries());
        assertNull(lane.next(NOON));
    }

    @Test
    void aFaultShutsItAndThenOneGoesAheadToSee() {
        fill(3);
        lane.faulted(NOON);
        lane.shut(NOON, Duration.ofMinutes(5), REFUSED);

        assertFalse(lane.enter(NOON.plusSeconds(299)));
        assertNull(lane.next(NOON.plusSeconds(299)));
        Instant later = NOON.plusSeconds(301);
        assertTrue(lane.enter(later));
        assertFalse(lane.enter(later), "only one goes ahead");
        assertEquals(REFUSED, lane.lastFault());
    }

    @Test
    void faultsInARowAreCountedOncePerPauseAndForgottenAfterSuccess() {
        assertEquals(1, lane.faulted(NOON));
        lane.shut(NOON, Duration.ofMinutes(5), REFUSED);
        assertEquals(1, lane.faulted(NOON.plusSeconds(1)), "the one that ran beside it");
        assertEquals(2, lane.faulted(NOON.plusSeconds(301)));

        lane.succeeded();

        assertEquals(1, lane.faulted(NOON.plusSeconds(302)));
    }

    @Test
    void aClockThatIsSetBackDoesNotShutItForLonger() throws InterruptedException {
        fill(1);
        lane.shut(NOON, Duration.ofMillis(20), REFUSED);
        Thread.sleep(40);

        assertTrue(lane.enter(NOON.minusSeconds(3600)));
    }

    @Test
    void aLaneThatNeedsASocketStandsInLineOnce() {
        assertTrue(lane.starve());
        assertFalse(lane.starve());
        lane.fed();
        assertTrue(lane.starve());
    }

    @Test
    void whatIsOverIsTakenOutAndTheRestStays() {
        lane.add(queued(TrafficClass.BULK, NOON.plusSeconds(10)));
        lane.add(queued(TrafficClass.BULK, NOON.plusSeconds(1000)));

        assertEquals(1, lane.expired(NOON.plusSeconds(10)).size());
        assertEquals(1, lane.size());
    }

    @Test
    void aPlaceThatFailedLongAgoIsForgotten() {
        lane.faulted(NOON);
        lane.shut(NOON, Duration.ofMinutes(5), REFUSED);

        assertFalse(lane.idle(NOON.plus(Duration.ofHours(1))));
        assertTrue(lane.idle(NOON.plus(Duration.ofHours(3))));
    }

    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            lane.add(queued(TrafficClass.TRANSACTIONAL));
        }
    }

    private Lane.Queued queued(TrafficClass carries) {
        return queued(carries, NOON.plusSeconds(3600));
    }

    private Lane.Queued queued(TrafficClass carries, Instant expires) {
        long id = ids.next(1);
        Delivery d = new Delivery(id, id, 1, 1, carries, "a@b.test", "b.test", "", "",
                State.QUEUED, 0, NOON, expires);
        Letter letter = new Letter(new byte[0], Body.of(new byte[0]), 0, "", "", List.of());
        return new Lane.Queued(new Spool.Job(d, new Message(id, 1, 1, Door.API, "k", NOON, "", "",
                "", Submission.Options.NONE, letter), 1), 100);
    }
}
