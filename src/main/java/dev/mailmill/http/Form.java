package dev.mailmill.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a page's form has sent, decoded. */
public final class Form {
    /** No page of ours has nearly as many. */
    private static final int FIELDS_MAX = 200;
    static final Form EMPTY = new Form(Map.of());

    private final Map<String, List<String>> values;

    private Form(Map<String, List<String>> values) {
        this.values = values;
    }

    /** @throws Problem 400 when it is not {@code application/x-www-form-urlencoded} */
    static Form parse(String body) {
        if (body.isEmpty()) {
            return EMPTY;
        }
        String[] pairs = body.split("&", FIELDS_MAX + 1);
        if (pairs.length > FIELDS_MAX) {
            throw ProblemType.TOO_LARGE.problem("The form has over " + FIELDS_MAX + " fields.");
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            values.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(decode(value));
        }
        return new Form(values);
    }

    private static String decode(String text) {
        return RouteTable.decodePercent(text.replace('+', ' '), "form");
    }

    /** The first value; empty when there is none. */
    public String text(String name) {
        return values.getOrDefault(name, List.of("")).getFirst();
    }

    /** All values, in order: boxes that were ticked. */
    public List<String> all(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }
}
