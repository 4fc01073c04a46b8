package dev.mailmill.account;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An API key or SMTP login as people may see it: never its secret.
 *
 * @param id     {@code key_…} or {@code smtp_…}; an SMTP login's user name
 * @param name   what its owner calls it, may be empty
 * @param stream the id of its default stream
 * @param hint   the secret's last 4 characters
 * @param bounds what it is kept to
 * @param smtp   what an SMTP login has beside
 */
public record Credential(String id, long tenant, Kind kind, String name, long stream,
        Set<String> scopes, String hint, Instant created, Optional<Instant> revoked,
        Bounds bounds, SmtpTraits smtp) {
    public Credential {
        scopes = Set.copyOf(scopes);
    }

    /** What it opens. */
    public enum Kind {
        API("key_", "mm_"),
        SMTP("smtp_", "mms_");

        private final String idPrefix;
        private final String secretPrefix;

        Kind(String idPrefix, String secretPrefix) {
            this.idPrefix = idPrefix;
            this.secretPrefix = secretPrefix;
        }

        /** {@code api} or {@code smtp}, as stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** How ids of this kind begin. */
        public String idPrefix() {
            return idPrefix;
        }

        /** How secrets of this kind begin, so that scanners of leaked secrets know them. */
        public String secretPrefix() {
            return secretPrefix;
        }

        String secretPrefix(boolean test) {
            return test ? secretPrefix + "test_" : secretPrefix;
        }

        static Kind of(String word) {
            return switch (word) {
                case "api" -> API;
                case "smtp" -> SMTP;
                default -> throw new IllegalArgumentException("no credential is a " + word);
            };
        }
    }

    /** How its secret begins, for people who look at it: a test key is known by sight. */
    public String secretPrefix() {
        return kind.secretPrefix(bounds.test());
    }

    boolean may(String scope) {
        return scopes.contains("*") || scopes.contains(scope);
    }
}
