package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;

/** Content on its way out, framed as DATA or as BDAT wants it. */
sealed interface SmtpClientContent permits SmtpClientDots, SmtpClientChunks {
    /** Octets of the message so far. */
    long octets();

    /** Whether this many more reach into what ends the message on the peer's side. */
    boolean endsWithin(int more);

    void write(byte[] b, int from, int length) throws SmtpClientException;

    /** Puts the end into the buffer; the message is whole for the peer once that is flushed. */
    void end() throws SmtpClientException;

    /** A bare CR or LF: each smuggled message in the wild began with one. */
    static SmtpClientException bare(SmtpClientWire wire, String what) {
        wire.kill();
        return new SmtpClientException(Kind.CONTENT, SmtpClientStage.CONTENT,
                "the message has a bare " + what + " and can't be sent", null);
    }
}
