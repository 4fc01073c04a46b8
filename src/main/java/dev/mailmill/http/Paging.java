package dev.mailmill.http;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One page of a list: {@code ?limit=…&after=…}, answered as {@code {"data":[…],"next":…}}.
 *
 * @param limit at most this many
 * @param after the cursor that the page before gave as {@code next}; empty for the first
 */
public record Paging(int limit, Optional<String> after) {
    public static final int LIMIT_DEFAULT = 100;
    public static final int LIMIT_MAX = 1_000;
    private static final int CURSOR_CHARS_MAX = 200;

    /** @throws Problem 422 */
    public static Paging of(Exchange exchange) {
        int limit = exchange.query("limit").map(Paging::limit).orElse(LIMIT_DEFAULT);
        Optional<String> after = exchange.query("after").filter(a -> !a.isEmpty());
        if (after.isPresent() && after.get().length() > CURSOR_CHARS_MAX) {
            throw badCursor();
        }
        return new Paging(limit, after);
    }

    private static int limit(String text) {
        boolean number = !text.isEmpty() && text.length() <= 4
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int limit = number ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > LIMIT_MAX) {
            throw wrong("limit", "must be a number from 1 to " + LIMIT_MAX);
        }
        return limit;
    }

    /** For a cursor that turns out to be none of ours. */
    public static Problem badCursor() {
        return wrong("after", "is no cursor of this list; take it from an answer's next, or leave "
                + "it out to begin at the start");
    }

    /** A query parameter is no part of the body: its pointer has no slash in front. */
    public static Problem wrong(String parameter, String detail) {
        return ProblemType.INVALID.problem("The query parameter " + parameter + " " + detail + ".",
                List.of(new Problem.FieldError("query/" + parameter, detail)));
    }

    /** @param next the cursor of the page after this; empty when this is the last */
    public static Answer answer(List<? extends JsonNode> data, Optional<String> next) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("data").addAll(data);
        node.put("next", next.orElse(null));
        return Answer.json(200, node);
    }
}
