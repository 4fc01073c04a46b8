package dev.mailmill.domain;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A domain that a tenant sends from, or wants to.
 *
 * @param name      lower-case A-label, without a final dot
 * @param challenge what the ownership row has to say
 * @param proven    when it became the tenant's
 * @param keys      in the order in which they were made
 */
public record SendingDomain(long id, long tenant, String name, Standing standing,
        String challenge, Instant created, Optional<Instant> proven, List<Key> keys) {
    public SendingDomain {
        keys = List.copyOf(keys);
    }

    /** Whether it is the tenant's. */
    public enum Standing {
        /** Asked for; anybody may. */
        PENDING,
        /** DNS said so. */
        PROVEN,
        /** The operator said so. */
        TRUSTED;

        /** As stored and shown. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Standing of(String word) {
            return switch (word) {
                case "pending" -> PENDING;
                case "proven" -> PROVEN;
                case "trusted" -> TRUSTED;
                default -> throw new IllegalArgumentException("no domain is " + word);
            };
        }
    }

    /**
     * A DKIM key without its private half.
     *
     * @param publicKey what {@code p=} says
     * @param use       {@code new} until it was seen in DNS, {@code active}, {@code retired}
     */
    public record Key(long id, String selector, DkimAlgorithm algorithm, String publicKey,
            String use) {
        static final String NEW = "new";
        static final String ACTIVE = "active";

        boolean active() {
            return use.equals(ACTIVE);
        }

        boolean fresh() {
            return use.equals(NEW);
        }
    }

    /** Whether the tenant may send from it. */
    public boolean owned() {
        return switch (standing) {
            case PENDING -> false;
            case PROVEN, TRUSTED -> true;
        };
    }
}
