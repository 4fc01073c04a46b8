package dev.mailmill.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads the fields of a JSON object and remembers all that is wrong with them, so that a client
 * learns everything at once. A field that is absent, null or wrong reads as empty; {@link #done}
 * throws what was found, unknown fields included, and must be called once, on the root, before the
 * values are used.
 *
 * <pre>{@code
 * Fields in = Fields.of(exchange.json());
 * String name = in.needText("name", 100);
 * List<Fields> rows = in.objects("rows", 50);
 * in.done();
 * }</pre>
 */
public final class Fields {
    /** More would tell nobody anything. */
    static final int ERRORS_MAX = 100;

    private final String pointer;
    private final JsonNode node;
    private final List<Problem.FieldError> errors;
    private final String unsaid;
    private final List<Fields> inner = new ArrayList<>();
    private final Set<String> known = new LinkedHashSet<>();

    /** @param unsaid a name that is left out of pointers; empty for none */
    private Fields(String pointer, JsonNode node, List<Problem.FieldError> errors,
            String unsaid) {
        this.pointer = pointer;
        this.node = node;
        this.errors = errors;
        this.unsaid = unsaid;
    }

    /** @throws Problem 422 when the body is no object */
    public static Fields of(JsonNode body) {
        return of(body, "");
    }

    /** @param pointer where the object lies in the body */
    public static Fields of(JsonNode node, String pointer) {
        if (!node.isObject()) {
            throw invalid(List.of(new Problem.FieldError(pointer, "must be an object")));
        }
        return new Fields(pointer, node, new ArrayList<>(), "");
    }

    /**
     * A body that is a list, read as an object that has it under a name of ours; pointers leave the
     * name out.
     */
    public static Fields ofList(JsonNode list, String name) {
        JsonNode wrapped = JsonNodeFactory.instance.objectNode().set(name, list);
        return new Fields("", wrapped, new ArrayList<>(), name);
    }

    /** The value itself, for shapes of one's own; empty when absent or null. */
    public Optional<JsonNode> value(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    public Optional<String> text(String name, int charsMax) {
        return value(name).flatMap(v -> text(v, at(name), charsMax));
    }

    /** A text that must be there and not be empty. */
    public String needText(String name, int charsMax) {
        Optional<JsonNode> value = value(name);
        if (value.isEmpty() || value.get().isString() && value.get().stringValue().isEmpty()) {
            wrong(name, "is required");
            return "";
        }
        return text(value.get(), at(name), charsMax).orElse("");
    }

    private Optional<String> text(JsonNode value, String where, int charsMax) {
        if (!value.isString()) {
            add(where, "must be a string");
            return Optional.empty();
        }
        if (value.stringValue().length() > charsMax) {
            add(where, "is over " + charsMax + " characters");
            return Optional.empty();
        }
        return Optional.of(value.stringValue());
    }

    public OptionalLong whole(String name, long min, long max) {
        Optional<JsonNode> value = value(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        boolean fits = value.get().isIntegralNumber() && value.get().longValue() >= min
                && value.get().longValue() <= max;
        if (!fits) {
            wrong(name, "must be a whole number from " + min + " to " + max);
            return OptionalLong.empty();
        }
        return OptionalLong.of(value.get().longValue());
    }

    public boolean flag(String name, boolean otherwise) {
        Optional<JsonNode> value = value(name);
        if (value.isPresent() && !value.get().isBoolean()) {
            wrong(name, "must be true or false");
            return otherwise;
        }
        return value.map(JsonNode::booleanValue).orElse(otherwise);
    }

    /** A list of texts. */
    public List<String> texts(String name, int countMax, int charsMax) {
        List<String> texts = new ArrayList<>();
        List<JsonNode> values = list(name, countMax);
        for (int i = 0; i < values.size(); i++) {
            text(values.get(i), at(name) + "/" + i, charsMax).ifPresent(texts::add);
        }
        return texts;
    }

    /** An object whose values are texts, in its order. */
    public Map<String, String> pairs(String name, int countMax, int nameCharsMax,
            int valueCharsMax) {
        Map<String, String> pairs = new LinkedHashMap<>();
        Optional<JsonNode> value = value(name);
        if (value.isEmpty()) {
            return pairs;
        }
        if (!value.get().isObject()) {
            wrong(name, "must be an object of strings");
            return pairs;
        }
        if (value.get().size() > countMax) {
            wrong(name, "has more than " + countMax + " entries");
            return pairs;
        }
        value.get().properties().forEach(e -> {
            String where = at(name) + "/" + escape(e.getKey());
            if (e.getKey().isEmpty() || e.getKey().length() > nameCharsMax) {
                add(where, "the name must have 1 to " + nameCharsMax + " characters");
            }
            text(e.getValue(), where, valueCharsMax).ifPresent(t -> pairs.put(e.getKey(), t));
        });
        return pairs;
    }

    /** A list of objects; those that are none are left out. */
    public List<Fields> objects(String name, int countMax) {
        List<Fields> found = new ArrayList<>();
        List<JsonNode> values = list(name, countMax);
        for (int i = 0; i < values.size(); i++) {
            object(values.get(i), name + "/" + i).ifPresent(found::add);
        }
        return found;
    }

    /** A value met inside this object, read as an object of its own. */
    public Optional<Fields> object(JsonNode value, String path) {
        if (!value.isObject()) {
            add(at(path), "must be an object");
            return Optional.empty();
        }
        Fields fields = new Fields(at(path), value, errors, "");
        inner.add(fields);
        return Optional.of(fields);
    }

    private List<JsonNode> list(String name, int countMax) {
        Optional<JsonNode> value = value(name);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!value.get().isArray()) {
            wrong(name, "must be a list");
            return List.of();
        }
        if (value.get().size() > countMax) {
            wrong(name, "has more than " + countMax + " entries");
            return List.of();
        }
        return List.copyOf(value.get().values());
    }

    /** Notes an error of one's own. @param path of a field, from here: {@code to/0} */
    public void wrong(String path, String detail) {
        add(at(path), detail);
    }

    /** Where a field of this object lies in the body. */
    public String at(String path) {
        if (path.isEmpty()) {
            return pointer;
        }
        boolean leaveOut = !unsaid.isEmpty() && path.startsWith(unsaid);
        return pointer + (leaveOut ? path.substring(unsaid.length()) : "/" + path);
    }

    private void add(String where, String detail) {
        if (errors.size() < ERRORS_MAX) {
            errors.add(new Problem.FieldError(where, detail));
        }
    }

    /** @throws Problem 422 with all errors */
    public void done() {
        unknown();
        if (!errors.isEmpty()) {
            throw invalid(errors);
        }
    }

    private void unknown() {
        for (String name : node.propertyNames()) {
            if (errors.size() >= ERRORS_MAX) {
                // a body of a million names would have us compare letters for minutes
                return;
            }
            if (!known.contains(name)) {
                wrong(escape(name), "is unknown" + nearest(name));
            }
        }
        inner.forEach(Fields::unknown);
    }

    private String nearest(String name) {
        return near(name, known).map(best -> "; did you mean " + best + "?")
                .orElse("; known here: " + String.join(", ", known));
    }

    /** What a word that nobody knows was likely meant for. */
    public static Optional<String> near(String word, Collection<String> known) {
        String best = "";
        int least = Math.max(2, word.length() / 3) + 1;
        for (String candidate : known) {
            int distance = word.length() > 100 ? least : Spelling.distance(word, candidate);
            if (distance < least) {
                best = candidate;
                least = distance;
            }
        }
        return Optional.of(best).filter(b -> !b.isEmpty());
    }

    /** A name as a reference token of a pointer (RFC 6901 §3). */
    public static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static Problem invalid(List<Problem.FieldError> errors) {
        Problem.FieldError first = errors.getFirst();
        String where = first.pointer().isEmpty() ? "The body" : first.pointer();
        String more = errors.size() == 1 ? "." : "; errors lists all " + errors.size() + ".";
        return ProblemType.INVALID.problem(where + " " + first.detail() + more, errors);
    }
}
