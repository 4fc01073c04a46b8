package dev.mailmill.mime;

/** The text is not what it should be; the message says what is wrong, in words for its author. */
public final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    public Malformed(String message) {
        // Expected and frequent under attack: no stack trace to pay for.
        super(message, null, false, false);
    }
}
