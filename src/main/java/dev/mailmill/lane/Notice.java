package dev.mailmill.lane;

import java.time.Instant;

/**
 * An event that is no delivery's, for who runs the server.
 *
 * @param kind   {@code source_unhealthy}, {@code source_healthy}, {@code domain_unhealthy}, {@code
 *               domain_healthy}, {@code rules_changed}, or {@code stream_…} and {@code
 *               credential_…} of what was contained
 * @param source whose health it is; empty for the machine's own, and where it is nobody's
 * @param about  an address, a domain, a stream's name or a credential's id; empty where it is
 *               nobody's
 * @param check  as {@link Health.Finding} names it, or empty
 * @param state  what it is now, or empty
 */
public record Notice(long id, Instant at, String kind, String source, String about, String check,
        String state, String words) {
}
