package dev.mailmill.transit;

/**
 * Who tells domains about TLS with their servers (RFC 8460).
 *
 * @param organization as the report names it
 * @param from         an address of ours; empty where no report is sent
 * @param post         takes reports as mail
 */
public record Reporting(String organization, String from, Post post) {
    /** Hands mail in, as any other. */
    @FunctionalInterface
    public interface Post {
        /**
         * @param head header fields with CRLF, without the empty line
         * @return why it was not taken; empty when it was
         */
        String send(String from, String to, String domain, byte[] head, byte[] body);
    }
}
