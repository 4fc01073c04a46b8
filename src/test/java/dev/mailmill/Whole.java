package dev.mailmill;

import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * The longest loads, restores and fuzzing rounds are played whole where somebody asks for it by
 * {@code -Dmailmill.whole=true}, as CI does; else a fair sample of each, which can fail for the
 * same reasons. What takes turns by the day has had its turn after two.
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
}
