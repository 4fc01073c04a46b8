package dev.mailmill.domain;

import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import java.util.Locale;
import java.util.Optional;

/**
 * An author's name that is an address of somebody else's here: many programs show the name alone,
 * so {@code "news@bank.example" <me@mine.example>} looks like the bank.
 */
final class Pretence {
    private Pretence() {
    }

    /** Empty unless a name in From shows an address at another tenant's domain. */
    static Optional<Refusal> in(Letter letter, Holdings holdings, long tenant) {
        try {
            Head head = Head.read(letter.head());
            for (Head.Field from : head.all("From")) {
                for (Address author : AddressList.read(head.value(from)).mailboxes()) {
                    Optional<String> others = others(author.name(), holdings, tenant);
                    if (others.isPresent()) {
                        return others.map(d -> Refusal.of(Refusal.Reason.NOT_YOURS, "from",
                                "the name before the address shows an address at " + d
                                        + ", which is not verified for this account; write a name"
                                        + " there"));
                    }
                }
            }
        } catch (Malformed e) {
            // what can't be read is refused by who prepares the letter
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The domain, in ASCII, after an at sign: also the full-width one, which looks the same. */
    private static Optional<String> others(String name, Holdings holdings, long tenant) {
        String text = name.replace('\uff20', '@').toLowerCase(Locale.ROOT);
        for (int at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
            int end = at + 1;
            while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end))
                    || text.charAt(end) == '-' || text.charAt(end) == '.')) {
                end++;
            }
            try {
                String domain = Domains.name(text.substring(at + 1, end));
                if (holdings.over(domain).filter(d -> d.tenant() != tenant).isPresent()) {
                    return Optional.of(domain);
                }
            } catch (Malformed e) {
                // no domain, so nobody's
                continue;
            }
        }
        return Optional.empty();
    }
}
