package dev.mailmill.smtp;

/**
 * A reply as we send it.
 *
 * @param code     three digits
 * @param enhanced RFC 2034's code, of the same class; empty for 3xx
 * @param text     what happened, to what, and what to do; made safe when it is written
 */
public record SmtpReply(int code, String enhanced, String text) {
    public SmtpReply {
        if (code < 200 || code > 599
                || !enhanced.isEmpty() && enhanced.charAt(0) - '0' != code / 100) {
            throw new IllegalArgumentException("no reply: " + code + " " + enhanced);
        }
    }

    /** 2xx. */
    public boolean positive() {
        return code / 100 == 2;
    }
}
