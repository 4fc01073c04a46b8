package dev.mailmill.mail;

import java.util.List;
import java.util.Optional;

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
     * A template and what fills it.
     *
     * @param template its alias or id; Intake takes the version that is published then
     * @param locale   in which it is wanted; empty for the template's own
     * @param data     a JSON object, UTF-8
     * @param call     what it has in common with others of its call
     */
    record Templated(Mailbox from, List<Mailbox> replyTo, List<Mailbox> to, List<Mailbox> cc,
            String template, String locale, byte[] data, List<Field> headers, Call call)
            implements Content {
        public Templated {
            replyTo = List.copyOf(replyTo);
            to = List.copyOf(to);
            cc = List.copyOf(cc);
            headers = List.copyOf(headers);
        }
    }

    /**
     * What messages of one call share. One thread.
     */
    final class Call {
        private final List<Attachment> attachments;
        private final boolean many;
        private Body kept;
        private long size = -1;

        /** @param many whether there are others, so that the mail is written when it is sent */
        public Call(List<Attachment> attachments, boolean many) {
            this.attachments = List.copyOf(attachments);
            this.many = many;
        }

        public List<Attachment> attachments() {
            return attachments;
        }

        public boolean many() {
            return many;
        }

        /** Where the attachments are kept; empty while nobody has. */
        public Optional<Body> kept() {
            return Optional.ofNullable(kept);
        }

        public void keep(Body body) {
            kept = body;
        }

        /** The size of the first one that was written; below 0 while there is none. */
        public long size() {
            return size;
        }

        public void tried(long octets) {
            size = octets;
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
