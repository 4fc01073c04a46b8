package dev.mailmill.submit;

import dev.mailmill.mail.Content;
import dev.mailmill.mail.Content.Mailbox;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Words;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A message that names a template: who writes to whom stands in its header as ever, and what the
 * template makes takes the place of its subject and body.
 */
final class Filled {
    /** What the template's mail has of its own, or the doors before us wrote. */
    private static final Set<String> REPLACED = Set.of("from", "sender", "reply-to", "to", "cc",
            "bcc", "subject", "date", "message-id", "mime-version", "received", "return-path",
            "dkim-signature", "delivered-to", "x-original-to", "authentication-results");
    private static final List<String> FAMILIES =
            List.of("content-", "resent-", "arc-", "received-", "x-mailmill-");

    private Filled() {
    }

    /** @throws WrongOrder when its header does not say whose mail it is */
    static Content of(Head head, Orders.Template template) throws WrongOrder {
        try {
            List<Mailbox> from = mailboxes(head, "From");
            if (from.size() != 1) {
                throw WrongOrder.unreadable(Orders.TEMPLATE, "From has to name one mailbox");
            }
            List<Content.Field> others = new ArrayList<>();
            for (Head.Field f : head.fields()) {
                if (!REPLACED.contains(f.key()) && FAMILIES.stream().noneMatch(
                        f.key()::startsWith)) {
                    others.add(new Content.Field(f.name(), Words.decode(head.value(f)).strip()));
                }
            }
            return new Content.Templated(from.getFirst(), mailboxes(head, "Reply-To"),
                    mailboxes(head, "To"), mailboxes(head, "Cc"), template.name(),
                    template.locale(), template.data().getBytes(StandardCharsets.UTF_8), others,
                    new Content.Call(List.of(), false));
        } catch (Malformed e) {
            throw WrongOrder.unreadable(Orders.TEMPLATE, "an address field of the message can't be"
                    + " read: " + e.getMessage());
        }
    }

    private static List<Mailbox> mailboxes(Head head, String name) throws Malformed {
        List<Mailbox> all = new ArrayList<>();
        for (Head.Field f : head.all(name)) {
            for (Address a : AddressList.read(head.value(f)).mailboxes()) {
                all.add(new Mailbox(a.name(), a.aSpec()));
            }
        }
        return all;
    }
}
