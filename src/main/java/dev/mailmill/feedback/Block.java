package dev.mailmill.feedback;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Header fields as others pass them on: line ends of any kind, an mbox line or empty lines on top.
 * Read for what can be found; what is no field is passed over.
 */
final class Block {
    private static final int FIELDS_MAX = 2_000;
    private static final int VALUE_MAX = 20_000;

    private final Map<String, List<String>> fields;

    private Block(Map<String, List<String>> fields) {
        this.fields = fields;
    }

    static Block of(byte[] bytes) {
        return of(new String(bytes, StandardCharsets.UTF_8));
    }

    /** Up to the first empty line after a field. */
    static Block of(String text) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        StringBuilder value = null;
        String name = "";
        int count = 0;
        for (int at = 0; at < text.length() && count <= FIELDS_MAX;) {
            int end = at;
            while (end < text.length() && text.charAt(end) != '\r' && text.charAt(end) != '\n') {
                end++;
            }
            String line = text.substring(at, end);
            at = end + (text.startsWith("\r\n", end) ? 2 : 1);
            int colon = line.indexOf(':');
            boolean goesOn = line.startsWith(" ") || line.startsWith("\t");
            if (line.isBlank()) {
                if (value != null || !fields.isEmpty()) {
                    break;
                }
            } else if (goesOn && value != null) {
                if (value.length() < VALUE_MAX) {
                    value.append(' ').append(line.strip());
                }
            } else if (!goesOn && colon > 0 && named(line, colon)) {
                put(fields, name, value);
                name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
                value = new StringBuilder(line.substring(colon + 1).strip());
                count++;
            }
        }
        put(fields, name, value);
        return new Block(fields);
    }

    private static void put(Map<String, List<String>> fields, String name, StringBuilder value) {
        if (value != null) {
            fields.computeIfAbsent(name, _ -> new ArrayList<>()).add(value.substring(0,
                    Math.min(VALUE_MAX, value.length())).strip());
        }
    }

    /** RFC 5322 §2.2; the line "From ann Tue Jul 10" of an mbox has a space before its colon. */
    private static boolean named(String line, int colon) {
        for (int i = 0; i < colon; i++) {
            char c = line.charAt(i);
            if (c <= ' ' && !line.substring(i, colon).isBlank() || c > '~') {
                return false;
            }
        }
        return true;
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    /** The first of the name that says something; empty when there is none. */
    String value(String name) {
        return all(name).stream().filter(v -> !v.isEmpty()).findFirst().orElse("");
    }

    List<String> all(String name) {
        return fields.getOrDefault(name, List.of());
    }
}
