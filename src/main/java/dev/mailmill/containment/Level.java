package dev.mailmill.containment;

import java.util.Locale;

/** How a bulk stream is treated; each one is more than the one before. */
enum Level {
    NONE, WARN, SLOW, STOP;

    /** As stored and as in the API. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What has become of a stream, for people. */
    String did() {
        return switch (this) {
            case NONE, WARN -> "warned";
            case SLOW -> "slowed";
            case STOP -> "stopped";
        };
    }

    static Level of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    Level or(Level other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
