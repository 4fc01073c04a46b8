package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What two texts differ in. */
class DiffTest {
    @Test
    void onlyWhatDiffersAndALittleAround() {
        assertEquals("", Diff.of(List.of("a"), List.of("a")));
        assertEquals("@@ -2,6 +2,7 @@\n b\n c\n-d\n+D\n e\n+new\n f\n g\n",
                Diff.of(List.of("a", "b", "c", "d", "e", "f", "g", "h"),
                        List.of("a", "b", "c", "D", "e", "new", "f", "g", "h")));
        assertEquals("@@ -1,1 +1,2 @@\n a\n+x\n", Diff.of(List.of("a"), List.of("a", "x")));
    }

    @Test
    void whatLiesFarBetweenTwoChangesIsLeftOut() {
        List<String> many = IntStream.range(0, 5_000).mapToObj(i -> "line " + i).toList();
        List<String> other = new ArrayList<>(many);
        other.set(10, "ten");
        other.remove(4_000);
        assertEquals("@@ -9,5 +9,5 @@\n line 8\n line 9\n-line 10\n+ten\n line 11\n line 12\n"
                + "@@ -3999,5 +3999,4 @@\n line 3998\n line 3999\n-line 4000\n line 4001\n"
                + " line 4002\n", Diff.of(many, other));
    }
}
