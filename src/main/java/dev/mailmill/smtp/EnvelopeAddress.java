package dev.mailmill.smtp;

/**
 * An address of MAIL or RCPT that {@link PathParser} accepted.
 *
 * @param address as the client wrote it, without a source route
 * @param domain  in lower case, as A-labels; an address literal keeps its brackets
 */
public record EnvelopeAddress(String address, String domain) {
    /** {@code <>}: nobody wants to hear about it. */
    public static final EnvelopeAddress NULL = new EnvelopeAddress("", "");

    public boolean isNull() {
        return address.isEmpty();
    }

    /** Whether it can be said only with SMTPUTF8 (RFC 6531). */
    boolean needsUtf8() {
        for (int i = 0; i < address.length(); i++) {
            if (address.charAt(i) > 126) {
                return true;
            }
        }
        return false;
    }
}
