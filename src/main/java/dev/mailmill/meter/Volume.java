package dev.mailmill.meter;

import dev.mailmill.analytics.MailboxProvider;
import java.time.Instant;
import java.util.Optional;

/**
 * What an organisation sends to a provider's people.
 *
 * @param day  mails in this hour and the 23 before it
 * @param most in any 24 hours of the last 31 days
 * @param bulk since when it is a bulk sender there, which does not end
 */
public record Volume(MailboxProvider provider, long day, long most, Optional<Instant> bulk) {
    /** From here on it is soon a bulk sender. */
    public static final long NEAR = 3_000;
    /** "Close to 5,000", says Google; over it, Microsoft. Yahoo gives no number. */
    public static final long BULK = 5_000;

    /** Whether the rules for bulk senders hold, or soon will. */
    public boolean near() {
        return bulk.isPresent() || day >= NEAR;
    }
}
