package dev.mailmill.client;

import java.util.List;
import java.util.Optional;

/**
 * A message is on the server's disk.
 *
 * @param id         {@code msg_…}; null where each recipient has a message of their own
 * @param warnings   what to mend all the same, one sentence each
 * @param note       for people, where the server captures and sends nothing
 * @param resentFrom the message that was sent again
 */
public record Receipt(String id, List<Recipient> recipients, List<String> warnings,
        Optional<String> note, Optional<String> resentFrom) {
    public Receipt {
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /**
     * One recipient, and where the message stands with them now.
     *
     * @param id of the message that is theirs alone; null where all share one
     */
    public record Recipient(String id, String to, State state) {
    }
}
