package dev.mailmill;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The longest matrices, loads and fuzzing rounds are played whole where somebody asks for it by
 * {@code -Dmailmill.whole=true}, as CI does; else a fair sample of each, which can fail for the same
 * reasons. What is shared out over days comes in turn, so that each has had its turn after a few.
 */
public final class Whole {
    public static final boolean ASKED = Boolean.getBoolean("mailmill.whole");
    private static final long DAY = LocalDate.now(ZoneOffset.UTC).toEpochDay();

    private Whole() {
    }

    public static int of(int whole, int sample) {
        return ASKED ? whole : sample;
    }

    /** Whether the {@code n}-th thing has its turn with a share of {@code 1 / parts} today. */
    public static boolean turn(int n, int parts) {
        return (n + DAY) % parts == 0;
    }

    /** Those that have their turn, when the first counts as {@code first}-th. */
    public static <T> List<T> share(List<T> all, int parts, int first) {
        return IntStream.range(0, all.size()).filter(i -> turn(first + i, parts))
                .mapToObj(all::get).toList();
    }
}
