package dev.mailmill.template;

import dev.mailmill.http.Fields;
import dev.mailmill.mail.Stream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A draft as JSON: the API's shape, which is how it is stored too. */
final class DraftJson {
    static final int SUBJECT_CHARS_MAX = 998;
    static final int MARKUP_CHARS_MAX = 400_000;
    /** A unit of the store's writer is at most 1 MB. */
    static final int OCTETS_MAX = 900_000;
    private static final int LOCALES_MAX = 50;
    private static final int VARIABLES_MAX = 200;
    private static final int CHECKS_MAX = 50;
    private static final int TEXTS_MAX = 50;
    private static final int NAME_CHARS_MAX = 100;
    private static final int WORDS_CHARS_MAX = 1_000;
    private static final int SAMPLE_CHARS_MAX = 100_000;
    static final Pattern TAG = Pattern.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}");
    private static final Pattern PATH =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*){0,15}");
    /** Words that stand in a path of the API where an alias may stand. */
    static final Set<String> RESERVED = Set.of("render", "starters");
    static final Pattern ALIAS = Pattern.compile("[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9])?");
    private static final JsonMapper JSON = JsonMapper.shared();

    private DraftJson() {
    }

    static Draft read(byte[] stored) {
        Fields in = Fields.of(JSON.readTree(stored));
        Draft draft = read(in, Draft.EMPTY);
        in.done();
        return draft;
    }

    /** @param before what stays where the body says nothing; worthless when fields are wrong */
    static Draft read(Fields in, Draft before) {
        String locale = in.text("locale", NAME_CHARS_MAX).map(t -> tag(in, "locale", t))
                .orElse(before.locale());
        Map<String, Wording> wordings = new LinkedHashMap<>();
        Wording own = before.wordings().getOrDefault(locale, Wording.EMPTY);
        wordings.put(locale, wording(in, own));
        before.wordings().forEach((tag, w) -> {
            if (!tag.equals(locale) && !w.equals(Wording.EMPTY)) {
                wordings.put(tag, w);
            }
        });
        others(in, locale, wordings);
        Optional<String> layout = in.text("layout", NAME_CHARS_MAX);
        layout.filter(l -> !l.isEmpty() && !ALIAS.matcher(l).matches()).ifPresent(_ ->
                in.wrong("layout", "must be the alias of a layout"));
        Draft draft = new Draft(locale, wordings, layout.orElse(before.layout()),
                variables(in, before), sample(in, "sample").orElse(before.sample()),
                checks(in, before), in.flag("inline_css", before.inlineCss()),
                in.flag("bulk", before.bulk()), track(in, before));
        if (octets(draft) > OCTETS_MAX) {
            in.wrong("", "is over " + OCTETS_MAX + " octets with all its languages");
        }
        return draft;
    }

    /** {@code stream} takes back what was said before. */
    private static Optional<Stream.Tracking> track(Fields in, Draft before) {
        Optional<String> said = in.text("track", NAME_CHARS_MAX);
        if (said.isEmpty() || said.get().equals("stream")) {
            return said.isEmpty() ? before.track() : Optional.empty();
        }
        Optional<Stream.Tracking> mode = Arrays.stream(Stream.Tracking.values())
                .filter(m -> m.word().equals(said.get())).findFirst();
        if (mode.isEmpty()) {
            in.wrong("track", "must be none, aggregate, individual or stream");
        }
        return mode;
    }

    private static String tag(Fields in, String path, String text) {
        if (!TAG.matcher(text).matches()) {
            in.wrong(path, "must be a language tag such as en, de or pt-BR (RFC 5646)");
            return "en";
        }
        return Locale.forLanguageTag(text).toLanguageTag();
    }

    private static Wording wording(Fields in, Wording before) {
        String subject = in.text("subject", SUBJECT_CHARS_MAX).orElse(before.subject());
        String preheader = in.text("preheader", WORDS_CHARS_MAX).orElse(before.preheader());
        Optional<String> html = in.text("html", MARKUP_CHARS_MAX);
        Optional<String> mjml = in.text("mjml", MARKUP_CHARS_MAX);
        String text = in.text("text", MARKUP_CHARS_MAX).orElse(before.text());
        if (!html.orElse("").isEmpty() && !mjml.orElse("").isEmpty()) {
            in.wrong("mjml", "and html are both given: a template is written in one of the two");
        }
        if (subject.indexOf('\n') >= 0 || subject.indexOf('\r') >= 0) {
            in.wrong("subject", "must be one line");
        }
        // who writes it in the other language has left the first
        boolean nowMjml = mjml.filter(m -> !m.isEmpty()).isPresent();
        boolean nowHtml = html.filter(h -> !h.isEmpty()).isPresent();
        return new Wording(subject, preheader, nowMjml ? "" : html.orElse(before.html()),
                nowHtml ? "" : mjml.orElse(before.mjml()), text);
    }

    private static void others(Fields in, String own, Map<String, Wording> wordings) {
        Optional<JsonNode> value = in.value("locales");
        if (value.isEmpty()) {
            return;
        }
        if (!value.get().isObject() || value.get().size() > LOCALES_MAX) {
            in.wrong("locales", "must be an object of at most " + LOCALES_MAX + " languages");
            return;
        }
        value.get().properties().forEach(e -> {
            String path = "locales/" + Fields.escape(e.getKey());
            String tag = tag(in, path, e.getKey());
            if (tag.equals(own)) {
                in.wrong(path, "is the template's own language: its words stand at the top");
            } else if (e.getValue().isNull()) {
                wordings.remove(tag);
            } else {
                in.object(e.getValue(), path).ifPresent(o -> wordings.put(tag, wording(o,
                        wordings.getOrDefault(tag, Wording.EMPTY))));
            }
        });
    }

    private static Map<String, Variable> variables(Fields in, Draft before) {
        Optional<JsonNode> value = in.value("variables");
        if (value.isEmpty()) {
            return before.variables();
        }
        Map<String, Variable> variables = new LinkedHashMap<>();
        if (!value.get().isObject() || value.get().size() > VARIABLES_MAX) {
            in.wrong("variables", "must be an object of at most " + VARIABLES_MAX + " names");
            return variables;
        }
        value.get().properties().forEach(e -> {
            String path = "variables/" + Fields.escape(e.getKey());
            if (!PATH.matcher(e.getKey()).matches()) {
                in.wrong(path, "must be a name such as first_name, or a path: order.total");
            }
            in.object(e.getValue(), path).ifPresent(o ->
                    variables.put(e.getKey(), variable(o)));
        });
        return variables;
    }

    private static Variable variable(Fields in) {
        Optional<String> said = in.text("type", NAME_CHARS_MAX);
        Optional<Variable.Type> type = said.flatMap(Variable.Type::of);
        if (said.isPresent() && type.isEmpty()) {
            in.wrong("type", "must be one of: " + Variable.Type.words());
        }
        Optional<JsonNode> otherwise = in.value("default");
        otherwise.flatMap(v -> type.orElse(Variable.Type.ANY).fault(v))
                .ifPresent(fault -> in.wrong("default", fault));
        return new Variable(type.orElse(Variable.Type.ANY),
                in.text("description", WORDS_CHARS_MAX).orElse(""), otherwise);
    }

    private static Optional<ObjectNode> sample(Fields in, String name) {
        Optional<JsonNode> value = in.value(name);
        if (value.isPresent() && !value.get().isObject()) {
            in.wrong(name, "must be an object");
            return Optional.empty();
        }
        if (value.isPresent() && value.get().toString().length() > SAMPLE_CHARS_MAX) {
            in.wrong(name, "is over " + SAMPLE_CHARS_MAX + " characters");
            return Optional.empty();
        }
        return value.map(v -> (ObjectNode) v);
    }

    private static List<Check> checks(Fields in, Draft before) {
        if (in.value("tests").isEmpty()) {
            return before.checks();
        }
        List<Check> checks = new ArrayList<>();
        for (Fields one : in.objects("tests", CHECKS_MAX)) {
            checks.add(new Check(one.needText("name", NAME_CHARS_MAX),
                    one.text("locale", NAME_CHARS_MAX).filter(t -> !t.isEmpty())
                            .map(t -> tag(one, "locale", t)).orElse(""),
                    sample(one, "data").orElseGet(JsonNodeFactory.instance::objectNode),
                    one.texts("contains", TEXTS_MAX, WORDS_CHARS_MAX),
                    one.texts("lacks", TEXTS_MAX, WORDS_CHARS_MAX)));
        }
        return checks;
    }

    static byte[] bytes(Draft draft) {
        return JSON.writeValueAsBytes(node(draft));
    }

    private static int octets(Draft draft) {
        long chars = draft.wordings().values().stream().mapToLong(Wording::chars).sum();
        return chars > OCTETS_MAX ? Integer.MAX_VALUE
                : node(draft).toString().getBytes(StandardCharsets.UTF_8).length;
    }

    static ObjectNode node(Draft draft) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("locale", draft.locale());
        put(node, draft.own());
        ObjectNode others = node.putObject("locales");
        draft.wordings().forEach((tag, w) -> {
            if (!tag.equals(draft.locale())) {
                put(others.putObject(tag), w);
            }
        });
        node.put("layout", draft.layout().isEmpty() ? null : draft.layout());
        ObjectNode variables = node.putObject("variables");
        draft.variables().forEach((name, v) -> {
            ObjectNode one = variables.putObject(name).put("type", v.type().word());
            if (!v.description().isEmpty()) {
                one.put("description", v.description());
            }
            v.otherwise().ifPresent(o -> one.set("default", o));
        });
        node.set("sample", draft.sample());
        ArrayNode checks = node.putArray("tests");
        for (Check c : draft.checks()) {
            ObjectNode one = checks.addObject().put("name", c.name())
                    .put("locale", c.locale().isEmpty() ? null : c.locale());
            one.set("data", c.data());
            ArrayNode contains = one.putArray("contains");
            c.contains().forEach(contains::add);
            ArrayNode lacks = one.putArray("lacks");
            c.lacks().forEach(lacks::add);
        }
        return node.put("inline_css", draft.inlineCss()).put("bulk", draft.bulk())
                .put("track", draft.track().map(Stream.Tracking::word).orElse("stream"));
    }

    private static void put(ObjectNode node, Wording w) {
        node.put("subject", w.subject()).put("preheader", w.preheader()).put("html", w.html())
                .put("mjml", w.mjml()).put("text", w.text());
    }
}
