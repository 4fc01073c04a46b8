package dev.mailmill.http;

import java.util.function.Predicate;

/**
 * Where features put their routes. A path has literal segments and {@code {name}} for one segment.
 * Routes are for callers with the scope; {@link #open} ones are for everybody.
 */
public interface Router {
    /** @param scope that the caller's key must have, e.g. {@code read} */
    Router get(String path, String scope, Action action);

    Router post(String path, String scope, Action action);

    /** @param bodyBytesMax in place of {@link WebLimits#bodyBytesMax} */
    Router post(String path, String scope, int bodyBytesMax, Action action);

    /** Changes what the body names, and nothing else. */
    Router patch(String path, String scope, Action action);

    Router delete(String path, String scope, Action action);

    /** A GET without a key: health, metrics, descriptions. */
    Router open(String path, Action action);

    /** A POST without a key: a page's form, or what programs ask before they have one. */
    Router openPost(String path, int bodyBytesMax, Action action);

    /** Requests for such a host find only paths that begin so, of all who say this. */
    Router only(String prefix, Predicate<String> host);

    /** Answers one request, blocking on a virtual thread. */
    @FunctionalInterface
    interface Action {
        /** @throws Problem for what the client did or must wait for */
        Answer answer(Exchange exchange);
    }
}
