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
            filled(data, need.path(), 0, elements);
        }
        return data;
    }

    /** What stands there, with what the rest of a path leads to. */
    @SuppressWarnings("unchecked")
    private static Object filled(Object there, List<String> path, int step, int elements) {
        if (step == path.size()) {
            return there != null ? there : path.stream().filter(s -> !s.equals(Needs.EACH))
                    .reduce("", (_, b) -> b);
        }
        String name = path.get(step);
        if (name.equals(Needs.EACH)) {
            List<Object> list = there instanceof List<?> l ? (List<Object>) l
                    : new ArrayList<>();
            for (int i = 0; i < elements; i++) {
                Object one = filled(i < list.size() ? list.get(i) : null, path, step + 1,
                        elements);
                if (i < list.size()) {
                    list.set(i, one);
                } else {
                    list.add(one);
                }
            }
            return list;
        }
        if (there instanceof List) {
            return there;
        }
        Map<String, Object> map = there instanceof Map<?, ?> m ? (Map<String, Object>) m
                : new LinkedHashMap<>();
        map.put(name, filled(map.get(name), path, step + 1, elements));
        return map;
    }
}
