package dev.mailmill.client;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What binds each recipient's delivery now. */
public record Why(String id, List<Recipient> recipients) {
    /**
     * One recipient.
     *
     * @param constraint {@code next_try}, {@code lane}, … or the final state; new ones may come
     * @param words      the same for people, with the cure
     * @param until      when it ends; empty where nobody knows
     * @param reply      the server's word that is to blame
     */
    public record Recipient(String to, State state, String constraint, String words,
            Optional<Instant> until, Optional<Reply> reply) {
    }
}
