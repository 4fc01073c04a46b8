package dev.mailmill.smtp;

/** A server that has picked up; nothing was said yet. One thread. */
public final class SmtpClientCall {
    private final SmtpClientTarget target;
    private final SmtpClientSource source;
    private final SmtpClientWire wire;
    private final SmtpClientTranscript transcript;

    SmtpClientCall(SmtpClientTarget target, SmtpClientSource source, SmtpClientWire wire,
            SmtpClientTranscript transcript) {
        this.target = target;
        this.source = source;
        this.wire = wire;
        this.transcript = transcript;
    }

    /** Which address it was. */
    public SmtpClientTarget target() {
        return target;
    }

    SmtpClientSource source() {
        return source;
    }

    SmtpClientWire wire() {
        return wire;
    }

    SmtpClientTranscript transcript() {
        return transcript;
    }
}
