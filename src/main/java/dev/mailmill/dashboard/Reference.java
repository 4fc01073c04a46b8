package dev.mailmill.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API's description as people read it: made once, from the document that programs read. */
final class Reference {
    private static final String JSON = "application/json";
    private static final String DOCUMENT = "/openapi/mailmill.json";
    /** Of what an object holds, in a table. */
    private static final int DEPTH_MAX = 3;
    /** In the order in which they are shown: what is made before what is made of it. */
    private static final List<String> METHODS = List.of("post", "get", "put", "patch", "delete");

    private final JsonNode document;
    private final List<Group> groups;

    private Reference(JsonNode document) {
        this.document = document;
        Map<String, List<Operation>> byTag = new LinkedHashMap<>();
        document.path("tags").forEach(t -> byTag.put(t.path("name").asString(),
                new ArrayList<>()));
        document.path("paths").properties().forEach(path -> METHODS.forEach(method -> {
            JsonNode found = path.getValue().path(method);
            if (found.has("operationId")) {
                byTag.get(found.at("/tags/0").asString()).add(operation(path.getKey(), method,
                        found, path.getValue().path("parameters")));
            }
        }));
        this.groups = document.path("tags").valueStream().map(t -> new Group(
                t.path("name").asString(), t.path("description").asString(),
                List.copyOf(byTag.get(t.path("name").asString())))).toList();
    }

    /** Of the document in the jar. */
    static Reference read() {
        try (InputStream in = Reference.class.getResourceAsStream(DOCUMENT)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + DOCUMENT);
            }
            return new Reference(new JsonMapper().readTree(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Operations of one kind. */
    record Group(String name, String words, List<Operation> operations) {
    }

    /**
     * @param scope   that a key needs; empty for everybody
     * @param before  lines of a shell that find what the path names; empty for none
     * @param kind    of the example's content
     * @param example body to send; empty for none
     * @param answer  what the good answer holds; empty where it is no JSON
     */
    record Operation(String id, String method, String path, String summary, String words,
            String scope, List<Field> parameters, List<Field> body, int good, String goodWords,
            List<Field> answer, List<Bad> bad, String before, String kind,
            String example, boolean idempotent) {
        /** Pasted into a shell that has the key in KEY, it works. */
        String curl(String base) {
            StringBuilder curl = new StringBuilder();
            String url = base.substring(0, base.length() - 1);
            if (!before.isEmpty()) {
                curl.append(before.replace("$URL", url)).append('\n');
            }
            curl.append("curl -sS");
            if (!method.equals("get")) {
                curl.append(" -X ").append(method.toUpperCase(Locale.ROOT));
            }
            curl.append(" \"").append(url).append(path.replaceAll("\\{[a-z]+}", "\\$ID"))
                    .append('"');
            if (!scope.isEmpty()) {
                curl.append(" \\\n  -H \"Authorization: Bearer $KEY\"");
            }
            if (!example.isEmpty()) {
                curl.append(" \\\n  -H \"Content-Type: ").append(kind)
                        .append(kind.equals(JSON) ? "\" \\\n  -d '"
                                : "\" \\\n  --data-binary '").append(example).append('\'');
            }
            return curl.toString();
        }
    }

    /** One row of a table. */
    record Field(String name, String type, boolean needed, String words) {
    }

    /** An answer that is none of the good ones. */
    record Bad(String status, String words) {
    }

    List<Group> groups() {
        return groups;
    }

    private Operation operation(String path, String method, JsonNode found, JsonNode shared) {
        List<Field> parameters = new ArrayList<>();
        boolean idempotent = false;
        for (JsonNode list : List.of(shared, found.path("parameters"))) {
            for (JsonNode one : list) {
                JsonNode p = resolved(one);
                idempotent |= p.path("name").asString().equals("Idempotency-Key");
                parameters.add(new Field(p.path("name").asString(), p.path("in").asString() + ", "
                        + type(p.path("schema")), p.path("required").asBoolean(false),
                        words(p, p.path("schema"))));
            }
        }
        JsonNode body = found.at("/requestBody/content/application~1json");
        List<Field> fields = new ArrayList<>();
        if (!body.isMissingNode()) {
            fields(body.path("schema"), "", 1, fields);
        }
        Map.Entry<String, JsonNode> good = found.path("responses").properties().stream()
                .filter(r -> r.getKey().startsWith("2")).findFirst().orElseThrow();
        List<Field> answer = new ArrayList<>();
        JsonNode json = good.getValue().at("/content/application~1json/schema");
        if (!json.isMissingNode()) {
            fields(json, "", 1, answer);
        }
        List<Bad> bad = found.path("responses").properties().stream()
                .filter(r -> !r.getKey().startsWith("2"))
                .map(r -> new Bad(r.getKey(),
                        resolved(r.getValue()).path("description").asString(""))).toList();
        Optional<Map.Entry<String, JsonNode>> sent = found.at("/requestBody/content").properties()
                .stream().filter(c -> c.getValue().has("example")).findFirst();
        return new Operation(found.path("operationId").asString(), method, path,
                found.path("summary").asString(), found.path("description").asString(""),
                found.at("/security/0/key/0").asString(""), List.copyOf(parameters),
                List.copyOf(fields), Integer.parseInt(good.getKey()),
                good.getValue().path("description").asString(""), List.copyOf(answer), bad,
                found.path("x-example-before").asString(""),
                sent.map(Map.Entry::getKey).orElse(JSON), sent.map(s -> s.getKey().equals(JSON)
                        ? s.getValue().path("example").toString()
                        : s.getValue().path("example").asString()).orElse(""), idempotent);
    }

    /** What an object holds, and what is in that, with the way there in the name. */
    private void fields(JsonNode schema, String at, int depth, List<Field> into) {
        JsonNode node = one(schema);
        if (isList(node)) {
            fields(node.path("items"), at.isEmpty() ? "[]." : at, depth, into);
            return;
        }
        List<String> needed = node.path("required").valueStream().map(JsonNode::asString)
                .toList();
        node.path("properties").properties().forEach(p -> {
            into.add(new Field(at + p.getKey(), type(p.getValue()), needed.contains(p.getKey()),
                    words(p.getValue(), one(p.getValue()))));
            JsonNode inner = one(p.getValue());
            boolean list = isList(inner);
            if (depth < DEPTH_MAX) {
                fields(list ? inner.path("items") : inner, at + p.getKey() + (list ? "[]." : "."),
                        depth + 1, into);
            }
        });
    }

    private static boolean isList(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? type.valueStream().anyMatch(t -> t.asString().equals("array"))
                : type.asString("").equals("array");
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asString().substring(1)) : node;
    }

    /** Of alternatives, the first that is something; of references, where they lead. */
    private JsonNode one(JsonNode schema) {
        JsonNode node = resolved(schema);
        for (String way : List.of("anyOf", "oneOf")) {
            Optional<JsonNode> first = node.has("properties") ? Optional.empty()
                    : node.path(way).valueStream()
                            .filter(n -> !n.path("type").asString("").equals("null")).findFirst();
            if (first.isPresent()) {
                return one(first.get());
            }
        }
        return node;
    }

    private String type(JsonNode schema) {
        JsonNode node = resolved(schema);
        for (String way : List.of("anyOf", "oneOf")) {
            if (!node.has("properties") && node.path(way).size() > 0) {
                List<String> all = node.path(way).valueStream().map(this::type).distinct()
                        .filter(t -> !t.equals("null")).toList();
                return String.join(" or ", all);
            }
        }
        if (node.has("const")) {
            return node.path("const").asString();
        }
        if (node.has("enum")) {
            return node.path("enum").valueStream().filter(v -> !v.isNull())
                    .map(JsonNode::asString).collect(Collectors.joining(", "));
        }
        JsonNode type = node.path("type");
        return type.isArray() ? type.valueStream().map(JsonNode::asString)
                .filter(t -> !t.equals("null")).map(t -> word(t, node))
                .collect(Collectors.joining(" or ")) : word(type.asString("object"), node);
    }

    private String word(String type, JsonNode node) {
        return switch (type) {
            case "string" -> node.path("format").asString("").equals("date-time") ? "time"
                    : "text";
            case "integer" -> "whole number";
            case "boolean" -> "true or false";
            case "array" -> "list of " + type(node.path("items"));
            default -> type;
        };
    }

    private static String words(JsonNode described, JsonNode schema) {
        StringBuilder words = new StringBuilder(described.path("description").asString(
                schema.path("description").asString("")));
        limit(schema, "minimum", "At least ", ".", words);
        limit(schema, "maximum", "At most ", ".", words);
        limit(schema, "maxLength", "At most ", " characters.", words);
        limit(schema, "maxItems", "At most ", " of them.", words);
        limit(schema, "default", "Left out: ", ".", words);
        return words.toString();
    }

    private static void limit(JsonNode schema, String name, String say, String what,
            StringBuilder words) {
        if (schema.has(name)) {
            words.append(words.isEmpty() ? "" : " ").append(say)
                    .append(schema.path(name).asString()).append(what);
        }
    }
}
