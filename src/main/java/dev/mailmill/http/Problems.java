package dev.mailmill.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Problems as RFC 9457 writes them. */
final class Problems {
    private static final String TYPE = "application/problem+json";

    private Problems() {
    }

    /** @param requestId empty when there was no request to name */
    static Answer answer(Problem problem, String requestId) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("type", "/errors/" + problem.slug());
        node.put("title", problem.title());
        node.put("status", problem.status());
        node.put("detail", problem.getMessage());
        if (!requestId.isEmpty()) {
            node.put("request_id", requestId);
        }
        if (!problem.errors().isEmpty()) {
            ArrayNode errors = node.putArray("errors");
            for (Problem.FieldError error : problem.errors()) {
                errors.addObject().put("pointer", error.pointer()).put("detail", error.detail());
            }
        }
        return new Answer(problem.status(), TYPE, problem.headers(),
                node.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** What the server under us found: it gives a status and nothing that may be repeated. */
    static Problem of(int status) {
        ProblemType type = ProblemType.of(status);
        String detail = switch (type) {
            case TOO_LARGE -> "The body is over the largest limit of any path.";
            case URL_TOO_LONG -> "The request line is too long; use a body.";
            case HEADERS_TOO_LARGE -> "The header fields are too many or too long.";
            case TIMEOUT -> "The body stopped or came too slowly.";
            case BUSY, STORE_DOWN, STORE_FULL, MAYBE_KEPT ->
                    "Too many requests run at once; try again.";
            default -> "The request line, a header field or the body's framing breaks RFC 9112.";
        };
        return new Problem(status, type.slug(), type.title(), detail);
    }

    static Problem unauthenticated(String detail) {
        ProblemType type = ProblemType.UNAUTHENTICATED;
        return new Problem(type.status(), type.slug(), type.title(), detail, List.of(),
                Map.of("WWW-Authenticate", "Bearer realm=\"mailmill\""));
    }

    static Problem defect(String id) {
        return ProblemType.INTERNAL.problem("This is a defect of the server, which "
                + "has written it down as " + id + ". Nothing is known to be kept.");
    }
}
