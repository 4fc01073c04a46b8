package dev.mailmill.client;

/**
 * The server was not reached, or its answer did not come whole, each time that it was tried. A
 * message may have been accepted: to find out, send it again with the same idempotency key.
 */
public final class ConnectionException extends MailmillException {
    private static final long serialVersionUID = 1;

    ConnectionException(String message, Throwable cause) {
        super(message, cause);
    }
}
