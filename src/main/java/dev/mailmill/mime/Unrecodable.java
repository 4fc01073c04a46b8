package dev.mailmill.mime;

/** The body would have to be rewritten for this peer, and must not be or can't safely be. */
public final class Unrecodable extends Exception {
    private static final long serialVersionUID = 1L;

    public Unrecodable(String message) {
        super(message, null, false, false);
    }
}
