package dev.mailmill.client;

import java.util.List;
import java.util.Optional;

/**
 * A message is on the server's disk.
 *
 * @param id         {@code msg_…}
 * @param note       for people, where the server captures and sends nothing
 * @param resentFrom the message that was sent again
 */
public record Receipt(String id, List<Recipient> recipients, Optional<String> note,
        Optional<String> resentFrom) {
    /** One recipient, and where the message stands with them now. */
    public record Recipient(String to, State state) {
    }
}
