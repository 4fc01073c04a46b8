package dev.mailmill.submit;

import dev.mailmill.smtp.SmtpReply;

/** Carries the reply out of the reading of orders; caught in {@link SubmitHandler} alone. */
final class WrongOrder extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient SmtpReply reply;

    private WrongOrder(String enhanced, String text) {
        super(text, null, false, false);
        this.reply = new SmtpReply(550, enhanced, text);
    }

    /** @param field its name, as documented: never as the client wrote it */
    static WrongOrder unreadable(String field, String what) {
        return new WrongOrder("5.6.0", field + ": " + what);
    }

    static WrongOrder forbidden(String field, String what) {
        return new WrongOrder("5.7.1", field + ": " + what);
    }

    SmtpReply reply() {
        return reply;
    }
}
