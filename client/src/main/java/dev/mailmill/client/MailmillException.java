package dev.mailmill.client;

/** A call that did not work: the server refused it, or was not reached. */
public abstract sealed class MailmillException extends RuntimeException
        permits ApiException, ConnectionException {
    private static final long serialVersionUID = 1;

    MailmillException(String message, Throwable cause) {
        super(message, cause);
    }
}
