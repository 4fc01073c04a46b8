package dev.mailmill.client;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 * @param subject    {@code (sensitive)} for a message of a sensitive stream
 * @param sensitive  its content is dropped when its last delivery has ended
 * @param messageId  the Message-ID field
 * @param envid      ENVID as submitted (RFC 3461)
 * @param ret        RET as submitted: {@code FULL} or {@code HDRS}
 * @param size       in octets
 * @param sendAt     when it was to be sent; empty for at once
 * @param resentFrom the message that it repeats
 */
public record SentMessage(String id, Instant acceptedAt, String door, String credential,
        boolean test, String stream, Optional<String> from, Optional<String> sender,
        String subject, boolean sensitive, String messageId, Optional<String> envid,
        Optional<String> ret, long size, List<String> tags, Map<String, String> metadata,
        List<Recipient> recipients, Optional<Instant> sendAt, Optional<String> resentFrom) {
    /**
     * One recipient.
     *
     * @param reply         the last one there was
     * @param changedAt     when its last event was written
     * @param nextAttemptAt empty when there will be none
     * @param dsnNotify     NOTIFY as submitted (RFC 3461)
     * @param orcpt         ORCPT as submitted
     */
    public record Recipient(String to, State state, int attempts, Optional<Reply> reply,
            Optional<Instant> changedAt, Optional<Instant> nextAttemptAt, Instant expiresAt,
            @JsonProperty("notify") Optional<String> dsnNotify, Optional<String> orcpt) {
    }

    /** With nobody anything more happens of itself. */
    public boolean isFinal() {
        return recipients.stream().allMatch(r -> r.state().isFinal());
    }
}
