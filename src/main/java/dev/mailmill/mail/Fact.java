package dev.mailmill.mail;

import java.time.Instant;
import java.util.Optional;

/**
 * Everything that can happen to a delivery, written once and in the transaction that changes its
 * state. A fact names no person: the address lies in the delivery's row (decision 13). A new case
 * breaks each switch that forgot it.
 */
public sealed interface Fact {
    /** A door took it; durable from here on. */
    record Accepted(Door door, long size) implements Fact {
    }

    record Scheduled(Instant until) implements Fact {
    }

    record Held(String reason) implements Fact {
    }

    record Suppressed(String reason) implements Fact {
    }

    /** @param until when it is tried next */
    record Deferred(Reply reply, int attempt, Instant until) implements Fact {
    }

    record Delivered(Reply reply, int attempt) implements Fact {
    }

    record Relayed(Reply reply, int attempt) implements Fact {
    }

    record Captured() implements Fact {
    }

    record Bounced(Reply reply, int attempt, boolean late) implements Fact {
    }

    /** @param last what the last attempt met */
    record Expired(Reply last) implements Fact {
    }

    record Cancelled() implements Fact {
    }

    record Failed(Reply reply) implements Fact {
    }

    /** A server may have it and may not; what follows is the stream's choice. */
    record Ambiguous(Reply reply, int attempt) implements Fact {
    }

    /**
     * The person, or who speaks for them, called it unwanted.
     *
     * @param kind RFC 5965's feedback type, such as {@code abuse}
     * @param by   who passed it on, as they call themselves: hostile text; may be empty
     */
    record Complained(String kind, String by) implements Fact {
    }

    /**
     * The person wants no more of it.
     *
     * @param by  how: {@code one_click}, {@code mail}, {@code page}, {@code api}
     * @param all of all marketing, not of its stream alone
     */
    record Unsubscribed(String by, boolean all) implements Fact {
        public Unsubscribed(String by) {
            this(by, false);
        }
    }

    /**
     * A picture in the mail was fetched: by a person, or by a machine for one or for nobody, which
     * is judged apart.
     *
     * @param individual the delivery is its recipient's; else only the message, or only the
     *                   stream, is known, and its numbers are 0
     * @param agent      what the caller called itself: hostile text, cut
     */
    record Opened(boolean individual, String agent) implements Fact {
    }

    /**
     * A link in the mail was followed, as {@link Opened}.
     *
     * @param link where it led, without what follows the path
     */
    record Clicked(boolean individual, String link, String agent) implements Fact {
    }

    /**
     * Mail came in: about this delivery, or to an inbound route, and then the delivery's and the
     * message's number are the received mail's own.
     *
     * @param kind {@code reply}, {@code auto_reply} or {@code mail}; {@link #AGAIN} and {@link
     *             #ALL_AGAIN} came by the recipient's page
     */
    record Received(String kind) implements Fact {
        /** The recipient wants this stream again. */
        public static final String AGAIN = "resubscribed";
        /** The recipient wants marketing again. */
        public static final String ALL_AGAIN = "resubscribed_all";

    }

    /** The type's name in the API and in metrics, without {@code email.}. */
    default String word() {
        return switch (this) {
            case Accepted _ -> "accepted";
            case Scheduled _ -> "scheduled";
            case Held _ -> "held";
            case Suppressed _ -> "suppressed";
            case Deferred _ -> "deferred";
            case Delivered _ -> "delivered";
            case Relayed _ -> "relayed";
            case Captured _ -> "captured";
            case Bounced _ -> "bounced";
            case Expired _ -> "expired";
            case Cancelled _ -> "cancelled";
            case Failed _ -> "failed";
            case Ambiguous _ -> "ambiguous";
            case Complained _ -> "complained";
            case Unsubscribed _ -> "unsubscribed";
            case Received _ -> "received";
            case Opened _ -> "opened";
            case Clicked _ -> "clicked";
        };
    }

    /** What a server said, or what went wrong on the way to it; empty where nobody was asked. */
    default Optional<Reply> said() {
        return switch (this) {
            case Deferred f -> Optional.of(f.reply());
            case Delivered f -> Optional.of(f.reply());
            case Relayed f -> Optional.of(f.reply());
            case Bounced f -> Optional.of(f.reply());
            case Expired f -> Optional.of(f.last());
            case Failed f -> Optional.of(f.reply());
            case Ambiguous f -> Optional.of(f.reply());
            case Accepted _, Scheduled _, Held _, Suppressed _, Captured _, Cancelled _,
                    Complained _, Unsubscribed _, Received _, Opened _, Clicked _ ->
                    Optional.empty();
        };
    }
}
