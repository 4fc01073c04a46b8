package dev.mailmill.http;

import java.util.Optional;

/** Knows exceptions of other packages that are no defects, such as a store that is down. */
@FunctionalInterface
public interface Troubles {
    /** None is known: all exceptions are defects. */
    Troubles NONE = _ -> Optional.empty();

    /** What the client is told; empty for a defect. */
    Optional<Problem> problem(RuntimeException trouble);
}
