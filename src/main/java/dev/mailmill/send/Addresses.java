package dev.mailmill.send;

import java.util.Optional;

/**
 * Reads one mailbox: {@code a@example.com} or {@code Ann <a@example.com>}. Strict: no comments, no
 * groups, no second address, no control characters. {@code app} binds the reader of {@code mime}.
 */
@FunctionalInterface
public interface Addresses {
    /** Empty when the text is not exactly one mailbox. */
    Optional<Parsed> read(String text);

    /**
     * @param name    decoded display name; empty when there is none
     * @param address the addr-spec, as it is used in headers and RCPT TO
     * @param domain  lower-case A-label
     */
    record Parsed(String name, String address, String domain) {
    }
}
