package dev.mailmill.http;

import java.util.List;
import java.util.Map;

/**
 * An error as RFC 9457 has it. Thrown by an action, answered as {@code application/problem+json}.
 * The type is the path of its page in the error catalogue: {@code /errors/<slug>}.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String slug;
    private final String title;
    private final transient List<FieldError> errors;
    private final transient Map<String, String> headers;

    /**
     * @param slug   last part of the type, stable: {@code invalid-request}
     * @param title  the same for each problem of the type
     * @param detail what happened here and what to do
     */
    public Problem(int status, String slug, String title, String detail, List<FieldError> errors,
            Map<String, String> headers) {
        super(detail);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.errors = List.copyOf(errors);
        this.headers = Map.copyOf(headers);
    }

    public Problem(int status, String slug, String title, String detail) {
        this(status, slug, title, detail, List.of(), Map.of());
    }

    /** @param pointer a JSON pointer (RFC 6901) to the field; {@code ""} for the whole body */
    public record FieldError(String pointer, String detail) {
    }

    public int status() {
        return status;
    }

    public String slug() {
        return slug;
    }

    public String title() {
        return title;
    }

    public List<FieldError> errors() {
        return errors;
    }

    /** Extra headers, e.g. Retry-After. */
    public Map<String, String> headers() {
        return headers;
    }
}
