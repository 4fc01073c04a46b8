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
    private static final int FAULTS_MAX = 100;

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

    List<Fault> faults(Built built) {
        List<Fault> faults = new ArrayList<>();
        built.variables().forEach((name, v) -> {
            JsonNode value = root.at("/" + name.replace('.', '/'));
            if (!value.isMissingNode() && !value.isNull()) {
                v.type().fault(value).ifPresent(words -> faults.add(new Fault(name,
                        "/" + name.replace('.', '/'), words)));
            }
        });
        for (Built.Need need : built.needs()) {
            if (faults.size() < FAULTS_MAX && (need.required() || need.list())) {
                look(need, need.path().split("\\."), 0, root, "", "", faults);
            }
        }
        return faults;
    }

    /** Goes a path; of a list into each of its entries. */
    private static void look(Built.Need need, String[] path, int at, JsonNode here, String name,
            String pointer, List<Fault> faults) {
        if (at == path.length || faults.size() >= FAULTS_MAX) {
            return;
        }
        boolean each = path[at].endsWith("[]");
        String key = each ? path[at].substring(0, path[at].length() - 2) : path[at];
        JsonNode next = here.get(key);
        String called = name.isEmpty() ? key : name + "." + key;
        String where = pointer + "/" + dev.mailmill.http.Fields.escape(key);
        boolean last = at == path.length - 1;
        if (next == null || next.isNull()) {
            if (need.required() && faults.stream().noneMatch(f -> f.pointer().equals(where))) {
                faults.add(new Fault(called, where, "is missing"));
            }
        } else if (each && next.isArray()) {
            for (int i = 0; i < next.size(); i++) {
                look(need, path, at + 1, next.get(i), called + "[" + i + "]", where + "/" + i,
                        faults);
            }
        } else if (each) {
            look(need, path, at + 1, next, called, where, faults);
        } else if (!last) {
            look(need, path, at + 1, next, called, where, faults);
        }
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
