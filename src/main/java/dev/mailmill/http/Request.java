package dev.mailmill.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The Exchange that an action sees: nothing in it reads from the network any more. */
final class Request implements Exchange {
    /** Of two, one proxy reads the first and another the last. */
    private static final String ONCE = "Idempotency-Key";

    private final Optional<Caller> caller;
    private final Map<String, String> path;
    private final String rawPath;
    private final String rawQuery;
    private final Headers headers;
    private final byte[] body;
    private final InetAddress client;
    private final boolean head;

    Request(Optional<Caller> caller, Map<String, String> path, String rawPath,
            String rawQuery, Headers headers, byte[] body, InetAddress client, boolean head) {
        this.head = head;
        this.caller = caller;
        this.path = path;
        this.rawPath = rawPath;
        this.rawQuery = rawQuery;
        this.headers = headers;
        this.body = body;
        this.client = client;
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
    public String target() {
        return rawPath + (rawQuery.isEmpty() ? "" : "?" + rawQuery);
    }

    @Override
    public Optional<String> header(String name) {
        List<String> lines = headers.all(HeaderNames.create(name), List::of);
        if (name.equals(ONCE) && lines.stream().distinct().count() > 1) {
            throw ProblemType.MALFORMED_REQUEST.problem("The header " + ONCE
                    + " was sent more than once, with different values; send one.");
        }
        return lines.stream().findFirst();
    }

    @Override
    public Optional<String> cookie(String name) {
        return cookie(headers, name);
    }

    static Optional<String> cookie(Headers headers, String name) {
        for (String line : headers.all(HeaderNames.COOKIE, List::of)) {
            for (String pair : line.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                    return Optional.of(pair.substring(equals + 1).strip());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean head() {
        return head;
    }

    @Override
    public InetAddress client() {
        return client;
    }

    @Override
    public Form form() {
        if (body.length == 0) {
            return Form.EMPTY;
        }
        String type = header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.split(";", -1)[0].strip().equals("application/x-www-form-urlencoded")) {
            throw ProblemType.UNSUPPORTED_MEDIA_TYPE.problem("This path takes a page's form.");
        }
        return Form.parse(new String(body, StandardCharsets.ISO_8859_1));
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
