package dev.mailmill.http;

import java.util.Optional;
import java.util.function.Function;

/** Shows a problem to a person: asked where a browser asks for a page, and not for {@code /v1}. */
@FunctionalInterface
public interface ProblemPages {
    /**
     * A page in the language of who asked.
     *
     * @param cookies   the request's, by name
     * @param languages its Accept-Language; empty for none
     */
    Answer page(Problem problem, String requestId, Function<String, Optional<String>> cookies,
            String languages);
}
