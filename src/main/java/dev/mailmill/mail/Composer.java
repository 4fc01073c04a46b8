package dev.mailmill.mail;

import java.time.Instant;

/** Makes content: once when it is accepted, and again, per peer, when it is sent. */
public interface Composer {
    /** Either a {@link Ready} letter or {@link Unfit} with the reason. */
    sealed interface Preparation {
    }

    record Ready(Letter letter) implements Preparation {
    }

    record Unfit(Refusal refusal) implements Preparation {
    }

    /**
     * The letter that is kept: written from parts, or the raw header cleaned (Received, Message-ID
     * and Date added; Bcc, Return-Path and control fields removed). Pure but for reading the body.
     */
    Preparation prepare(Submission submission, long messageId, Instant accepted);

    /**
     * The final bytes for one peer: re-encoded where the peer can't take it, signed. The same
     * message, delivery and peer always give the same bytes.
     *
     * @throws Uncomposable when it can't be made or signed; the delivery fails, unretried
     */
    Outgoing compose(Message message, Delivery delivery, PeerCapabilities peer)
            throws Uncomposable;

    /**
     * What EHLO offered.
     *
     * @param sizeMax 0 when the peer names no limit
     */
    record PeerCapabilities(boolean eightBitMime, boolean smtpUtf8, long sizeMax, boolean dsn,
            boolean pipelining) {
        /** A peer that can do everything: what capture keeps. */
        public static final PeerCapabilities ALL =
                new PeerCapabilities(true, true, 0, true, true);
    }

    /**
     * @param mailFrom the envelope sender for this copy; empty for the null sender
     * @param rcptTo   the recipient
     * @param head     header fields with CRLF, signature first, without the empty line
     * @param eightBit whether BODY=8BITMIME has to be said
     * @param utf8     whether SMTPUTF8 has to be said
     */
    record Outgoing(String mailFrom, String rcptTo, byte[] head, Body body, boolean eightBit,
            boolean utf8) {
        public long size() {
            return head.length + 2 + body.size();
        }
    }

    /** It can't be made for this peer; the reply says why, with a local 5.6.x or 5.7.x code. */
    final class Uncomposable extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Reply reply;

        public Uncomposable(Reply reply) {
            super(reply.text());
            this.reply = reply;
        }

        public Reply reply() {
            return reply;
        }
    }
}
