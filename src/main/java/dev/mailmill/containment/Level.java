package dev.mailmill.containment;

import java.util.Locale;

/** How a bulk stream is treated; each one is more than the one before. */
enum Level {
    NONE, WARN, SLOW, STOP;

    /** As stored and as in the API. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Level of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    Level or(Level other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
