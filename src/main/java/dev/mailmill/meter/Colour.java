package dev.mailmill.meter;

import java.util.Locale;

/** How a requirement stands; the worst is last. */
public enum Colour {
    GREEN,
    /** It can't be known here, or not yet. */
    UNKNOWN,
    AMBER,
    RED;

    /** As in the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    Colour worse(Colour other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
