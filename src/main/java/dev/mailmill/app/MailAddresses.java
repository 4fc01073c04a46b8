package dev.mailmill.app;

import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Malformed;
import dev.mailmill.send.Addresses;
import java.util.List;
import java.util.Optional;

/** The API's reader of addresses is that of the headers, held to one mailbox. */
final class MailAddresses implements Addresses {
    @Override
    public Optional<Parsed> read(String text) {
        try {
            return text.endsWith(">") ? named(text) : Optional.of(parsed(Address.parse(text), ""));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }

    /** {@code Ann <a@example.com>}: what is in the brackets is as strict as an address alone. */
    private static Optional<Parsed> named(String text) throws Malformed {
        List<Address> found = AddressList.read(text).mailboxes();
        String inside = text.substring(text.lastIndexOf('<') + 1, text.length() - 1);
        boolean one = found.size() == 1 && !text.startsWith(",")
                && found.getFirst().spec().equals(inside);
        return one ? Optional.of(parsed(Address.parse(inside), found.getFirst().name()))
                : Optional.empty();
    }

    private static Parsed parsed(Address a, String name) {
        return new Parsed(name, a.spec(), a.domain());
    }
}
