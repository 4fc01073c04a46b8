package dev.mailmill.account;

/**
 * The master key is missing, unreadable or not the one that the store was sealed with. The message
 * says what to do; nothing was changed.
 */
public final class MasterKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MasterKeyException(String message) {
        super(message);
    }

    MasterKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
