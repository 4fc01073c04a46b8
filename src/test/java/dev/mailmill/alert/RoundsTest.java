package dev.mailmill.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** However many accounts send, each is looked at, and what was seen of it counts until then. */
class RoundsTest {
    private final Rounds rounds = new Rounds(500);
    private final List<Long> looked = new ArrayList<>();
    private int turn;

    private List<Reading> look(List<Long> all) {
        looked.clear();
        turn++;
        return rounds.read(all, id -> {
            looked.add(id);
            return List.of(Reading.of(Rule.REJECT_RATE, id, "gmail", turn, "It refused."));
        });
    }

    @Test
    void eachOfTwelveHundredIsLookedAtInThreeTurns() {
        List<Long> all = LongStream.rangeClosed(1, 1_200).boxed().toList();
        assertEquals(1_200, look(all).size());
        assertEquals(1_200, looked.size(), "nobody is known yet");

        List<Long> seen = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            assertEquals(1_200, look(all).size(), "of the others what was read before");
            assertEquals(500, looked.size());
            seen.addAll(looked);
        }
        assertEquals(1_200, seen.stream().distinct().count());
        assertEquals(2, look(all).stream().mapToInt(r -> (int) r.value()).distinct().count()
                - 1, "the oldest is two turns old");
    }

    @Test
    void whoIsNewIsLookedAtAtOnceAndWhoStopsIsForgotten() {
        look(LongStream.rangeClosed(1, 600).boxed().toList());
        List<Reading> now = look(LongStream.rangeClosed(2, 601).boxed().toList());
        assertEquals(600, now.size());
        assertEquals(true, looked.contains(601L));
        assertEquals(501, looked.size());
    }
}
