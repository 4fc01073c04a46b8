package dev.mailmill.webhook;

import dev.mailmill.mail.Journal.Position;
import java.time.Instant;

/**
 * An event that waits outside the journal's order: it was not taken, or an earlier one of its
 * message was not.
 *
 * @param first attempt, in milliseconds since 1970; 0 for none yet
 * @param body  of what is no fact; else empty
 */
record Parked(Position position, long message, int attempts, long first, long due, String body) {
    Parked failed(Instant at, Instant next) {
        return new Parked(position, message, attempts + 1,
                first == 0 ? at.toEpochMilli() : first, next.toEpochMilli(), body);
    }

    Parked at(Instant when) {
        return new Parked(position, message, attempts, first, when.toEpochMilli(), body);
    }
}
