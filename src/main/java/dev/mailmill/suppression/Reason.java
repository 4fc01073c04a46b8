package dev.mailmill.suppression;

import java.util.Locale;
import java.util.Optional;

/** Why an entry is there; each reason of an address stands for itself. */
public enum Reason {
    BOUNCE, COMPLAINT, UNSUBSCRIBE, MANUAL, IMPORT,
    /** Everybody's: the operator's word. */
    OPERATOR;

    /** As stored and as the API says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reason of a word; empty when it is none. */
    public static Optional<Reason> of(String word) {
        for (Reason r : values()) {
            if (r.word().equals(word)) {
                return Optional.of(r);
            }
        }
        return Optional.empty();
    }
}
