package dev.mailmill.client;

import java.util.Optional;

/**
 * What the other mail server said. Its words are a stranger's: escape them where you show them.
 *
 * @param code     empty when nobody replied
 * @param enhanced RFC 3463
 * @param tls      how the conversation was protected; empty where none came about
 */
public record Reply(Optional<Integer> code, Optional<String> enhanced, String text,
        Optional<String> host, Optional<Tls> tls) {
    /**
     * @param protocol {@code TLSv1.3}; {@code clear} without
     * @param trust    what the certificate was held to: {@code opportunistic}, {@code verified},
     *                 {@code dane} or {@code mta-sts}
     */
    public record Tls(String protocol, Optional<String> trust) {
    }
}
