package dev.mailmill.client;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One fact about one recipient.
 *
 * @param id        stable; also where to go on from
 * @param type      {@code email.delivered}, {@code email.bounced}, …
 * @param recipient empty once erased
 * @param data      what there is to say beside, by type
 */
public record Event(String id, String type, Instant at, String messageId,
        Optional<String> recipient, String stream, Map<String, Object> data) {
    /** What the other server said, where there was one. */
    public Optional<Reply> reply() {
        return Optional.ofNullable(data.get("reply")).map(r -> Json.convert(r, Reply.class));
    }
}
