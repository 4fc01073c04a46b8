package dev.mailmill.smtp;

/** A command's argument is wrong; carries the reply. Expected, so it has no stack trace. */
final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient SmtpReply reply;

    SyntaxException(int code, String enhanced, String text) {
        super(text, null, false, false);
        reply = new SmtpReply(code, enhanced, text);
    }

    SmtpReply reply() {
        return reply;
    }
}
