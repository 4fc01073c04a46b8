package dev.mailmill.client;

import java.io.Serializable;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;

/** What the server refused, in its words (RFC 9457). Nothing of the request was kept. */
public final class ApiException extends MailmillException {
    private static final long serialVersionUID = 1;
    private static final int WORDS_MAX = 300;

    private final Problem problem;
    private final Duration retryAfter;

    /** The body. */
    record Problem(String type, String title, int status, String detail, String requestId,
            List<FieldError> errors) implements Serializable {
        Problem {
            errors = errors == null ? List.of() : List.copyOf(errors);
        }
    }

    private ApiException(Problem problem, Duration retryAfter) {
        super(problem.status() + " " + problem.title()
                + (problem.detail() == null ? "" : ": " + problem.detail())
                + problem.errors().stream().map(e -> "\n  " + e.pointer() + ": " + e.detail())
                        .collect(Collectors.joining()), null);
        this.problem = problem;
        this.retryAfter = retryAfter;
    }

    static ApiException of(HttpResponse<?> answer, byte[] body) {
        return new ApiException(problem(answer.statusCode(), body),
                answer.headers().firstValue("Retry-After").filter(v -> v.matches("[0-9]{1,9}"))
                        .map(Long::valueOf).map(Duration::ofSeconds).orElse(null));
    }

    private static Problem problem(int status, byte[] body) {
        try {
            Problem read = Json.read(body, Problem.class);
            if (read != null && read.type() != null) {
                return read;
            }
        } catch (JacksonException e) {
            // not from Mailmill: a proxy's page
        }
        String words = new String(body, StandardCharsets.UTF_8);
        return new Problem("about:blank", "Not an answer of Mailmill's", status,
                words.substring(0, Math.min(WORDS_MAX, words.length())), null, List.of());
    }

    /** The HTTP status. */
    public int status() {
        return problem.status();
    }

    /** {@code /errors/…}: what a program can look at, for it never changes. */
    public String type() {
        return problem.type();
    }

    /** What kind of error it is, for people. */
    public String title() {
        return problem.title();
    }

    /** What happened, to what, and what to do, for people. */
    public String detail() {
        return problem.detail() == null ? "" : problem.detail();
    }

    /** The fields that are wrong, all of them. */
    public List<FieldError> errors() {
        return problem.errors();
    }

    /** The server's log knows the request by this. */
    public Optional<String> requestId() {
        return Optional.ofNullable(problem.requestId());
    }

    /** When the same request may work; longer than the client was ready to wait. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
