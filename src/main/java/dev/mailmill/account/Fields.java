package dev.mailmill.account;

import dev.mailmill.http.Problem;
import dev.mailmill.http.Problem.FieldError;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The members of a small JSON object, read one by one; all that is wrong with it is said at once, by
 * {@link #end}. A member that nobody knows is an error: it is most often a typing mistake.
 */
public final class Fields {
    private static final int WORDS_MAX = 20;

    private final JsonNode body;
    private final List<FieldError> errors = new ArrayList<>();

    public Fields(JsonNode body, String... known) {
        this.body = body;
        if (!body.isObject()) {
            errors.add(new FieldError("", "must be a JSON object"));
            return;
        }
        Set<String> names = Set.of(known);
        for (String name : body.propertyNames()) {
            if (!names.contains(name)) {
                errors.add(new FieldError(pointer(name),
                        "is not known; known are " + String.join(", ", known)));
            }
        }
    }

    /** Text of at most so many characters, none of them a control; empty when absent or wrong. */
    public String text(String name, int max) {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString() || value.stringValue().length() > max
                || value.stringValue().codePoints().anyMatch(Character::isISOControl)) {
            return wrong(name, "must be a text of at most " + max
                    + " characters without control characters");
        }
        return value.stringValue();
    }

    /** As {@link #text}, but it has to be there. */
    public String needed(String name, int max) {
        int before = errors.size();
        String text = text(name, max);
        return text.isEmpty() && errors.size() == before ? wrong(name, "is needed") : text;
    }

    /** False when absent or wrong. */
    public boolean flag(String name) {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            wrong(name, "must be true or false");
            return false;
        }
        return value.booleanValue();
    }

    /** A list of the allowed words; the fallback when absent. */
    public Set<String> words(String name, Set<String> allowed, Set<String> fallback) {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        Set<String> words = new LinkedHashSet<>();
        if (value.isArray() && value.size() <= WORDS_MAX) {
            value.forEach(v -> words.add(v.isString() ? v.stringValue() : ""));
        }
        if (words.isEmpty() || !allowed.containsAll(words)) {
            wrong(name, "must be a list of some of: "
                    + String.join(", ", allowed.stream().sorted().toList()));
            return fallback;
        }
        return words;
    }

    /** One of the allowed words; the fallback when absent. */
    public String word(String name, List<String> allowed, String fallback) {
        String text = text(name, 100);
        if (text.isEmpty()) {
            return fallback;
        }
        if (!allowed.contains(text)) {
            wrong(name, "must be one of: " + String.join(", ", allowed));
            return fallback;
        }
        return text;
    }

    /** Adds an error; answers the empty text, which stands for "none". */
    public String wrong(String name, String detail) {
        errors.add(new FieldError(pointer(name), detail));
        return "";
    }

    /** @throws Problem 422 when anything was wrong */
    public void end() {
        if (!errors.isEmpty()) {
            FieldError first = errors.getFirst();
            String at = first.pointer().isEmpty() ? "the body" : first.pointer();
            throw new Problem(422, "invalid-request", "Some fields are wrong",
                    at + " " + first.detail(), errors, Map.of());
        }
    }

    /** RFC 6901 §3. */
    private static String pointer(String name) {
        String cut = name.length() > 100 ? name.substring(0, 100) : name;
        return "/" + cut.replace("~", "~0").replace("/", "~1");
    }
}
