package dev.mailmill.suppression;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.Classifier;
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
            case Fact.Expired(Reply r) when cause(r) == Cause.MAILBOX_FULL ->
                    Optional.of(Cause.MAILBOX_FULL);
            case Fact.Complained _ -> Optional.of(Cause.COMPLAINT);
            case Fact.Unsubscribed f -> Optional.of(f.all() ? Cause.UNSUBSCRIBE_ALL
                    : Cause.UNSUBSCRIBE);
            case Fact.Received f when f.kind().equals(Fact.Received.AGAIN) ->
                    Optional.of(Cause.RESUBSCRIBE);
            case Fact.Received f when f.kind().equals(Fact.Received.ALL_AGAIN) ->
                    Optional.of(Cause.RESUBSCRIBE_ALL);
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Deferred _, Fact.Delivered _, Fact.Relayed _, Fact.Captured _,
                    Fact.Expired _, Fact.Cancelled _, Fact.Failed _, Fact.Ambiguous _,
                    Fact.Received _, Fact.Opened _, Fact.Clicked _,
                    Fact.Scanned _, Fact.Verdict _ ->
                    Optional.empty();
        };
    }

    /**
     * By the class of the words: only a hard one is about the person, and of a soft one only a full
     * mailbox counts. A block, a fault of ours or of a machine between never stops anybody's mail.
     */
    static Cause cause(Reply r) {
        Classifier.Finding found = Classifier.of(r);
        // "no such user" with a temporary code: the server does not mean it yet
        boolean meant = found.kind() == BounceClass.Kind.HARD;
        return switch (found.reason()) {
            case MAILBOX_UNKNOWN, MAILBOX_MOVED, BAD_ADDRESS -> meant ? Cause.MAILBOX_UNKNOWN
                    : Cause.NOT_THE_PERSON;
            case NO_SUCH_DOMAIN -> meant ? Cause.NO_SUCH_DOMAIN : Cause.NOT_THE_PERSON;
            case MAILBOX_FULL -> Cause.MAILBOX_FULL;
            case MAILBOX_INACTIVE, SIZE, NOT_ASCII, REFUSED_BY_RECIPIENT, POLICY_AUTH,
                    POLICY_REPUTATION, REVERSE_DNS, POLICY, CONTENT_SPAM, CONTENT_VIRUS, CONTENT,
                    BAD_SENDER, RELAY_DENIED, TLS, RATE_LIMITED, GREYLISTED, SERVER_FAULT,
                    SYSTEM_FULL, DNS, NETWORK, EXPIRED, ROUTING_LOOP, PROTOCOL, UNKNOWN ->
                    Cause.NOT_THE_PERSON;
        };
    }
}
