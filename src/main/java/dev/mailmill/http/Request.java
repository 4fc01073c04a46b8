package dev.mailmill.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The Exchange that an action sees: nothing in it reads from the network any more. */
final class Request implements Exchange {
    private final Optional<Caller> caller;
    private final Map<String, String> path;
    private final String rawQuery;
    private final Headers headers;
    private final byte[] body;

    Request(Optional<Caller> caller, Map<String, String> path, String rawQuery, Headers headers,
            byte[] body) {
        this.caller = caller;
        this.path = path;
        this.rawQuery = rawQuery;
        this.headers = headers;
        this.body = body;
    }

    @Override
    public Caller caller() {
        return caller.orElseThrow(() -> new IllegalStateException("an open route has no caller"));
    }

    @Override
    public String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the path has no {" + name + "}");
        }
        return value;
    }

    @Override
    public Optional<String> query(String name) {
        Optional<String> found = Optional.empty();
        for (String pair : rawQuery.split("&", -1)) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (decode(key).equals(name)) {
                found = Optional.of(equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return found;
    }

    @Override
    public Set<String> queryNames() {
        Set<String> names = new LinkedHashSet<>();
        for (String pair : rawQuery.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                names.add(decode(equals < 0 ? pair : pair.substring(0, equals)));
            }
        }
        return names;
    }

    private static String decode(String text) {
        return RouteTable.decodePercent(text.replace('+', ' '), "query");
    }

    @Override
    public Optional<String> header(String name) {
        return headers.first(HeaderNames.create(name));
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public JsonNode json() {
        String type = header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        String[] parts = type.split(";", -1);
        String essence = parts[0].strip();
        boolean json = essence.equals("application/json")
                || essence.startsWith("application/") && essence.endsWith("+json");
        if (!json) {
            throw ProblemType.UNSUPPORTED_MEDIA_TYPE.problem(
                    "The body must be JSON, with Content-Type: application/json.");
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                throw ProblemType.UNSUPPORTED_MEDIA_TYPE.problem("JSON is UTF-8 (RFC 8259 §8.1).");
            }
        }
        return StrictJson.read(body);
    }
}
