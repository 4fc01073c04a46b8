package dev.mailmill.alert;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Looks at one part of the house. What it throws changes nothing: then it is not known. */
interface Probe {
    /** Of these it tells everything there is: what it leaves out is not there. */
    Set<Rule> rules();

    List<Reading> read(Instant now);

    /** Whether each node looks at its own, whoever has the lease. */
    default boolean everywhere() {
        return false;
    }
}
