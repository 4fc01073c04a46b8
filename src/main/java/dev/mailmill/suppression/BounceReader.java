package dev.mailmill.suppression;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import java.util.Optional;

/** What a fact says of the person at the other end; for most facts nothing. */
final class BounceReader {
    private BounceReader() {
    }

    /** By the fact's own words. */
    static Optional<Cause> cause(Fact fact) {
        return switch (fact) {
            case Fact.Bounced(Reply r, int _, boolean _) -> Optional.of(cause(r));
            // a mailbox that was full for days: servers say so with 4.2.2, and the mail expires
            case Fact.Expired(Reply r) when status(r).equals("2.2") ->
                    Optional.of(Cause.MAILBOX_FULL);
            case Fact.Complained _ -> Optional.of(Cause.COMPLAINT);
            case Fact.Unsubscribed _ -> Optional.of(Cause.UNSUBSCRIBE);
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Deferred _, Fact.Delivered _, Fact.Relayed _, Fact.Captured _,
                    Fact.Expired _, Fact.Cancelled _, Fact.Failed _, Fact.Ambiguous _,
                    Fact.Received _ ->
                    Optional.empty();
        };
    }

    /** By the enhanced status alone (RFC 3463 §3.2, §3.3), until bounces are classed by rules. */
    static Cause cause(Reply r) {
        return switch (status(r)) {
            case "1.1", "2.1" -> Cause.MAILBOX_UNKNOWN;
            // Exchange says 5.1.10 of unknown people; ours is RFC 7505's null MX
            case "1.10" -> r.code() == 556 || r.code() == 0 ? Cause.NO_SUCH_DOMAIN
                    : Cause.MAILBOX_UNKNOWN;
            case "1.2" -> Cause.NO_SUCH_DOMAIN;
            case "2.2" -> Cause.MAILBOX_FULL;
            default -> Cause.NOT_THE_PERSON;
        };
    }

    /** Without the class. */
    private static String status(Reply r) {
        int dot = r.enhanced().indexOf('.');
        return dot < 0 ? "" : r.enhanced().substring(dot + 1);
    }
}
