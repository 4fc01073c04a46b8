package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** N requests a second are N in every second, not 2N around its end. */
class PaceTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

    @Test
    void aFullSecondIsFollowedByNoneBeforeItIsOver() {
        Pace pace = new Pace(3);
        Instant late = NOW.plusMillis(990);
        for (int i = 0; i < 3; i++) {
            assertEquals(Duration.ZERO, pace.take(late));
        }
        // a counter that begins anew at each full second would let three more through here
        assertEquals(Duration.ofMillis(980), pace.take(NOW.plusMillis(1_010)));
        assertEquals(0, pace.left(NOW.plusMillis(1_010)));
        assertEquals(Duration.ZERO, pace.take(late.plusSeconds(1)));
        assertEquals(2, pace.left(late.plusSeconds(1)));
    }

    @Test
    void whateverTheTimesNoSecondSeesMoreThanItMay() {
        Random random = new Random(7);
        for (int run = 0; run < 50; run++) {
            int perSecond = 1 + random.nextInt(20);
            Pace pace = new Pace(perSecond);
            List<Instant> let = new ArrayList<>();
            Instant at = NOW;
            for (int i = 0; i < 500; i++) {
                at = at.plusMillis(random.nextInt(random.nextBoolean() ? 5 : 400));
                if (pace.take(at).isZero()) {
                    let.add(at);
                }
            }
            assertTrue(let.size() > perSecond, "it lets some through");
            for (int i = perSecond; i < let.size(); i++) {
                assertTrue(Duration.between(let.get(i - perSecond), let.get(i)).toMillis() >= 1_000,
                        perSecond + " a second: " + let.get(i - perSecond) + ", " + let.get(i));
            }
        }
    }

    @Test
    void aClockThatGoesBackShutsNobodyOut() {
        Pace pace = new Pace(1);
        assertEquals(Duration.ZERO, pace.take(NOW));
        assertEquals(Duration.ZERO, pace.take(NOW.minusSeconds(3_600)));
    }
}
