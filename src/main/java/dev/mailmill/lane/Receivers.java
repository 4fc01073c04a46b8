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

    /** The rules as they are now. */
    interface Current extends Supplier<Receivers> {
    }
}
