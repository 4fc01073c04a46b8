package dev.mailmill.domain;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Bounds;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Malformed;
import java.util.Optional;

/**
 * Keeps a credential to the domain it was made for, in every mode, and shuts one that was revoked
 * while its client was still connected. Who may have the domain at all is {@link OwnershipGate}'s.
 */
public final class CredentialGate implements Gate {
    private final Accounts accounts;

    public CredentialGate(Accounts accounts) {
        this.accounts = accounts;
    }

    @Override
    public Optional<Refusal> admit(Submission submission, Letter letter) {
        if (submission.who().credential().equals(OwnershipGate.FORWARDED)) {
            return Optional.empty();
        }
        Optional<Bounds> bounds = accounts.bounds(submission.who().credential());
        if (bounds.isEmpty()) {
            return Optional.of(Refusal.of(Refusal.Reason.SUSPENDED, "",
                    "The credential " + submission.who().credential() + " is revoked; use"
                            + " another."));
        }
        String only = bounds.get().domain();
        if (only.isEmpty()) {
            return Optional.empty();
        }
        String sender = submission.envelope().sender();
        return from(only, letter) && (sender.isEmpty() || at(only, sender)) ? Optional.empty()
                : Optional.of(Refusal.of(Refusal.Reason.NOT_YOURS, "from",
                        "this credential may only send from addresses at " + only
                                + "; use another for other domains"));
    }

    /** Whether the letter is of those that this credential could send, when it acts on one. */
    public boolean mayTouch(String credential, Letter letter) {
        return accounts.bounds(credential).filter(b -> b.domain().isEmpty()
                || from(b.domain(), letter)).isPresent();
    }

    private static boolean from(String only, Letter letter) {
        return !letter.authors().isEmpty()
                && letter.authors().stream().allMatch(a -> at(only, a));
    }

    /** At the domain, or below it. */
    private static boolean at(String only, String address) {
        try {
            String name = Domains.name(address.substring(address.lastIndexOf('@') + 1));
            return name.equals(only) || name.endsWith("." + only);
        } catch (Malformed e) {
            return false;
        }
    }
}
