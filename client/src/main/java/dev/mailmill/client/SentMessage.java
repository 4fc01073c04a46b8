package dev.mailmill.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A message as the server knows it.
 *
 * @param door       {@code smtp} or {@code api}
 * @param credential the id of the key or login that sent it
 * @param test       sent by a key for tests: captured, whatever the server does with others
 * @param from       From's first address
 * @param sender     the envelope sender; empty for the null sender
 * @param messageId  the Message-ID field
 * @param size       in octets
 * @param sendAt     when it was to be sent; empty for at once
 * @param resentFrom the message that it repeats
 */
public record SentMessage(String id, Instant acceptedAt, String door, String credential,
        boolean test, String stream, Optional<String> from, Optional<String> sender,
        String subject, String messageId, long size, List<String> tags,
        Map<String, String> metadata, List<Recipient> recipients, Optional<Instant> sendAt,
        Optional<String> resentFrom) {
    /**
     * One recipient.
     *
     * @param reply         the last one there was
     * @param changedAt     when its last event was written
     * @param nextAttemptAt empty when there will be none
     */
    public record Recipient(String to, State state, int attempts, Optional<Reply> reply,
            Optional<Instant> changedAt, Optional<Instant> nextAttemptAt, Instant expiresAt) {
    }

    /** With nobody anything more happens of itself. */
    public boolean isFinal() {
        return recipients.stream().allMatch(r -> r.state().isFinal());
    }
}
