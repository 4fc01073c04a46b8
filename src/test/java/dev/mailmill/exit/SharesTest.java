package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A recipient's exit is the same each time, and moves only when somebody has to. */
class SharesTest {
    private static final List<String> PEOPLE = IntStream.range(0, 10_000)
            .mapToObj(i -> "person" + i + "@d" + i % 97 + ".test").toList();

    private static Map<String, Integer> percent(Object... pairs) {
        Map<String, Integer> percent = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            percent.put((String) pairs[i], (Integer) pairs[i + 1]);
        }
        return percent;
    }

    private static Map<String, Long> spread(Shares shares) {
        return PEOPLE.stream().map(shares::of)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    @Test
    void tenThousandRecipientsAreSpreadWithinOnePercentOfEachShare() {
        for (int part : new int[] {1, 10, 33, 50, 90}) {
            Map<String, Long> spread = spread(Shares.of(percent("own", 100 - part, "sg", part)));
            assertEquals(part * 100.0, spread.get("sg"), 100, part + " % is " + spread);
        }
    }

    @Test
    void fromTenToFiftyPercentOnlyThoseMoveThatHaveTo() {
        Shares before = Shares.of(percent("own", 90, "sg", 10));
        Shares after = before.changed(percent("own", 50, "sg", 50));
        int moved = 0;
        for (String person : PEOPLE) {
            if (!before.of(person).equals(after.of(person))) {
                moved++;
                assertEquals("sg", after.of(person), "nobody goes the other way");
            }
        }
        assertEquals(4_000, moved, 150, "of " + PEOPLE.size());
        assertEquals(percent("own", 50, "sg", 50), after.percent());
    }

    @Test
    void amongThreeAsWellNobodyMovesBetweenThoseWhoKeepTheirShare() {
        Shares before = Shares.of(percent("a", 40, "b", 40, "c", 20));
        Shares after = before.changed(percent("a", 20, "b", 40, "c", 40));
        for (int i = 0; i < Shares.SLOTS; i++) {
            String was = before.slots().get(i);
            String is = after.slots().get(i);
            assertTrue(was.equals(is) || was.equals("a") && is.equals("c"), was + " to " + is);
        }
        Shares without = after.changed(percent("b", 100));
        assertEquals(percent("b", 100), without.percent());
    }

    @Test
    void aRecipientIsTheSameHoweverWrittenAndForEver() {
        Shares shares = Shares.of(percent("own", 37, "sg", 63));
        for (String person : PEOPLE.subList(0, 200)) {
            assertEquals(shares.of(person), shares.of(person.toUpperCase()));
            assertEquals(shares.of(person), Shares.parse(shares.text()).of(person));
        }
        // what is stored outlives the code: these slots must never change
        List<String> slots = IntStream.range(0, Shares.SLOTS).mapToObj(i -> "s" + i).toList();
        Shares numbered = new Shares(slots);
        assertEquals(List.of("s58", "s99", "s39"), List.of(numbered.of("person0@d0.test"),
                numbered.of("person1@d1.test"), numbered.of("ann@ours.test")));
    }
}
