package dev.mailmill.account;

import dev.mailmill.mail.Stream;

/**
 * Who has logged in at the SMTP door.
 *
 * @param credential its id, as shown to people
 * @param stream     the credential's default stream
 * @param test       its mail is captured and never sent
 */
public record Login(long tenant, String credential, Stream stream, boolean test) {
    public Login(long tenant, String credential, Stream stream) {
        this(tenant, credential, stream, false);
    }
}
