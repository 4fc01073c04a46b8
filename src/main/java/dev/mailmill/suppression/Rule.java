package dev.mailmill.suppression;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What follows from a cause. The numbers are docs/defaults.md's, each with its reason.
 *
 * @param count   so many events make an entry
 * @param within  of this time; zero where one is enough
 * @param scopes  an entry of each
 * @param lasts   empty for ever
 * @param probe   after this one transactional delivery may find out whether it still holds
 * @param because why these numbers
 */
record Rule(int count, Duration within, List<Scope> scopes, Optional<Duration> lasts,
        Optional<Duration> probe, String because) {
    private static final Duration PROBE = Duration.ofDays(90);

    /** Nothing follows where it is empty. */
    static Optional<Rule> of(Cause cause) {
        return switch (cause) {
            case MAILBOX_UNKNOWN -> Optional.of(new Rule(1, Duration.ZERO, List.of(Scope.ALL),
                    Optional.empty(), Optional.of(PROBE),
                    "asking for mailboxes that are not there is what address guessers do; people"
                            + " come back, so one reset may find out"));
            case NO_SUCH_DOMAIN -> Optional.of(new Rule(3, Duration.ofDays(7),
                    List.of(Scope.ALL), Optional.empty(), Optional.of(PROBE),
                    "a domain's DNS may be broken for a weekend"));
            case MAILBOX_FULL -> Optional.of(new Rule(5, Duration.ofDays(14),
                    List.of(Scope.BULK), Optional.of(Duration.ofDays(30)), Optional.empty(),
                    "people tidy up, and a reset may be the mail that they tidy up for"));
            case COMPLAINT -> Optional.of(once(List.of(Scope.BULK, Scope.STREAM),
                    "the law and the mailbox providers' rules; resets of other streams arrive"));
            case UNSUBSCRIBE -> Optional.of(once(List.of(Scope.STREAM),
                    "that list and no other was meant"));
            case UNSUBSCRIBE_ALL -> Optional.of(once(List.of(Scope.BULK),
                    "all marketing, and no receipt"));
            case ASKED -> Optional.of(once(List.of(Scope.ALL), "somebody said so"));
            // how long is the person's own choice, and what is wanted stops nothing
            case PAUSED, RESUBSCRIBE, RESUBSCRIBE_ALL -> Optional.empty();
            // a false hard bounce is a lost customer
            case NOT_THE_PERSON -> Optional.empty();
        };
    }

    private static Rule once(List<Scope> scopes, String because) {
        return new Rule(1, Duration.ZERO, scopes, Optional.empty(), Optional.empty(), because);
    }
}
