package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What two texts differ in. */
class DiffTest {
    @Test
    void onlyWhatDiffersAndALittleAround() {
        assertEquals("", Diff.of(List.of("a"), List.of("a")));
        assertEquals("  b\n  c\n- d\n+ D\n  e\n+ new\n  f\n  g\n",
                Diff.of(List.of("a", "b", "c", "d", "e", "f", "g", "h"),
                        List.of("a", "b", "c", "D", "e", "new", "f", "g", "h")));
        assertEquals("+ x\n", Diff.of(List.of(), List.of("x")));
    }
}
