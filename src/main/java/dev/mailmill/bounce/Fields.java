package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Fields of a header or of a report's group, read with patience: names in lower case, values
 * unfolded, lines that are no field left out.
 */
record Fields(Map<String, List<String>> all) {
    private static final int FIELDS_MAX = 500;
    private static final int VALUE_MAX = 4_000;
    private static final int NAME_MAX = 100;

    /** @param lines up to the empty one */
    static Fields of(List<String> lines) {
        Map<String, List<StringBuilder>> found = new LinkedHashMap<>();
        StringBuilder last = null;
        int count = 0;
        for (String line : lines) {
            if (!line.isEmpty() && (line.charAt(0) == ' ' || line.charAt(0) == '\t')) {
                if (last != null && last.length() < VALUE_MAX) {
                    last.append(' ').append(line.strip());
                }
                continue;
            }
            int colon = line.indexOf(':');
            String name = colon < 1 || colon > NAME_MAX ? "" : line.substring(0, colon).strip();
            last = null;
            if (named(name) && count++ < FIELDS_MAX) {
                last = new StringBuilder(line.substring(colon + 1).strip());
                found.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                        .add(last);
            }
        }
        Map<String, List<String>> all = new LinkedHashMap<>();
        found.forEach((name, values) -> all.put(name, values.stream().map(StringBuilder::toString)
                .map(v -> v.length() > VALUE_MAX ? v.substring(0, VALUE_MAX) : v).toList()));
        return new Fields(all);
    }

    static boolean named(String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /** Of several the first; empty for none. */
    String first(String name) {
        return all.getOrDefault(name, List.of("")).getFirst();
    }

    boolean has(String name) {
        return all.containsKey(name);
    }
}
