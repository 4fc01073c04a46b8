package dev.mailmill.meter;

import java.util.List;

/**
 * How an organisation stands.
 *
 * @param domain       that was asked for
 * @param organisation the domain that receivers count by
 * @param trouble      why it may be another; empty for nothing
 * @param everybody    whether all accounts' mail is counted, or the asking one's only
 * @param volumes      by provider, also those without mail
 */
public record Compliance(String domain, String organisation, String trouble, boolean everybody,
        List<Volume> volumes, List<Requirement> requirements) {
    public Compliance {
        volumes = List.copyOf(volumes);
        requirements = List.copyOf(requirements);
    }

    /** How many stand so. */
    public long count(Colour colour) {
        return requirements.stream().filter(r -> r.colour() == colour).count();
    }

    /** {@code bulk}, {@code near} or {@code ordinary}. */
    public String standing() {
        return volumes.stream().anyMatch(v -> v.bulk().isPresent()) ? "bulk"
                : volumes.stream().anyMatch(Volume::near) ? "near" : "ordinary";
    }
}
