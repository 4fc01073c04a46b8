package dev.mailmill.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A caller's data: with the declared defaults, checked, and as the engine takes it. */
final class Data {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final ObjectNode root;

    private Data(ObjectNode root) {
        this.root = root;
    }

    /** @throws TemplateException when it is no object */
    static Data of(byte[] json, Built built) throws TemplateException {
        JsonNode node;
        try {
            node = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new TemplateException("the data is no JSON");
        }
        if (!(node instanceof ObjectNode given)) {
            throw new TemplateException("the data is no object");
        }
        built.variables().forEach((name, v) -> v.otherwise()
                .ifPresent(value -> fill(given, name, value)));
        return new Data(given);
    }

    /** Puts a default where nothing is, with the objects on the way to it. */
    private static void fill(ObjectNode root, String name, JsonNode value) {
        String[] path = name.split("\\.");
        ObjectNode at = root;
        for (int i = 0; i < path.length - 1; i++) {
            JsonNode next = at.get(path[i]);
            if (next == null || next.isNull()) {
                next = at.putObject(path[i]);
            }
            if (!(next instanceof ObjectNode inner)) {
                return;
            }
            at = inner;
        }
        JsonNode there = at.get(path[path.length - 1]);
        if (there == null || there.isNull()) {
            at.set(path[path.length - 1], value);
        }
    }

    List<Fault> faults(Built built, Compiled compiled) {
        List<Fault> faults = new ArrayList<>();
        built.variables().forEach((name, v) -> {
            String pointer = "/" + name.replace('.', '/');
            JsonNode value = root.at(pointer);
            if (!value.isMissingNode() && !value.isNull()) {
                v.type().fault(value).ifPresent(words ->
                        faults.add(new Fault(name, pointer, words)));
            }
        });
        compiled.missing(map()).forEach(pointer -> faults.add(new Fault(Compiled.name(pointer),
                pointer, "is missing")));
        return faults;
    }

    Map<String, Object> map() {
        return map(root);
    }

    private static Map<String, Object> map(ObjectNode node) {
        Map<String, Object> map = new LinkedHashMap<>();
        node.properties().forEach(e -> map.put(e.getKey(), value(e.getValue())));
        return map;
    }

    private static Object value(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> map(object);
            case JsonNode n when n.isArray() -> {
                List<Object> list = new ArrayList<>();
                n.forEach(one -> list.add(value(one)));
                yield list;
            }
            case JsonNode n when n.isString() -> n.stringValue();
            case JsonNode n when n.isBoolean() -> n.booleanValue();
            case JsonNode n when n.isIntegralNumber() && n.canConvertToLong() -> n.longValue();
            case JsonNode n when n.isNumber() -> n.decimalValue();
            case JsonNode _ -> null;
        };
    }

}
