package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many a day, and what answers do to it. */
class LadderTest {
    private static Ladder day(Ladder l, double deferred, double policy) {
        long n = l.left() == Long.MAX_VALUE ? 1_000 : l.left();
        for (long i = 0; i < n; i++) {
            l = l.told(i < n * deferred, i >= n - n * policy).sentOne();
        }
        return l;
    }

    @Test
    void itDoublesAndThenGrowsByAQuarter() {
        Ladder l = Ladder.first(0);
        List<Long> caps = new ArrayList<>();
        for (int d = 0; d < 9; d++) {
            l = l.on(d);
            caps.add(l.cap());
            l = day(l, 0.01, 0);
            assertEquals(0, l.left(), "the day's part is used");
        }
        assertEquals(List.of(100L, 200L, 400L, 800L, 1_600L, 3_200L, 4_000L, 5_000L, 6_250L),
                caps);
    }

    @Test
    void aDayThatIsNotUsedOrNotGoodStaysAndABadOneHalves() {
        Ladder l = new Ladder(0, 800, 0, 0, 0, 0);
        assertEquals(800, l.on(1).cap(), "nothing was sent");
        assertEquals(800, day(l, 0.10, 0).on(1).cap(), "10 % deferred");
        assertEquals(400, day(l, 0.20, 0).on(1).cap());
        assertEquals(400, day(l, 0, 0.03).on(1).cap());
        Ladder bad = l;
        for (int i = 0; i < 20; i++) {
            bad = bad.told(i % 2 == 0, false).sentOne();
        }
        assertTrue(bad.bad());
        assertEquals(400 - 20, bad.left(), "told within minutes");
        Ladder few = l.told(true, false).sentOne();
        assertFalse(few.bad(), "one answer tells nothing");
    }

    @Test
    void complaintsSlowItDownToo() {
        Ladder l = new Ladder(0, 1_600, 1_600, 0, 0, 1_600);
        assertEquals(3_200, l.complained().complained().on(1).cap(), "two may be slips");
        Ladder three = l.complained().complained().complained();
        assertEquals(1_600, three.on(1).cap(), "over 0.1 % it does not grow");
        assertFalse(three.bad());
        Ladder six = three.complained().complained().complained();
        assertTrue(six.bad());
        assertEquals(800, six.on(1).cap(), "over 0.3 % it halves");
    }

    @Test
    void aLongRestIsTwoStepsBack() {
        assertEquals(200, new Ladder(0, 800, 800, 0, 0, 800).on(14).cap());
        assertEquals(3_200, new Ladder(0, 5_000, 1, 0, 0, 1).on(20).cap());
        assertEquals(100, Ladder.first(0).on(50).cap());
    }

    @Test
    void whatHasMadeItsWayWaitsForNothing() {
        Ladder l = new Ladder(0, Ladder.WARM, 1_000_000, 0, 0, 1_000_000);
        assertEquals(Long.MAX_VALUE, l.left());
    }
}
