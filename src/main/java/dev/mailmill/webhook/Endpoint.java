package dev.mailmill.webhook;

import dev.mailmill.mail.Journal.Position;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where a customer is told.
 *
 * @param wish     what a person asked for
 * @param reason   why it is disabled, or fails; else empty
 * @param failing  since when it does nothing but fail
 * @param position of the journal: all up to here was delivered or is parked
 * @param replay   what is told once more
 */
public record Endpoint(String id, long tenant, Wish wish, State state, String reason,
        Optional<Instant> failing, Position position, Optional<Replay> replay, Instant created) {
    static final int BATCH_MAX = 500;

    /**
     * What a person decides.
     *
     * @param types   of events; empty for all
     * @param streams by name; empty for all
     * @param batch   events of one call at most
     * @param watches whether it is told when another endpoint of the account fails
     */
    public record Wish(String url, Set<String> types, Set<String> streams, String description,
            int batch, boolean watches) {
        public Wish {
            types = Set.copyOf(types);
            streams = Set.copyOf(streams);
        }
    }

    /** @param from and to: only what came to pass between them */
    record Replay(Position at, Position until, Instant from, Instant to) {
    }

    /** Whether it is called. */
    public enum State {
        ENABLED, DISABLED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** {@code enabled}, {@code failing} or {@code disabled}. */
    public String word() {
        return state == State.ENABLED && failing.isPresent() ? "failing" : state.word();
    }
}
