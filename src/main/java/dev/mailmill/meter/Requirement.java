package dev.mailmill.meter;

import dev.mailmill.analytics.MailboxProvider;
import java.util.Optional;

/**
 * One of the sixteen; of those that differ by receiver there is one for each.
 *
 * @param id       {@code R1} to {@code R16}
 * @param evidence what is known of it
 * @param fix      what to do; empty for nothing
 */
public record Requirement(String id, String title, Optional<MailboxProvider> provider,
        Colour colour, String evidence, String fix) {

    static Requirement of(String id, String title, Colour colour, String evidence, String fix) {
        return new Requirement(id, title, Optional.empty(), colour, evidence, fix);
    }
}
