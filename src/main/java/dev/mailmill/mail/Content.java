package dev.mailmill.mail;

import java.util.List;

/** What to send, as a door hands it over. Immutable. */
public sealed interface Content {

    /**
     * A finished RFC 5322 message.
     *
     * @param head the header fields, each ended by CRLF, without the empty line
     * @param body what follows the empty line
     */
    record Raw(byte[] head, Body body) implements Content {
    }

    /** Parts that we make the message from. Texts are as the caller gave them, not yet encoded. */
    record Written(Mailbox from, List<Mailbox> replyTo, List<Mailbox> to, List<Mailbox> cc,
            String subject, String text, String html, List<Field> headers,
            List<Attachment> attachments) implements Content {
        public Written {
            replyTo = List.copyOf(replyTo);
            to = List.copyOf(to);
            cc = List.copyOf(cc);
            headers = List.copyOf(headers);
            attachments = List.copyOf(attachments);
        }
    }

    /**
     * @param name    display name, may be empty
     * @param address an addr-spec that a reader of addresses has accepted
     */
    record Mailbox(String name, String address) {
    }

    /** An extra header field, unfolded and unencoded. */
    record Field(String name, String value) {
    }

    /**
     * @param contentId without angle brackets; empty when the part is not referred to
     */
    record Attachment(String filename, String type, String contentId, byte[] bytes) {
    }
}
