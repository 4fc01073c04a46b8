package dev.mailmill.account;

import dev.mailmill.http.Caller;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Form;
import dev.mailmill.http.Problem;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Names what a route changes, for the audit log: {@code POST /v1/domains/{name}/rotate} is {@code
 * domain.rotate} on that name, with the fields that are no secret.
 */
public final class Acts {
    /** What forms and bodies say that may be read for 400 days; all else stays out. */
    private static final List<String> SHOWN = List.of("name", "alias", "email", "role", "kind",
            "stream", "address", "domain", "provider", "site", "state", "scope", "reason",
            "version", "registered", "act", "test", "type", "schedule", "tracking", "weight",
            "enabled", "subject", "network", "local_part", "pattern", "action");
    private static final int VALUE_MAX = 80;
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z_]+)}");
    private static final Set<String> ADMINISTRATIVE = Set.of("admin", "*");
    /** Only these know the field {@code dry_run}: elsewhere it would hide what is done. */
    private static final Set<String> DRY = Set.of("/v1/queue/cancel", "/v1/queue/bounce");
    private static final Set<String> OPERATORS = Set.of("admin", "operator");

    private Acts() {
    }

    /** {@code domain.rotate}, of a method and a route's path. */
    public static String act(String method, String path) {
        List<String> words = new ArrayList<>();
        boolean one = false;
        for (String segment : path.substring(1).split("/")) {
            if (segment.startsWith("{")) {
                one = true;
            } else if (!segment.equals("v1")) {
                words.add(segment);
                one = false;
            }
        }
        String last = words.getLast();
        if (method.equals("DELETE")) {
            words.add("remove");
        } else if (method.equals("PATCH") || one) {
            words.add("change");
        } else if (words.size() == 1 && last.endsWith("s")) {
            words.add("add");
        } else if (words.size() == 1) {
            words.add("set");
        }
        return String.join(".", words.stream().map(Acts::singular).toList())
                .toLowerCase(Locale.ROOT);
    }

    private static String singular(String word) {
        return word.endsWith("s") && !word.equals("settings")
                ? word.substring(0, word.length() - 1) : word;
    }

    /** What the path's parameters are. */
    public static String subject(Exchange exchange, String path) {
        List<String> values = new ArrayList<>();
        Matcher m = PARAMETER.matcher(path);
        while (m.find()) {
            values.add(exchange.path(m.group(1)));
        }
        return String.join(" ", values);
    }

    /** What a form says, without what may be secret. */
    public static String change(Form form) {
        return change(form::text);
    }

    private static String change(UnaryOperator<String> said) {
        Map<String, String> shown = new LinkedHashMap<>();
        for (String name : SHOWN) {
            String value = said.apply(name);
            if (!value.isEmpty()) {
                shown.put(name, value.length() > VALUE_MAX
                        ? value.substring(0, VALUE_MAX - 1) + "…" : value);
            }
        }
        return String.join(", ", shown.entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue()).toList());
    }

    /** The same routes, of which each that administers leaves a line. */
    public static Routes noted(Audit audit, Routes feature) {
        return router -> feature.into(new Noting(router, audit));
    }

    /** What a body says at its top; nothing of one that is no JSON. */
    private static JsonNode body(Exchange exchange) {
        try {
            return exchange.json();
        } catch (Problem other) {
            return tools.jackson.databind.node.MissingNode.getInstance();
        }
    }

    private static Audit.Actor actor(Exchange exchange) {
        Caller caller = exchange.caller();
        return new Audit.Actor(caller.tenant(), OPERATORS.contains(caller.credential())
                ? Audit.Kind.OPERATOR : Audit.Kind.KEY, caller.credential(),
                exchange.client().getHostAddress());
    }

    /** A router that wraps what it is given. */
    private record Noting(Router router, Audit audit) implements Router {
        private Action noted(String method, String path, String scope, Action action) {
            if (!ADMINISTRATIVE.contains(scope)) {
                return action;
            }
            String act = act(method, path);
            return exchange -> {
                JsonNode body = body(exchange);
                if (DRY.contains(path) && body.path("dry_run").asBoolean(false)) {
                    return action.answer(exchange);
                }
                return audit.done(actor(exchange), act, subject(exchange, path),
                        change(name -> body.path(name).isValueNode()
                                ? body.path(name).asString("") : ""),
                        () -> action.answer(exchange));
            };
        }

        @Override
        public Router get(String path, String scope, Action action) {
            router.get(path, scope, action);
            return this;
        }

        @Override
        public Router post(String path, String scope, Action action) {
            router.post(path, scope, noted("POST", path, scope, action));
            return this;
        }

        @Override
        public Router post(String path, String scope, int bodyBytesMax, Action action) {
            router.post(path, scope, bodyBytesMax, noted("POST", path, scope, action));
            return this;
        }

        @Override
        public Router patch(String path, String scope, Action action) {
            router.patch(path, scope, noted("PATCH", path, scope, action));
            return this;
        }

        @Override
        public Router delete(String path, String scope, Action action) {
            router.delete(path, scope, noted("DELETE", path, scope, action));
            return this;
        }

        @Override
        public Router open(String path, Action action) {
            router.open(path, action);
            return this;
        }

        @Override
        public Router openPost(String path, int bodyBytesMax, Action action) {
            router.openPost(path, bodyBytesMax, action);
            return this;
        }

        @Override
        public Router only(String prefix, java.util.function.Predicate<String> host) {
            router.only(prefix, host);
            return this;
        }
    }
}
