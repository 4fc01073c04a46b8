package dev.mailmill.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

/** The languages' own tests: Mustache's and Handlebars'. */
class TemplateSpecCorpusTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Handlebars compile options for which there is no switch here, and why. */
    private static final Map<String, String> SWITCHES = Map.of(
            "ignoreStandalone", "a tag alone on its line always leaves no line",
            "explicitPartialContext", "a partial always sees its caller's context",
            "preventIndent", "a partial is always indented as its tag is",
            "assumeObjects", "missing is empty or refused, and nothing between");

    @Test
    void mustacheIsUnderstoodWhole() throws IOException {
        Corpus core = new Corpus("mustache-spec");
        Corpus optional = new Corpus("mustache-spec-optional");
        for (Path file : Corpus.files(Corpus.folder("templates/mustache-spec/specs"))) {
            String group = file.getFileName().toString();
            Corpus corpus = group.startsWith("~") ? optional : core;
            for (Object test : list(map(JSON.readValue(file.toFile(), Object.class)), "tests")) {
                Map<String, Object> t = map(test);
                String got = shown(t, Dialect.MUSTACHE, Missing.EMPTY, Map.of());
                if (got.equals(t.get("expected"))) {
                    corpus.agree();
                } else if (group.startsWith("~")) {
                    corpus.onPurpose();
                } else {
                    corpus.disagree(group + " " + t.get("name") + ": " + got);
                }
            }
        }
        core.report();
        optional.report();
        assertEquals(0, core.disagreements());
        assertTrue(core.cases() > 0);
    }

    @Test
    void handlebarsIsUnderstoodButForWhatNeedsJavaScript() throws IOException {
        Corpus corpus = new Corpus("handlebars-spec");
        for (Path file : Corpus.files(Corpus.folder("templates/handlebars-spec/spec"))) {
            String group = file.getFileName().toString();
            for (Object test : (List<?>) JSON.readValue(file.toFile(), Object.class)) {
                Map<String, Object> t = map(test);
                // helpers, and data, that are functions
                if (JSON.writeValueAsString(t).contains("\"!code\"")) {
                    continue;
                }
                String got = switch (group) {
                    case "tokenizer.json" -> Printed.tokens(text(t, "template"));
                    case "parser.json" -> Printed.tree(text(t, "template"));
                    default -> rendered(t);
                };
                if (t.containsKey("exception") ? got.startsWith("refused")
                        : got.equals(group.equals("tokenizer.json")
                                ? Printed.tokens(list(t, "expected")) : t.get("expected"))) {
                    corpus.agree();
                } else {
                    corpus.disagree(group + " " + t.get("description") + ": " + t.get("it") + ": "
                            + t.get("template") + why(t) + ": " + got);
                }
            }
        }
        corpus.report();
        assertTrue(corpus.cases() > 0);
        assertTrue(corpus.disagreements() * 20 <= corpus.cases(), corpus.disagreements() + " of "
                + corpus.cases() + " differ: see target/corpus/handlebars-spec.txt");
    }

    private static String why(Map<String, Object> t) {
        for (String option : map(t.getOrDefault("compileOptions", Map.of())).keySet()) {
            if (SWITCHES.containsKey(option)) {
                return " [" + SWITCHES.get(option) + "]";
            }
        }
        return text(t, "template").matches("\\{\\{[#^]\\S+}}\\s*\\{\\{/.*")
                ? " [a section is a condition: where it prints nothing, nothing is missing]"
                : JSON.writeValueAsString(t).contains("!sparsearray") ? " [JSON has none]" : "";
    }

    private static String rendered(Map<String, Object> t) {
        Map<String, Object> compile = map(t.getOrDefault("compileOptions", Map.of()));
        Object data = map(t.getOrDefault("runtimeOptions", Map.of())).get("data");
        return shown(t, Boolean.TRUE.equals(compile.get("compat")) ? Dialect.MUSTACHE
                        : Dialect.HANDLEBARS,
                Boolean.TRUE.equals(compile.get("strict")) ? Missing.REFUSE : Missing.EMPTY,
                data instanceof Map<?, ?> values ? map(values) : Map.of());
    }

    private static String shown(Map<String, Object> t, Dialect dialect, Missing missing,
            Map<String, Object> values) {
        Map<String, String> partials = new HashMap<>();
        if (t.get("partials") instanceof Map<?, ?> given) {
            given.forEach((k, v) -> partials.put(k.toString(), v.toString()));
        }
        StringBuilder out = new StringBuilder();
        try {
            Template.compile("test", text(t, "template"), Escaping.HTML, partials, dialect)
                    .show(t.get("data"), Bounds.of(Locale.ENGLISH, ZoneOffset.UTC, missing)
                            .with(values), out);
            return out.toString();
        } catch (TemplateException e) {
            return "refused: " + e.getMessage();
        }
    }

    private static String text(Map<String, Object> t, String key) {
        return (String) t.get(key);
    }

    private static List<?> list(Map<String, Object> t, String key) {
        return (List<?>) t.get(key);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object o) {
        return (Map<String, Object>) o;
    }

    /** Tokens and trees as Handlebars' own tests write them. */
    private static final class Printed {
        private static final Set<Token.Kind> OURS = Set.of(Token.Kind.DELIMITERS);

        static String tokens(String source) {
            List<Token> tokens = new ArrayList<>();
            try {
                new Lexer("test", source, tokens).run();
            } catch (TemplateException e) {
                // what came before it counts
            }
            StringBuilder all = new StringBuilder();
            tokens.stream().filter(t -> !OURS.contains(t.kind()))
                    .forEach(t -> all.append(t.kind()).append(' ').append(t.text()).append('\n'));
            return all.toString();
        }

        static String tokens(List<?> expected) {
            StringBuilder all = new StringBuilder();
            expected.forEach(t -> all.append(map(t).get("name")).append(' ')
                    .append(map(t).get("text")).append('\n'));
            return all.toString();
        }

        static String tree(String source) {
            try {
                StringBuilder out = new StringBuilder();
                program(Parser.parse("test", source), out, 0);
                return out.toString();
            } catch (TemplateException e) {
                return "refused: " + e.getMessage();
            }
        }

        private static void program(Node.Program program, StringBuilder out, int depth) {
            if (!program.params().isEmpty()) {
                line(out, depth, "BLOCK PARAMS: [ " + String.join(" ", program.params()) + " ]");
            }
            for (Node node : program.nodes()) {
                node(node, out, depth);
            }
        }

        private static void node(Node node, StringBuilder out, int depth) {
            switch (node) {
                case Node.Text t when t.text().isEmpty() -> { }
                case Node.Text t -> line(out, depth, "CONTENT[ '" + t.text() + "' ]");
                case Node.Comment c -> line(out, depth, "{{! '" + c.text().replaceAll(
                        "(?s)^\\{\\{~?!-?-?|-?-?~?}}$", "") + "' }}");
                case Node.Output o -> line(out, depth, "{{ " + call(o.call()) + " }}");
                case Node.Raw r -> line(out, depth, "RAW");
                case Node.Decorator d when d.body() == null ->
                        line(out, depth, "{{ DIRECTIVE " + call(d.call()) + " }}");
                case Node.Decorator d -> {
                    line(out, depth, "DIRECTIVE BLOCK:");
                    line(out, depth + 1, call(d.call()));
                    line(out, depth + 1, "PROGRAM:");
                    program(d.body(), out, depth + 2);
                }
                case Node.Partial p -> {
                    StringBuilder text = new StringBuilder(p.block() == null ? "PARTIAL:"
                            : "PARTIAL BLOCK:").append(p.name());
                    p.call().arguments().forEach(a -> text.append(' ').append(expression(a)));
                    text.append(hash(p.call()));
                    if (p.block() != null) {
                        text.append(" PROGRAM:\n");
                        program(p.block(), text, depth + 1);
                    }
                    line(out, depth, "{{> " + text + " }}");
                }
                case Node.Block b -> {
                    line(out, depth, "BLOCK:");
                    line(out, depth + 1, call(b.call()));
                    if (b.body() != null) {
                        line(out, depth + 1, "PROGRAM:");
                        program(b.body(), out, depth + 2);
                    }
                    if (b.inverse() != null) {
                        line(out, depth + 1, "{{^}}");
                        program(b.inverse(), out, depth + 2);
                    }
                }
            }
        }

        private static String call(Node.Call call) {
            return expression(call.callee()) + " [" + String.join(", ", call.arguments().stream()
                    .map(Printed::expression).toList()) + "]" + hash(call);
        }

        private static String hash(Node.Call call) {
            return call.hash().isEmpty() ? "" : " HASH{" + String.join(", ", call.hash().entrySet()
                    .stream().map(e -> e.getKey() + "=" + expression(e.getValue())).toList()) + "}";
        }

        private static String expression(Node.Expression e) {
            return switch (e) {
                case Node.Path p -> (p.data() ? "@" : "") + "PATH:" + String.join("/", p.parts());
                case Node.Literal l -> switch (l.value()) {
                    case null -> "NULL";
                    case String s -> '"' + s + '"';
                    case Boolean b -> "BOOLEAN{" + b + "}";
                    case Number n -> "NUMBER{" + n + "}";
                    default -> "UNDEFINED";
                };
                case Node.Call c -> call(c);
            };
        }

        private static void line(StringBuilder out, int depth, String text) {
            out.append("  ".repeat(depth)).append(text).append('\n');
        }
    }
}
