package dev.mailmill.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The variables that a template uses, from what it says and not from what it was given.
 *
 * @param list in the order of the paths; a path is there once for each set of guards
 */
record Needs(List<Need> list) {
    private static final int MISSING_MAX = 100;
    private static final int LOOKS_MAX = 1_000_000;
    /** The step of a path that stands for each element of a list, and each value of a map. */
    static final String EACH = "[]";

    /**
     * One use of a variable.
     *
     * @param path its names; {@link #EACH} for each element
     * @param needed whether without it there is a hole, when the guards hold
     * @param guards all of which must hold for it to be used
     */
    record Need(List<String> path, Kind kind, boolean needed, List<Guard> guards) {
        /** Whether it must be given whatever else is. */
        boolean required() {
            return needed && guards.isEmpty();
        }

        /** As a template says it: {@code items[].name}. */
        String name() {
            return String.join(".", path).replace("." + EACH, EACH);
        }
    }

    /** What it is used as. */
    enum Kind {
        VALUE, LIST, OBJECT, CONDITION
    }

    /** An {@code {{#if path}}}, or its else. */
    record Guard(List<String> path, boolean given) {
    }

    /** Paths, as templates say them, that must be given whatever else is. */
    List<String> required() {
        return list.stream().filter(Need::required).map(Need::name).distinct().toList();
    }

    /**
     * JSON pointers (RFC 6901) of what is needed and not in the data, or null in it; at most 100.
     * Guards are asked, so that what only one branch prints is asked for only there.
     */
    List<String> missing(Map<String, Object> data) {
        Search search = new Search(data);
        for (Need need : list) {
            if (need.needed()) {
                search.look(need, data, 0, new ArrayList<>());
            }
        }
        return search.found.stream().distinct().limit(MISSING_MAX).toList();
    }

    private static final class Search {
        private final Object data;
        private final List<String> found = new ArrayList<>();
        private int looks;

        Search(Object data) {
            this.data = data;
        }

        private void look(Need need, Object at, int step, List<String> way) {
            if (++looks > LOOKS_MAX || found.size() > MISSING_MAX) {
                return;
            }
            if (step == need.path().size()) {
                if (Values.absent(at)
                        && need.guards().stream().allMatch(g -> holds(g, need, way))) {
                    found.add(pointer(way));
                }
                return;
            }
            String name = need.path().get(step);
            if (!name.equals(EACH)) {
                way.add(name);
                look(need, Values.field(at, name), step + 1, way);
                way.removeLast();
            } else if (at instanceof List<?> all) {
                for (int i = 0; i < all.size(); i++) {
                    inside(need, all.get(i), step, way, Integer.toString(i));
                }
            } else if (at instanceof Map<?, ?> all) {
                all.forEach((k, v) -> inside(need, v, step, way, String.valueOf(k)));
            }
        }

        private void inside(Need need, Object item, int step, List<String> way, String key) {
            way.add(key);
            look(need, item, step + 1, way);
            way.removeLast();
        }

        /** A guard in a loop is about the element that the need is about. */
        private boolean holds(Guard guard, Need need, List<String> way) {
            Object at = data;
            for (int i = 0; i < guard.path().size(); i++) {
                String name = guard.path().get(i);
                if (name.equals(EACH)) {
                    if (i >= way.size() || !guard.path().subList(0, i)
                            .equals(need.path().subList(0, i))) {
                        return false;
                    }
                    name = way.get(i);
                }
                at = Values.field(at, name);
            }
            return Values.truthy(at) == guard.given();
        }

        private static String pointer(List<String> way) {
            StringBuilder pointer = new StringBuilder();
            for (String name : way) {
                pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
            }
            return pointer.toString();
        }
    }
}
