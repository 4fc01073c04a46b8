package dev.mailmill.relay;

import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientTarget;
import java.util.Optional;

/** The servers that one attempt may try, in order, found out as they are needed. One thread. */
public interface Hops {
    /** The next one; empty when there is none left. */
    Optional<SmtpClientTarget> next();

    /** Why there were no more; empty when all were given. Asked after {@link #next} ended. */
    Optional<Outcome> obstacle();

    /** Idle connections of other bonds were made on other terms and are not used. */
    default String bond() {
        return "";
    }

    /** What came of connecting to one. */
    default void told(SmtpClientTarget target, boolean encrypted,
            Optional<SmtpClientException> trouble) {
    }
}
