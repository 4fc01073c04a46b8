package dev.mailmill.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/** Requests too broken to have a route: the server finds them, we choose the words. */
final class BrokenRequests implements DirectHandler {
    private BrokenRequests() {
    }

    static DirectHandlers handlers() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        BrokenRequests handler = new BrokenRequests();
        for (EventType type : EventType.values()) {
            builder.addHandler(type, handler);
        }
        return builder.build();
    }

    @Override
    public TransportResponse handle(TransportRequest request, EventType type, Status status,
            ServerResponseHeaders headers, String message) {
        Answer answer = Problems.answer(Problems.of(status.code()), "");
        return TransportResponse.builder()
                .status(Status.create(answer.status()))
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, answer.type())
                .header(HeaderNames.create("X-Content-Type-Options"), "nosniff")
                .keepAlive(false)
                .entity(answer.body())
                .build();
    }
}
