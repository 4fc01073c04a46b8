package dev.mailmill.lane;

import java.util.List;
import java.util.function.Supplier;

/** All receivers that the rules know. Immutable; a change makes another. */
interface Receivers {
    /** The name of the provider of all that nobody names. */
    String OTHER = "other";

    /** Whose these MX hosts or this domain is; {@link #OTHER} when nobody's. */
    Provider of(List<String> mxHosts, String domain);

    /** By name; {@link #OTHER} when there is none. */
    Provider named(String name);

    /** The same for one road, by its key: some may be on trial. */
    default Provider named(String name, String road) {
        return named(name);
    }

    /** Whether a road holds to rules that are not everybody's yet. */
    default boolean tries(String road) {
        return false;
    }

    /** The rules as they are now. */
    interface Current extends Supplier<Receivers> {
    }
}
