package dev.mailmill.mail;

import java.io.IOException;
import java.util.List;

/**
 * A message's content as it is kept: made once at Intake, the same for all its recipients.
 *
 * @param head      header fields, each ended by CRLF, without the empty line; Received, Message-ID
 *                  and Date are in it, Bcc and our own control fields are not
 * @param body      what follows the empty line
 * @param traits    a sum of the constants below: what a peer must be able to take, and how
 *                  it is kept
 * @param subject   decoded, at most 200 characters, for people
 * @param messageId the Message-ID field's value with its angle brackets
 * @param authors   every address in From, Sender and Resent-From/-Sender: who it claims to be from;
 *                  the first is From's first
 * @param template  whose it is, by its number; 0 of none
 */
public record Letter(byte[] head, Body body, int traits, String subject, String messageId,
        List<String> authors, long template) {
    /** Some octet of the body is over 127: needs 8BITMIME or re-encoding (RFC 6152). */
    public static final int EIGHT_BIT = 1;
    /** Some header octet is over 127: needs SMTPUTF8 (RFC 6531). */
    public static final int UTF8_HEAD = 2;
    /** Some body line is over 998 octets: re-encoded before signing (RFC 5322 §2.1.1). */
    public static final int LONG_LINES = 4;
    /** Signed, encrypted or PKCS#7: must never be rewritten. */
    public static final int SEALED = 8;
    /** Dropped when its last delivery has ended, and shown to nobody but the owner before. */
    public static final int SENSITIVE = 16;
    /** Goes on under TLS only, to servers that see to it too (REQUIRETLS, RFC 8689). */
    public static final int REQUIRE_TLS = 32;
    /** Its links are led past us: who opens it and follows them is counted. */
    public static final int TRACKED = 64;
    /** In place of a sensitive letter's, which often is the secret itself. */
    public static final String HIDDEN_SUBJECT = "(sensitive)";

    public Letter {
        authors = List.copyOf(authors);
    }

    /** One that no template made. */
    public Letter(byte[] head, Body body, int traits, String subject, String messageId,
            List<String> authors) {
        this(head, body, traits, subject, messageId, authors, 0);
    }

    /** The same, which a template made. */
    public Letter of(long madeBy) {
        return new Letter(head, body, traits, subject, messageId, authors, madeBy);
    }

    /** The same, whose content is a secret of its recipients. */
    public Letter sensitive() {
        return new Letter(head, body, traits | SENSITIVE, HIDDEN_SUBJECT, messageId, authors,
                template);
    }

    /** The same, whose openings and clicks are counted. */
    public Letter tracked() {
        return new Letter(head, body, traits | TRACKED, subject, messageId, authors, template);
    }

    /** The same, which goes on under TLS only. */
    public Letter requiringTls() {
        return new Letter(head, body, traits | REQUIRE_TLS, subject, messageId, authors,
                template);
    }

    /** The same with its body as it will be sent, where that is made from something else. */
    public Letter finished() throws IOException {
        Body made = body.finished();
        return made == body ? this
                : new Letter(head, made, traits, subject, messageId, authors, template);
    }

    /** Whether its content is gone: no letter that was accepted lacks a header. */
    public boolean gone() {
        return head.length == 0;
    }

    public boolean has(int trait) {
        return (traits & trait) != 0;
    }

    /** Octets on the wire before dot-stuffing: header, empty line, body. */
    public long size() {
        return head.length + 2 + body.size();
    }
}
