package dev.mailmill.client;

import java.util.Optional;

/**
 * What the other mail server said. Its words are a stranger's: escape them where you show them.
 *
 * @param code     empty when nobody replied
 * @param enhanced RFC 3463
 */
public record Reply(Optional<Integer> code, Optional<String> enhanced, String text,
        Optional<String> host) {
}
