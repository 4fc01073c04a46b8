package dev.mailmill.smtp;

import java.net.InetAddress;
import java.util.List;

/**
 * What stands behind one connection. All calls come from the connection's thread, in the order of
 * the conversation; a call may block, the client waits. What it throws becomes a 4xx reply.
 */
public interface SmtpHandler {
    /** Makes one handler for each connection. */
    @FunctionalInterface
    interface Factory {
        SmtpHandler open(InetAddress client);
    }

    /** Whether this client needs neither AUTH nor TLS. */
    boolean trusted();

    /** Whether AUTH is offered at all: between servers it is not. */
    default boolean logins() {
        return true;
    }

    /** What became of a login. */
    sealed interface LoginAnswer {
    }

    /** The connection is this user's from now on. */
    record Granted() implements LoginAnswer {
    }

    /** User and secret don't fit. */
    record Denied() implements LoginAnswer {
    }

    /**
     * Can't be known now; the client must not take its secret for wrong (RFC 4954 §6).
     *
     * @param why for the reply
     */
    record Unavailable(String why) implements LoginAnswer {
    }

    LoginAnswer login(String user, String secret);

    /**
     * A login by token (RFC 7628).
     *
     * @param user  who the client says it is; empty when it does not
     * @param token empty when the client only asks which tokens are taken
     */
    LoginAnswer bearer(String user, String token);

    /** STARTTLS came: who logged in before it is forgotten (RFC 3207 §4.2). */
    void forget();

    /** A 2xx begins the transaction. */
    SmtpReply mail(MailFrom from);

    /** A 2xx adds the recipient. */
    SmtpReply recipient(RcptTo to);

    /** The client may send; at least one recipient was taken. */
    Sink data(Transaction transaction);

    /** Takes the message while it arrives: dots removed, every line ended by CRLF. */
    interface Sink {
        /** The array is reused after the call. */
        void write(byte[] bytes, int offset, int length);

        /** All of it came. A 2xx means that we answer for the message from now on. */
        SmtpReply done();

        /** Refused or broken off; {@link #done} does not follow. */
        void drop();
    }

    /**
     * MAIL, as parsed.
     *
     * @param sender   empty for the null sender
     * @param size     as declared; 0 when it was not
     * @param eightBit BODY=8BITMIME
     * @param ret      FULL, HDRS or empty
     * @param envid    decoded; empty when none
     * @param requireTls REQUIRETLS (RFC 8689)
     */
    record MailFrom(EnvelopeAddress sender, long size, boolean eightBit, boolean utf8, String ret,
            String envid, boolean requireTls) {
    }

    /**
     * RCPT, as parsed.
     *
     * @param dsnNotify in upper case; empty when none
     * @param orcpt  as received; empty when none
     */
    record RcptTo(EnvelopeAddress recipient, String dsnNotify, String orcpt) {
    }

    /**
     * How the message came.
     *
     * @param helo       what the client calls itself: hostile, but printable ASCII without spaces
     * @param extended   it said EHLO
     * @param tls        protocol and cipher suite; empty in clear
     */
    record Transaction(String helo, boolean extended, boolean authenticated, String tls,
            MailFrom from, List<RcptTo> recipients) {
        public Transaction {
            recipients = List.copyOf(recipients);
        }
    }
}
