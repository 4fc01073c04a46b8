package dev.mailmill.compose;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;
import dev.mailmill.mime.Head;

/** Header fields that one copy has and no other. */
@FunctionalInterface
public interface CopyFields {
    /**
     * @param head    of the message as it goes to this peer: what it has already is not added
     * @param domain  that signs
     * @return fields in ASCII, each ended by CRLF; the same each time
     */
    String of(Message message, Delivery delivery, Head head, String domain);
}
