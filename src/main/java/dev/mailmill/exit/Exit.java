package dev.mailmill.exit;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A way out that the operator has named.
 *
 * @param url       of a service's API in place of its own; empty for that
 * @param region    Amazon's; empty for the others
 * @param account   Mailgun's domain in its paths, else the sender's own; Amazon's configuration
 *                  set; Postmark's message stream
 * @param accessKey Amazon's, which is no secret
 * @param domains   verified there, as A-labels; {@code *} when the operator answers for all
 */
record Exit(String id, String name, Kind kind, String url, String region, String account,
        String accessKey, List<String> domains, Instant created) {
    /** What the configured {@code MAILMILL_DELIVERY} is called in routes. */
    static final String OWN = "own";
    static final String ALL_DOMAINS = "*";

    Exit {
        domains = List.copyOf(domains);
    }

    /** What speaks there. */
    enum Kind {
        MX, SMTP, SENDGRID, POSTMARK, MAILGUN, SES, RESEND;

        /** As stored, and as people say it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Kind> of(String word) {
            for (Kind kind : values()) {
                if (kind.word().equals(word)) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }

        /** Whether it is somebody's HTTP API. */
        boolean api() {
            return this != MX && this != SMTP;
        }
    }

    /**
     * What is kept sealed.
     *
     * @param secret  the API key
     * @param smtp    the provider's relay as {@code smtp://user:password@host:port}
     * @param webhook what its webhooks are proven by: a key, a password, a topic
     */
    record Keys(String secret, String smtp, String webhook) {
        static final Keys NONE = new Keys("", "", "");

        /** Without any of them. */
        @Override
        public String toString() {
            return "keys";
        }
    }

    boolean verified(String domain) {
        return domains.contains(ALL_DOMAINS) || domains.contains(domain);
    }
}
