package dev.mailmill.client;

import java.util.List;
import java.util.Optional;

/**
 * What was said with the other mail server in one attempt.
 *
 * @param recipient empty once erased
 * @param phases    the steps that were completed, in order
 */
public record Conversation(Optional<String> recipient, int attempt, List<Phase> phases,
        List<Line> lines) {
    /** A step and how long it took. */
    public record Phase(String name, long ms) {
    }

    /**
     * One line. A server's words are a stranger's: escape them where you show them.
     *
     * @param ms   since the attempt began
     * @param from {@code client}, {@code server} or {@code note}
     */
    public record Line(long ms, String from, String text) {
    }
}
