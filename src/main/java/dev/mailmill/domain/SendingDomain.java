package dev.mailmill.domain;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A domain that a tenant sends from, or wants to.
 *
 * @param name      lower-case A-label, without a final dot
 * @param bounces   the label of its return path
 * @param challenge what the ownership row has to say
 * @param proven    when it became the tenant's
 * @param keys      in the order in which they were made
 */
public record SendingDomain(long id, long tenant, String name, String bounces, Standing standing,
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
     * @param since     when it came into this use; the epoch where that was not written down
     */
    public record Key(long id, String selector, DkimAlgorithm algorithm, String publicKey,
            String use, Instant since) {
        static final String NEW = "new";
        static final String ACTIVE = "active";
        static final String RETIRED = "retired";
        /** How long what it signed may still be on its way, and be verified again on the next. */
        static final Duration STAYS = Duration.ofDays(14);

        boolean active() {
            return use.equals(ACTIVE);
        }

        boolean fresh() {
            return use.equals(NEW);
        }

        /** Whether its row has to be there. */
        boolean published(Instant now) {
            return !use.equals(RETIRED) || since.plus(STAYS).isAfter(now);
        }
    }

    /** Where its bounces come back. */
    public String returnPath() {
        return bounces + "." + name;
    }

    /** Where links in its mail stand, when its row is published. */
    public String linkHost() {
        return DnsRows.TRACK + name;
    }

    /** Whether the tenant may send from it. */
    public boolean owned() {
        return switch (standing) {
            case PENDING -> false;
            case PROVEN, TRUSTED -> true;
        };
    }
}
