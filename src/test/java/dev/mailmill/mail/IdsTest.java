package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Ids sort by time, never repeat, and are the same when read back. */
class IdsTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.123Z");

    @Test
    void aClockThatGoesBackwardsDoesNotTakeIdsWithIt() {
        AtomicReference<Instant> now = new AtomicReference<>(NOON);
        Ids ids = new Ids(now::get, 7);
        long before = ids.next(10);
        now.set(NOON.minusSeconds(3600));

        long after = ids.next(1);

        assertTrue(after >= before + 10);
    }

    @Test
    void runsNeverOverlapNorCrossIntoAnotherNodesNumbers() {
        Ids ids = new Ids(() -> NOON, 1023);
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            long first = ids.next(1000);
            for (long id = first; id < first + 1000; id++) {
                assertTrue(seen.add(id));
                assertEquals(1023, id >>> 12 & 1023);
            }
        }
    }

    @Test
    void textIsReadBackAndNothingElseIs() {
        long id = new Ids(() -> NOON, 3).next(1);
        String text = Ids.text("msg_", id);

        assertEquals(id, Ids.parse("msg_", text));
        assertEquals(17, text.length());
        assertEquals(NOON, Ids.time(id));
        for (String wrong : new String[] {"", "msg_", text.substring(1), text + "0",
            "dlv_" + text.substring(4), "msg_" + "z".repeat(13), "msg_" + "v".repeat(13),
            text.toUpperCase(java.util.Locale.ROOT), "msg_\u0661" + text.substring(5)}) {
            assertEquals(-1, Ids.parse("msg_", wrong), wrong);
        }
    }

    @Test
    void noTimeIsTooFarForAnId() {
        assertEquals(0, Ids.floor(Instant.MIN));
        assertEquals(0, Ids.floor(Instant.parse("2019-12-31T23:59:59Z")));
        assertEquals(NOON, Ids.time(Ids.floor(NOON)));
        assertEquals(Instant.parse("2089-09-06T15:47:35.551Z"),
                Ids.time(Ids.floor(Instant.parse("2089-09-06T15:47:35.551Z"))));
        for (String far : new String[] {"2089-09-06T15:47:35.552Z", "2160-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z"}) {
            assertEquals(Long.MAX_VALUE, Ids.floor(Instant.parse(far)), far);
        }
        assertEquals(Long.MAX_VALUE, Ids.floor(Instant.MAX));
    }

    @Test
    void aRunLongerThanAMillisecondHoldsIsRefused() {
        Ids ids = new Ids(() -> NOON, 0);
        assertThrows(IllegalArgumentException.class, () -> ids.next(4097));
        assertThrows(IllegalArgumentException.class, () -> ids.next(0));
        assertThrows(IllegalArgumentException.class, () -> new Ids(() -> NOON, 1024));
    }
}
