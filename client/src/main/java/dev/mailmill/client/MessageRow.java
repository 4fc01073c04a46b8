package dev.mailmill.client;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One recipient of one message, in a list.
 *
 * @param recipient     in lower case
 * @param recipients    how many the message has
 * @param door          {@code smtp} or {@code api}
 * @param reply         the last one there was
 * @param nextAttemptAt empty when there will be none
 */
public record MessageRow(String id, String recipient, int recipients, State state, String stream,
        String door, String subject, List<String> tags, int attempts, Optional<Reply> reply,
        Instant acceptedAt, Instant changedAt, Optional<Instant> nextAttemptAt) {
}
