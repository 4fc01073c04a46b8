package dev.mailmill.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/** All routes, and which of them a request means. Filled before the door opens, then only read. */
final class RouteTable implements Router {
    private static final String PARAMETER = "{";

    private final List<Route> routes = new ArrayList<>();
    /** By a path's first segment: a click must not be held against each route of the API. */
    private final Map<String, List<Route>> byFirst = new HashMap<>();
    /** Whose first segment is a parameter. */
    private final List<Route> anyFirst;
    private final List<Narrow> narrows = new ArrayList<>();
    private final int bodyBytesMax;

    RouteTable(int bodyBytesMax, List<Routes> features) {
        this.bodyBytesMax = bodyBytesMax;
        features.forEach(f -> f.into(this));
        this.anyFirst = routes.stream().filter(r -> r.first().startsWith(PARAMETER)).toList();
        for (Route route : routes) {
            byFirst.computeIfAbsent(route.first(), first -> routes.stream().filter(r ->
                    r.first().equals(first) || r.first().startsWith(PARAMETER)).toList());
        }
    }

    /** @param scope empty for everybody */
    record Route(String method, String path, List<String> segments, Optional<String> scope,
            int bodyBytesMax, Action action) {
        private String first() {
            return segments.get(1);
        }
    }

    /** @param values of the path's parameters */
    record Match(Route route, Map<String, String> values) {
    }

    @Override
    public Router get(String path, String scope, Action action) {
        return add("GET", path, Optional.of(scope), bodyBytesMax, action);
    }

    @Override
    public Router post(String path, String scope, Action action) {
        return add("POST", path, Optional.of(scope), bodyBytesMax, action);
    }

    @Override
    public Router post(String path, String scope, int bytesMax, Action action) {
        return add("POST", path, Optional.of(scope), bytesMax, action);
    }

    @Override
    public Router patch(String path, String scope, Action action) {
        return add("PATCH", path, Optional.of(scope), bodyBytesMax, action);
    }

    @Override
    public Router delete(String path, String scope, Action action) {
        return add("DELETE", path, Optional.of(scope), bodyBytesMax, action);
    }

    @Override
    public Router open(String path, Action action) {
        return add("GET", path, Optional.empty(), bodyBytesMax, action);
    }

    @Override
    public Router openPost(String path, int bytesMax, Action action) {
        return add("POST", path, Optional.empty(), bytesMax, action);
    }

    @Override
    public Router only(String prefix, Predicate<String> host) {
        narrows.add(new Narrow(prefix, host));
        return this;
    }

    private record Narrow(String prefix, Predicate<String> host) {
    }

    /** Whether a host has none of this path, whatever other hosts have. */
    boolean closed(String host, String rawPath) {
        boolean narrow = false;
        for (Narrow n : narrows) {
            if (n.host().test(host)) {
                if (rawPath.startsWith(n.prefix())) {
                    return false;
                }
                narrow = true;
            }
        }
        return narrow;
    }

    private Router add(String method, String path, Optional<String> scope, int bytesMax,
            Action action) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a path begins with /: " + path);
        }
        for (Route r : routes) {
            if (r.path.equals(path) && r.method.equals(method)) {
                throw new IllegalArgumentException("two routes for " + method + " " + path);
            }
        }
        routes.add(new Route(method, path, List.of(path.split("/", -1)), scope, bytesMax, action));
        return this;
    }

    List<Route> all() {
        return List.copyOf(routes);
    }

    int largestBody() {
        return routes.stream().mapToInt(Route::bodyBytesMax).max().orElse(bodyBytesMax);
    }

    /**
     * The route of a request; literal segments win over parameters.
     *
     * @throws Problem 400 for a path that can't be decoded, 404, 405 with Allow
     */
    Match match(String method, String rawPath) {
        String[] segments = decode(rawPath);
        String wanted = method.equals("HEAD") ? "GET" : method;
        TreeSet<String> allowed = new TreeSet<>();
        Route best = null;
        for (Route route : byFirst.getOrDefault(segments.length < 2 ? "" : segments[1], anyFirst)) {
            if (!fits(route.segments, segments)) {
                continue;
            }
            if (!route.method.equals(wanted)) {
                allowed.add(route.method);
            } else if (best == null || best.path.indexOf('{') >= 0) {
                best = route;
            }
        }
        if (best != null) {
            return new Match(best, values(best.segments, segments));
        }
        if (allowed.isEmpty()) {
            throw ProblemType.NOT_FOUND.problem(
                    "Nothing is at this path. /v1/openapi.json lists all paths.");
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        ProblemType type = ProblemType.METHOD_NOT_ALLOWED;
        String allow = String.join(", ", allowed);
        throw new Problem(type.status(), type.slug(), type.title(),
                "This path takes " + allow + ".", List.of(), Map.of("Allow", allow));
    }

    private static boolean fits(List<String> pattern, String[] segments) {
        if (pattern.size() != segments.length) {
            return false;
        }
        for (int i = 0; i < segments.length; i++) {
            String p = pattern.get(i);
            boolean fits = p.startsWith(PARAMETER) ? !segments[i].isEmpty() : p.equals(segments[i]);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> values(List<String> pattern, String[] segments) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < segments.length; i++) {
            String p = pattern.get(i);
            if (p.startsWith(PARAMETER)) {
                values.put(p.substring(1, p.length() - 1), segments[i]);
            }
        }
        return values;
    }

    /** Split first, then decoded: an encoded slash stays inside its segment. */
    private static String[] decode(String rawPath) {
        String[] segments = rawPath.split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            segments[i] = decodePercent(segments[i], "path");
        }
        return segments;
    }

    /** @throws Problem 400 when an escape is broken, or what it gives is not UTF-8 or has a NUL */
    static String decodePercent(String text, String where) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteBuffer bytes = ByteBuffer.allocate(text.length() * 3);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw undecodable(where);
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            String decoded = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
            if (decoded.indexOf('\0') >= 0) {
                throw undecodable(where);
            }
            return decoded;
        } catch (CharacterCodingException e) {
            throw undecodable(where);
        }
    }

    private static Problem undecodable(String where) {
        return ProblemType.MALFORMED_REQUEST.problem(
                "The URL's " + where + " has a percent escape that gives no UTF-8 text.");
    }
}
