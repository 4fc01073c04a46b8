package dev.mailmill.mail;

import java.util.List;

/**
 * Who gets a message, and who is told when they don't.
 *
 * @param sender     MAIL FROM as submitted; empty for the null sender
 * @param envid      ENVID of RFC 3461, decoded; empty when none
 * @param ret        RET of RFC 3461: {@code FULL}, {@code HDRS} or empty
 * @param recipients 1 to {@link Intake#recipientsMax}
 * @param requireTls goes on under TLS only, to servers that see to it too (RFC 8689)
 */
public record Envelope(String sender, String envid, String ret, List<Recipient> recipients,
        boolean requireTls) {
    public Envelope {
        recipients = List.copyOf(recipients);
    }

    /** One that goes on however it can. */
    public Envelope(String sender, String envid, String ret, List<Recipient> recipients) {
        this(sender, envid, ret, recipients, false);
    }

    /**
     * @param address as the sender wrote it; this is what RCPT TO says
     * @param domain  lower-case A-label, what DNS is asked for; an address literal keeps brackets
     * @param orcpt   ORCPT of RFC 3461 as received ({@code rfc822;…}); empty when none
     * @param dsnNotify  NOTIFY of RFC 3461 as received, upper case; empty when none
     */
    public record Recipient(String address, String domain, String orcpt, String dsnNotify) {
    }
}
