package dev.mailmill.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * What the other mail server said. Its words are a stranger's: escape them where you show them.
 *
 * @param code     empty when nobody replied
 * @param enhanced RFC 3463
 * @param refusal  what a refusal means; empty for what was taken
 * @param tls      how the conversation was protected; empty where none came about
 */
public record Reply(Optional<Integer> code, Optional<String> enhanced, String text,
        Optional<String> host, @JsonProperty("class") Optional<Refusal> refusal,
        Optional<Tls> tls) {
    /**
     * @param name as in {@code mailbox_unknown}; new ones may come
     * @param kind {@code hard}: the address is at fault; {@code soft}: this mailbox or message
     *             today; {@code block}: the sender, as the receiver sees it; {@code transient}:
     *             machines between
     */
    public record Refusal(String name, String kind) {
    }

    /**
     * @param protocol {@code TLSv1.3}; {@code clear} without
     * @param trust    what the certificate was held to: {@code opportunistic}, {@code verified},
     *                 {@code dane} or {@code mta-sts}
     */
    public record Tls(String protocol, Optional<String> trust) {
    }
}
