package dev.mailmill.http;

import java.util.List;
import java.util.Map;

/**
 * The error catalogue: each kind of problem that the API answers, with its status and title. The
 * slug is the last part of the problem's type ({@code /errors/<slug>}) and never changes.
 */
public enum ProblemType {
    MALFORMED_REQUEST(400, "malformed-request", "The request is not proper HTTP"),
    MALFORMED_JSON(400, "malformed-json", "The body is not proper JSON"),
    UNAUTHENTICATED(401, "unauthenticated", "An API key is needed"),
    MISSING_SCOPE(403, "missing-scope", "The API key may not do this"),
    DOMAIN_NOT_VERIFIED(403, "domain-not-verified", "The sending domain is not verified"),
    MISSING_ROLE(403, "missing-role", "Your role may not do this"),
    FORGED_FORM(403, "forged-form", "Nothing was changed"),
    SUSPENDED(403, "suspended", "Sending is suspended"),
    NOT_FOUND(404, "not-found", "There is no such thing"),
    METHOD_NOT_ALLOWED(405, "method-not-allowed", "The method is not allowed here"),
    TIMEOUT(408, "request-timeout", "The request took too long to arrive"),
    CONFLICT(409, "conflict", "The state does not allow this"),
    NOT_CANCELLABLE(409, "not-cancellable", "Nothing could be cancelled"),
    NOT_HELD(409, "not-held", "Nothing of it is held"),
    NOT_RESENDABLE(409, "not-resendable", "It can't be sent again"),
    KEY_CONFLICT(409, "idempotency-conflict", "The idempotency key was used for another request"),
    GONE(410, "gone", "It is there no more"),
    TOO_LARGE(413, "too-large", "The request is too large"),
    URL_TOO_LONG(414, "url-too-long", "The URL is too long"),
    UNSUPPORTED_MEDIA_TYPE(415, "unsupported-media-type", "The body's type is not supported"),
    INVALID(422, "invalid-request", "Some fields are wrong"),
    TOO_MANY_RECIPIENTS(422, "too-many-recipients", "There are too many recipients"),
    QUOTA_EXCEEDED(429, "quota-exceeded", "The quota is used up"),
    RATE_LIMITED(429, "rate-limited", "Too many requests came at once"),
    TOO_MANY_STREAMS(429, "too-many-streams", "Too many event streams are open"),
    HEADERS_TOO_LARGE(431, "headers-too-large", "The header fields are too large"),
    INTERNAL(500, "internal-error", "Something went wrong on our side"),
    BUSY(503, "busy", "Too much is asked at once"),
    STORE_FULL(503, "store-full", "The disk is nearly full"),
    STORE_DOWN(503, "store-down", "The store can't be reached"),
    MAYBE_KEPT(503, "maybe-kept", "It may have been kept, and it may not");

    private final int status;
    private final String slug;
    private final String title;

    ProblemType(int status, String slug, String title) {
        this.status = status;
        this.slug = slug;
        this.title = title;
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

    /** @param detail what happened, to what, and what to do */
    public Problem problem(String detail) {
        return new Problem(status, slug, title, detail);
    }

    /** With the fields that are to blame. */
    public Problem problem(String detail, List<Problem.FieldError> errors) {
        return new Problem(status, slug, title, detail, errors, Map.of());
    }

    /** One that goes away by itself: says when to come again. */
    public Problem problem(String detail, int retryAfterSeconds) {
        return new Problem(status, slug, title, detail, List.of(),
                Map.of("Retry-After", Integer.toString(retryAfterSeconds)));
    }

    /** The type for a status that somebody else chose; the nearest when there is none. */
    static ProblemType of(int status) {
        for (ProblemType type : values()) {
            if (type.status == status) {
                return type;
            }
        }
        return status >= 500 ? INTERNAL : MALFORMED_REQUEST;
    }
}
