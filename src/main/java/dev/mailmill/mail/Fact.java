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
     * Who fetched something of a mail, as far as it is kept: what it was judged by, so that who
     * judges better later can judge again.
     *
     * @param agent   what the caller called itself: hostile text, cut
     * @param network a hash of the caller's network under a key that is forgotten within two days;
     *                0 where it is not known. It is alike for one network and day, and no address
     * @param at      when it came, to the millisecond: facts of a second are written together
     */
    record Caller(String agent, long network, Instant at) {
        /** Of a fact that was written before more was kept. */
        public static Caller of(String agent) {
            return new Caller(agent, 0, Instant.EPOCH);
        }
    }

    /**
     * A picture in the mail was fetched: by a person, or by a machine for one or for nobody, which
     * a {@link Verdict} says later.
     *
     * @param individual the delivery is its recipient's; else only the message, or only the
     *                   stream, is known, and its numbers are 0
     */
    record Opened(boolean individual, Caller caller) implements Fact {
        public Opened(boolean individual, String agent) {
            this(individual, Caller.of(agent));
        }
    }

    /**
     * A link in the mail was followed, as {@link Opened}.
     *
     * @param link where it led, without what follows the path
     */
    record Clicked(boolean individual, String link, Caller caller) implements Fact {
        public Clicked(boolean individual, String link, String agent) {
            this(individual, link, Caller.of(agent));
        }
    }

    /**
     * Something was asked for that no person does, as {@link Opened}: evidence, and never counted.
     *
     * @param how {@link #HONEYPOT}: a link that nobody can see; {@link #HEAD}: only the head of
     *            what a link or the picture is
     */
    record Scanned(boolean individual, String how, Caller caller) implements Fact {
        public static final String HONEYPOT = "honeypot";
        public static final String HEAD = "head";
    }

    /**
     * Who was behind an opening or a click, said once of each, with what it was judged by.
     *
     * @param of         the position of that fact, as text
     * @param link       of a click; empty of an opening
     * @param at         when that fact was written
     * @param again      the same caller was seen before on that day: counted then. Only where no
     *                   single recipient is known
     * @param by         {@code person}, {@code machine} or {@code unknown}
     * @param why        a word for the reason
     * @param version    of the classifier
     */
    record Verdict(String of, boolean individual, String link, Instant at, Evidence evidence,
            boolean again, String by, String why, int version) implements Fact {
        /** The same, of a caller who was there before. */
        public Verdict repeated() {
            return new Verdict(of, individual, link, at, evidence, true, by, why, version);
        }

        public boolean click() {
            return !link.isEmpty();
        }
    }

    /**
     * What an opening or a click was judged by, with what the same network did to the same mail
     * around it.
     *
     * @param agent       as {@link Caller}
     * @param sinceMillis after the mail was delivered; -1 where that is not known
     * @param links       different links that were followed in its densest two seconds
     * @param withOpen    whether those seconds have an opening
     * @param spanMillis  how long that took
     * @param awayMillis  how far this one is from it; 0: it is a part
     * @param alike       whether all of it called itself the same
     * @param trap        {@code honeypot} or {@code head} where it did that too; else empty
     */
    record Evidence(String agent, long sinceMillis, int links, boolean withOpen, long spanMillis,
            long awayMillis, boolean alike, String trap) {
        /** Of a caller who is judged by its name alone. */
        public static Evidence of(String agent) {
            return new Evidence(agent, -1, 0, false, 0, 0, true, "");
        }
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
            case Scanned _ -> "scanned";
            case Verdict _ -> "verdict";
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
                    Complained _, Unsubscribed _, Received _, Opened _, Clicked _,
                    Scanned _, Verdict _ -> Optional.empty();
        };
    }
}
