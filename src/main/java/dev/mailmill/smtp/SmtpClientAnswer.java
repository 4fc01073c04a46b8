package dev.mailmill.smtp;

/**
 * How far a transaction's beginning came.
 *
 * @param stage MAIL or RCPT when that was refused, else DATA; CONTENT when chunks may follow
 * @param reply to that
 */
public record SmtpClientAnswer(SmtpClientStage stage, SmtpClientReply reply) {
    /** The peer waits for content. */
    public boolean go() {
        return stage == SmtpClientStage.DATA && reply.code() / 100 == 3
                || stage == SmtpClientStage.CONTENT;
    }
}
