package dev.mailmill.lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads rules out of YAML; what is wrong is named by its place, and nothing is taken then. */
final class RulesReader {
    static final int CHARS_MAX = 200_000;
    private static final int PROVIDERS_MAX = 500;
    private static final int REACTIONS_MAX = 100;
    private static final int LIST_MAX = 500;
    private static final int PATTERN_MAX = 300;
    private static final int NUMBER_MAX = 1_000_000;
    private static final Duration LONGEST = Duration.ofDays(30);
    /** A repetition of repetitions takes exponential time on a text that nearly fits. */
    private static final Pattern NESTED = Pattern.compile("\\([^()]*[*+}][^()]*\\)[*+{]");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private RulesReader() {
    }

    /** The document as a tree; a provider's name can't stand twice. */
    static ObjectNode tree(String yaml) throws RulesError {
        if (yaml.length() > CHARS_MAX) {
            throw new RulesError("", "the rules are over " + CHARS_MAX + " characters");
        }
        JsonNode root;
        try {
            root = YAML.readTree(yaml);
        } catch (JacksonException e) {
            String line = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr();
            throw new RulesError(line, "this is not YAML: "
                    + e.getOriginalMessage().lines().findFirst().orElse("").strip());
        }
        if (root == null || root.isMissingNode() || root.isNull()) {
            return YAML.createObjectNode();
        }
        if (!(root instanceof ObjectNode object)) {
            throw new RulesError("", "the rules begin with \"providers:\"");
        }
        only(object, "", Set.of("providers"));
        return object;
    }

    /** The one over the other, key by key; lists are replaced as a whole. */
    static ObjectNode over(ObjectNode base, ObjectNode changes) {
        ObjectNode all = base.deepCopy();
        changes.properties().forEach(e -> {
            JsonNode old = all.get(e.getKey());
            all.set(e.getKey(), old instanceof ObjectNode a && e.getValue() instanceof ObjectNode b
                    ? over(a, b) : e.getValue());
        });
        return all;
    }

    static String yaml(JsonNode tree) {
        return YAML.writeValueAsString(tree).replaceFirst("^---\\s*\n", "");
    }

    static List<Provider> read(ObjectNode root) throws RulesError {
        JsonNode all = root.path("providers");
        if (!(all instanceof ObjectNode providers) || providers.size() > PROVIDERS_MAX) {
            throw new RulesError("providers", "one to " + PROVIDERS_MAX
                    + " providers by name are needed here");
        }
        Map<String, Provider> read = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : providers.properties()) {
            String where = "providers." + e.getKey();
            if (!e.getKey().matches("[a-z0-9][a-z0-9-]{0,40}")) {
                throw new RulesError(where, "a name has 1 to 41 lower-case letters, digits and -");
            }
            read.put(e.getKey(), provider(e.getKey(), object(e.getValue(), where), where));
        }
        if (!read.containsKey(Receivers.OTHER)) {
            throw new RulesError("providers", "\"other\" is missing: it is for all that no name"
                    + " fits");
        }
        return List.copyOf(read.values());
    }

    private static Provider provider(String name, ObjectNode node, String where)
            throws RulesError {
        only(node, where, Set.of("mx", "domains", "roll-up", "new", "warm", "source",
                "reactions"));
        List<String> mx = names(node, "mx", where);
        List<String> domains = names(node, "domains", where);
        if (mx.isEmpty() && domains.isEmpty() && !name.equals(Receivers.OTHER)) {
            throw new RulesError(where, "mx or domains say whose rules these are");
        }
        Caps warm = caps(node, "warm", where);
        Caps fresh = node.has("new") ? caps(node, "new", where) : warm;
        JsonNode roll = node.path("roll-up");
        if (!roll.isMissingNode() && !roll.isBoolean()) {
            throw new RulesError(where + ".roll-up", "true or false");
        }
        String source = text(node, "source", where, 1_000);
        return new Provider(name, mx, domains, roll.asBoolean(true), fresh, warm,
                reactions(node.path("reactions"), where + ".reactions"), source);
    }

    private static Caps caps(ObjectNode node, String key, String above) throws RulesError {
        String where = above + "." + key;
        ObjectNode caps = object(node.path(key), where);
        only(caps, where, Set.of("connections", "messages", "rate", "connects"));
        return new Caps(number(caps, "connections", where), number(caps, "messages", where),
                rate(caps, "rate", where), rate(caps, "connects", where));
    }

    private static List<Reaction> reactions(JsonNode node, String where) throws RulesError {
        if (node.isMissingNode()) {
            return List.of();
        }
        if (!node.isArray() || node.size() > REACTIONS_MAX) {
            throw new RulesError(where, "a list of at most " + REACTIONS_MAX);
        }
        List<Reaction> all = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            Reaction one = reaction(object(node.get(i), where + "[" + i + "]"),
                    where + "[" + i + "]");
            if (all.stream().anyMatch(r -> r.name().equals(one.name()))) {
                throw new RulesError(where, "two reactions are called \"" + one.name() + "\"");
            }
            all.add(one);
        }
        return all;
    }

    private static Reaction reaction(ObjectNode node, String where) throws RulesError {
        only(node, where, Set.of("name", "match", "do", "for", "times", "within"));
        String name = text(node, "name", where, 60);
        Reaction.Action action = action(text(node, "do", where, 30), where + ".do");
        Duration lasts = duration(text(node, "for", where, 20), where + ".for");
        boolean often = node.has("times");
        int times = often ? number(node, "times", where) : 1;
        Duration within = often ? duration(text(node, "within", where, 20), where + ".within")
                : Duration.ZERO;
        return new Reaction(name, pattern(text(node, "match", where, PATTERN_MAX),
                where + ".match"), action, lasts, times, within);
    }

    private static Reaction.Action action(String text, String where) throws RulesError {
        for (Reaction.Action a : Reaction.Action.values()) {
            if (a.word().equals(text)) {
                return a;
            }
        }
        throw new RulesError(where, "one of slow, suspend-lane, suspend-tenant, stop-bulk");
    }

    static Pattern pattern(String text, String where) throws RulesError {
        if (NESTED.matcher(text).find()) {
            throw new RulesError(where, "a repeated group must not repeat inside: a text that"
                    + " nearly fits would take for ever");
        }
        try {
            return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new RulesError(where, "this is no regular expression: " + e.getDescription()
                    + " at " + e.getIndex());
        }
    }

    /** {@code 30s}, {@code 20min}, {@code 4h}, {@code 2d}. */
    static Duration duration(String text, String where) throws RulesError {
        var m = Pattern.compile("(\\d{1,6})\\s*(s|min|h|d)").matcher(text.trim());
        if (m.matches()) {
            long n = Long.parseLong(m.group(1));
            Duration d = switch (m.group(2)) {
                case "s" -> Duration.ofSeconds(n);
                case "min" -> Duration.ofMinutes(n);
                case "h" -> Duration.ofHours(n);
                default -> Duration.ofDays(n);
            };
            if (n > 0 && d.compareTo(LONGEST) <= 0) {
                return d;
            }
        }
        throw new RulesError(where, "a time like 30s, 20min, 4h or 2d, at most 30d");
    }

    private static Optional<Rate> rate(ObjectNode node, String key, String above)
            throws RulesError {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        var m = Pattern.compile("(\\d{1,7})\\s*/\\s*(s|min|h|d)").matcher(value.asString(""));
        if (!m.matches() || Integer.parseInt(m.group(1)) < 1) {
            throw new RulesError(above + "." + key, "a rate like 20/s, 100/min or 3600/h");
        }
        return Optional.of(new Rate(Integer.parseInt(m.group(1)), switch (m.group(2)) {
            case "s" -> Duration.ofSeconds(1);
            case "min" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            default -> Duration.ofDays(1);
        }));
    }

    private static List<String> names(ObjectNode node, String key, String above)
            throws RulesError {
        JsonNode list = node.path(key);
        if (list.isMissingNode()) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        for (JsonNode one : list) {
            String name = one.asString("").toLowerCase(Locale.ROOT);
            if (!one.isString() || !name.matches("[.]?[a-z0-9_-]+([.][a-z0-9_-]+)*")) {
                throw new RulesError(above + "." + key, "\"" + one.asString("")
                        + "\" is neither a host name nor, with a dot before it, the end of some");
            }
            all.add(name);
        }
        if (!list.isArray() || all.size() > LIST_MAX) {
            throw new RulesError(above + "." + key, "a list of at most " + LIST_MAX + " names");
        }
        return all;
    }

    private static int number(ObjectNode node, String key, String above) throws RulesError {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber() || value.asLong() < 1 || value.asLong() > NUMBER_MAX) {
            throw new RulesError(above + "." + key, "a whole number from 1 on is needed");
        }
        return value.asInt();
    }

    private static String text(ObjectNode node, String key, String above, int max)
            throws RulesError {
        JsonNode value = node.path(key);
        String text = value.isValueNode() ? value.asString("") : "";
        if (text.isBlank() || text.length() > max) {
            throw new RulesError(above + "." + key, "a text of 1 to " + max
                    + " characters is needed");
        }
        return text;
    }

    private static ObjectNode object(JsonNode node, String where) throws RulesError {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new RulesError(where, "keys with values are needed here");
    }

    private static void only(ObjectNode node, String where, Set<String> known)
            throws RulesError {
        for (Map.Entry<String, JsonNode> e : node.properties()) {
            if (!known.contains(e.getKey())) {
                throw new RulesError(where.isEmpty() ? e.getKey() : where + "." + e.getKey(),
                        "this key is not known; there are " + String.join(", ",
                                known.stream().sorted().toList()));
            }
        }
    }
}
