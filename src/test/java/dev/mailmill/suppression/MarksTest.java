package dev.mailmill.suppression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The set in memory: what was added is found, also while it grows, and nothing else. */
class MarksTest {
    @Test
    void aMillionAreFoundByOthersWhileOneAdds() throws Exception {
        Marks marks = new Marks();
        AtomicLong added = new AtomicLong();
        AtomicLong missed = new AtomicLong();
        Thread reader = Thread.ofPlatform().start(() -> {
            Random which = new Random(1);
            while (added.get() < 1_000_000) {
                long upTo = added.get();
                if (upTo > 0 && !marks.has(nth(which.nextLong(upTo)))) {
                    missed.incrementAndGet();
                }
            }
        });
        for (int i = 0; i < 1_000_000; i++) {
            marks.add(nth(i));
            added.set(i + 1);
        }
        reader.join();
        assertEquals(0, missed.get());
        assertEquals(1_000_000, marks.size());
        for (int i = 0; i < 1_000_000; i++) {
            assertTrue(marks.has(nth(i)));
            assertFalse(marks.has(nth(i + 1_000_000L)));
        }
    }

    @Test
    void zeroIsAMarkToo() {
        Marks marks = new Marks();
        assertFalse(marks.has(0));
        marks.add(0);
        assertTrue(marks.has(0));
        marks.add(0);
        assertEquals(1, marks.size());
    }

    private static long nth(long i) {
        long z = (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        return z ^ z >>> 27;
    }
}
