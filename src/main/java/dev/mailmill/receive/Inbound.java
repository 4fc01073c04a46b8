package dev.mailmill.receive;

import java.time.Instant;
import java.util.List;

/**
 * Mail that is kept.
 *
 * @param sender   the envelope's; empty for the null sender
 * @param verdicts JSON, as {@link Judgement} writes it
 * @param attempts at handing it on
 * @param due      of the next one
 * @param said     what the last one met
 */
record Inbound(long id, long tenant, String route, String pattern, InboundRoute.Action action,
        String target, String sender, String recipient, String subject, String verdicts, long size,
        State state, int attempts, Instant due, String said) {
    static final String ID = "in_";

    /** How far it is; the numbers are stored. */
    enum State {
        KEPT, WAITING, DONE, GIVEN_UP;

        static final List<State> ALL = List.of(values());

        String word() {
            return switch (this) {
                case KEPT -> "stored";
                case WAITING -> "waiting";
                case DONE -> "delivered";
                case GIVEN_UP -> "failed";
            };
        }
    }
}
