package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which of our addresses a delivery takes. */
class SourcesOrderTest {
    private static Source source(String name, int weight) {
        return new Source(name, "p", weight, Optional.empty(), Optional.empty(), "", "", true,
                false, Instant.EPOCH);
    }

    @Test
    void eachHasItsPartAndOneThatGoesTakesOnlyItsOwnMailAlong() {
        List<Source> three = List.of(source("a", 1), source("b", 1), source("c", 2));
        List<Source> two = List.of(three.get(0), three.get(2));
        Map<String, Integer> parts = new HashMap<>();
        int moved = 0;
        for (long d = 0; d < 40_000; d++) {
            long id = 912_673_839_513_600_000L + d * 7;
            String first = Sources.ordered(three, id).getFirst().name();
            parts.merge(first, 1, Integer::sum);
            String without = Sources.ordered(two, id).getFirst().name();
            moved += first.equals(without) ? 0 : 1;
            assertEquals(first, Sources.ordered(three, id).getFirst().name(), "a retry");
        }
        assertEquals(0.25, parts.get("a") / 40_000.0, 0.01);
        assertEquals(0.25, parts.get("b") / 40_000.0, 0.01);
        assertEquals(0.5, parts.get("c") / 40_000.0, 0.01);
        assertEquals(parts.get("b"), moved, "only what was b's");
        assertTrue(moved > 0);
    }
}
