package dev.mailmill.smtp;

/** What the client was doing, in the order in which an attempt does it. */
public enum SmtpClientStage {
    CONNECT("connecting"), BANNER("waiting for the greeting"), EHLO("saying EHLO"),
    STARTTLS("asking for STARTTLS"), TLS("negotiating TLS"), AUTH("logging in"),
    RSET("saying RSET"), MAIL("saying MAIL FROM"), RCPT("saying RCPT TO"), DATA("saying DATA"),
    CONTENT("sending the content"), DOT("waiting for the reply to the final dot"),
    QUIT("saying QUIT");

    private final String doing;

    SmtpClientStage(String doing) {
        this.doing = doing;
    }

    /** For a sentence: "while …". */
    public String doing() {
        return doing;
    }

    /** Whether the peer may own the message when the line dies here (RFC 1047). */
    public boolean afterDot() {
        return this == DOT;
    }
}
