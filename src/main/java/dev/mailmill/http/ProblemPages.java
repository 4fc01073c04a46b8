package dev.mailmill.http;

/** Shows a problem to a person: asked where a browser asks for a page, and not for {@code /v1}. */
@FunctionalInterface
public interface ProblemPages {
    Answer page(Problem problem, String requestId);
}
