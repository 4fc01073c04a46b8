package dev.mailmill.receive;

import dev.mailmill.smtp.SmtpReply;

/** Where mail to an address leads. */
sealed interface Place {
    /** The signed return path of a delivery: what comes is about it. */
    record Copy(long delivery) implements Place {
    }

    /** The address of its {@code List-Unsubscribe}. */
    record Unsubscribe(long delivery) implements Place {
    }

    /** Complaints and aggregate reports, which say inside whom they are about. */
    record Reports() implements Place {
    }

    /** {@code postmaster} and {@code abuse} (RFC 2142), kept for who has the domain. */
    record Office(long tenant, String address) implements Place {
    }

    record Routed(InboundRoute route) implements Place {
    }

    /** Nowhere. */
    record Refused(SmtpReply reply) implements Place {
    }
}
