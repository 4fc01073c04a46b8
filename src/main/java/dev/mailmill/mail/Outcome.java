package dev.mailmill.mail;

/** How one attempt ended. What follows from it is {@link RetryPolicy}'s business alone. */
public sealed interface Outcome {
    /** The recipient's own server said 2xx to the message. */
    record Delivered(Reply reply) implements Outcome {
    }

    /** A smart host or an API took it over. */
    record Relayed(Reply reply) implements Outcome {
    }

    /** Kept and shown, not sent. */
    record Captured() implements Outcome {
    }

    /** Not now. */
    record Deferred(Reply reply, Fault fault) implements Outcome {
    }

    /** Never. */
    record Bounced(Reply reply) implements Outcome {
    }

    /** We can't make, sign or address it; no server is to blame. */
    record Failed(Reply reply) implements Outcome {
    }

    /** The line died after the final dot: it may or may not have been taken (RFC 1047). */
    record Ambiguous(Reply reply) implements Outcome {
    }

    /** Not attempted: it must wait for a person ({@code hold} mode) or a rule. */
    record Held(String reason) implements Outcome {
    }

    /** Whom a deferral tells something about. */
    enum Fault {
        /** This message or this recipient: its schedule goes on, an attempt is spent. */
        RECIPIENT,
        /** The whole lane (421, 4.7.x, refused connections): everybody waits, nothing is spent. */
        LANE
    }
}
