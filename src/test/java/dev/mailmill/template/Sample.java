package dev.mailmill.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Data for whatever a template needs: each value says its own name, lists have some elements. */
final class Sample {
    private Sample() {
    }

    static Map<String, Object> of(Needs needs, int elements) {
        Map<String, Object> data = new LinkedHashMap<>();
        for (Needs.Need need : needs.list()) {
            put(data, need.path(), 0, elements);
        }
        return data;
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> at, List<String> path, int step, int elements) {
        String name = path.get(step);
        if (step == path.size() - 1) {
            at.putIfAbsent(name, name);
            return;
        }
        Object inner = at.get(name);
        if (path.get(step + 1).equals(Needs.EACH)) {
            List<Object> list = inner instanceof List<?> l ? (List<Object>) l : new ArrayList<>();
            at.put(name, list);
            for (int i = 0; i < elements; i++) {
                if (step + 2 == path.size()) {
                    if (list.size() <= i) {
                        list.add(name + i);
                    }
                } else {
                    if (list.size() <= i) {
                        list.add(new LinkedHashMap<>());
                    } else if (!(list.get(i) instanceof Map)) {
                        list.set(i, new LinkedHashMap<>());
                    }
                    put((Map<String, Object>) list.get(i), path, step + 2, elements);
                }
            }
        } else {
            if (!(inner instanceof Map) && !(inner instanceof List)) {
                at.put(name, new LinkedHashMap<>());
            }
            if (at.get(name) instanceof Map<?, ?> map) {
                put((Map<String, Object>) map, path, step + 1, elements);
            }
        }
    }
}
