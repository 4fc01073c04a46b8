package dev.mailmill.account;

import dev.mailmill.mail.Stream;
import java.util.Optional;

/**
 * Who has logged in at the SMTP door.
 *
 * @param credential its id, as shown to people
 * @param stream     the credential's default stream
 * @param test       its mail is captured and never sent
 * @param rewrite    what is done about a From that is not the account's; empty for nothing
 */
public record Login(long tenant, String credential, Stream stream, boolean test,
        Optional<Rewrite> rewrite) {
    public Login(long tenant, String credential, Stream stream) {
        this(tenant, credential, stream, false, Optional.empty());
    }

    /**
     * @param address takes the author's place, an addr-spec in ASCII
     * @param via     what readers are told that the mail came by
     */
    public record Rewrite(String address, String via) {
    }
}
