package dev.mailmill.app;

import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import dev.mailmill.send.Addresses;
import java.util.Optional;

/** The API's reader of addresses is that of the headers. */
final class MailAddresses implements Addresses {
    @Override
    public Optional<Parsed> read(String text) {
        try {
            Address a = Address.parse(text);
            return Optional.of(new Parsed(a.name(), a.spec(), a.domain()));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }
}
