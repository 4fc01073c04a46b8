package dev.mailmill.suppression;

import java.util.Locale;
import java.util.Optional;

/** Which of a tenant's mail an entry stops. */
public enum Scope {
    ALL, BULK, STREAM;

    /** As stored and as the API says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The scope of a word; empty when it is none. */
    public static Optional<Scope> of(String word) {
        for (Scope s : values()) {
            if (s.word().equals(word)) {
                return Optional.of(s);
            }
        }
        return Optional.empty();
    }
}
