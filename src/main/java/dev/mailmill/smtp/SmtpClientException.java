package dev.mailmill.smtp;

import java.io.IOException;
import java.util.Optional;

/** The conversation can't go on; the connection is closed. */
public final class SmtpClientException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble. */
    public enum Kind {
        /** No connection came about. */
        UNREACHABLE,
        /** The peer, or the whole conversation, took too long. */
        TIMEOUT,
        /** The peer hung up. */
        LOST,
        /** What the peer said is not SMTP, or too much of it. */
        PROTOCOL,
        /** The handshake failed, or the certificate did where it had to be good. */
        TLS,
        /** The peer said no before mail could be offered; the reply is there. */
        REFUSED,
        /** Our own content breaks the line rules (bare CR or LF) and must not be sent. */
        CONTENT
    }

    private final Kind kind;
    private final SmtpClientStage stage;
    private final transient SmtpClientReply reply;

    SmtpClientException(Kind kind, SmtpClientStage stage, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.stage = stage;
        this.reply = null;
    }

    SmtpClientException(Kind kind, SmtpClientStage stage, SmtpClientReply reply) {
        super("refused while " + stage.doing() + ": " + reply);
        this.kind = kind;
        this.stage = stage;
        this.reply = reply;
    }

    public Kind kind() {
        return kind;
    }

    public SmtpClientStage stage() {
        return stage;
    }

    /** What the peer said, when that is the trouble. */
    public Optional<SmtpClientReply> reply() {
        return Optional.ofNullable(reply);
    }
}
