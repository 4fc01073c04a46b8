package dev.mailmill.exit;

import dev.mailmill.mail.Content;
import java.util.List;
import java.util.stream.Collectors;

/** Mailboxes in one text, as some services want them: names quoted, whatever is in them. */
final class Mailboxes {
    private Mailboxes() {
    }

    static String text(Content.Mailbox mailbox) {
        return mailbox.name().isEmpty() ? mailbox.address()
                : "\"" + mailbox.name().replace("\\", "\\\\").replace("\"", "\\\"") + "\" <"
                        + mailbox.address() + ">";
    }

    static String text(List<Content.Mailbox> mailboxes) {
        return mailboxes.stream().map(Mailboxes::text).collect(Collectors.joining(", "));
    }
}
