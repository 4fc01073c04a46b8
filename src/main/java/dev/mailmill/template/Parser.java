package dev.mailmill.template;

import dev.mailmill.template.Node.Block;
import dev.mailmill.template.Node.Call;
import dev.mailmill.template.Node.Comment;
import dev.mailmill.template.Node.Decorator;
import dev.mailmill.template.Node.Expression;
import dev.mailmill.template.Node.Literal;
import dev.mailmill.template.Node.Output;
import dev.mailmill.template.Node.Partial;
import dev.mailmill.template.Node.Path;
import dev.mailmill.template.Node.Program;
import dev.mailmill.template.Node.Raw;
import dev.mailmill.template.Node.Text;
import dev.mailmill.template.Token.Kind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tokens to a tree. Recursion is bounded by the nesting that a source may have. */
final class Parser {
    /** Characters of a template or partial. */
    static final int SOURCE_MAX = 1 << 20;
    /** Blocks in one another, and subexpressions in one another. */
    static final int NESTING_MAX = 64;
    /** Alternatives of one block, {@code {{else if}}}. */
    static final int CHAIN_MAX = 100;
    /** Names of one path, and steps outwards. */
    static final int PATH_MAX = 64;
    private static final Set<Kind> NAMES = EnumSet.of(Kind.ID, Kind.DATA, Kind.STRING, Kind.NUMBER,
            Kind.BOOLEAN, Kind.UNDEFINED, Kind.NULL);

    private final String name;
    private final String source;
    private final List<Token> tokens;
    private final Blanks blanks;
    private final Lines lines;
    private int at;
    private int nesting;

    private Parser(String name, String source) throws TemplateException {
        this.name = name;
        this.source = source;
        if (source.length() > SOURCE_MAX) {
            throw new TemplateException(new Place(name, 1, 1), "the source has " + source.length()
                    + " characters; at most " + SOURCE_MAX + " are taken: move parts to partials,"
                    + " data to variables");
        }
        tokens = Lexer.tokens(name, source);
        blanks = new Blanks(source, tokens);
        lines = new Lines(name, source);
    }

    static Program parse(String name, String source) throws TemplateException {
        Parser parser = new Parser(name, source);
        Program all = parser.program(List.of());
        if (parser.at < parser.tokens.size()) {
            throw parser.error(parser.tokens.get(parser.at), parser.kind() == Kind.OPEN_ENDBLOCK
                    ? "no block is open here that this could close" : "no block is open here that"
                    + " could have an else");
        }
        return all;
    }

    /** Nodes up to what ends or divides a block. */
    private Program program(List<String> params) throws TemplateException {
        List<Node> nodes = new ArrayList<>();
        Map<String, Program> inlines = new LinkedHashMap<>();
        while (at < tokens.size()) {
            Token t = tokens.get(at);
            int first = at;
            switch (t.kind()) {
                case CONTENT -> {
                    text(nodes, first);
                    at++;
                }
                case COMMENT -> {
                    nodes.add(new Comment(t.text()));
                    at++;
                }
                case DELIMITERS -> at++;
                case OPEN -> {
                    lineStart(nodes, first);
                    boolean decorator = t.text().endsWith("*");
                    Call call = tag(Kind.CLOSE);
                    nodes.add(decorator ? new Decorator(call, null)
                            : new Output(call, t.text().endsWith("&")));
                }
                case OPEN_UNESCAPED -> {
                    lineStart(nodes, first);
                    nodes.add(new Output(tag(Kind.CLOSE_UNESCAPED), true));
                }
                case OPEN_BLOCK, OPEN_INVERSE -> {
                    lineStart(nodes, first);
                    Node block = block(t.kind() == Kind.OPEN_INVERSE);
                    nodes.add(block);
                    if (block instanceof Decorator d && inlineName(d) != null) {
                        inlines.put(inlineName(d), d.body());
                    }
                }
                case OPEN_RAW_BLOCK -> {
                    lineStart(nodes, first);
                    nodes.add(raw());
                }
                case OPEN_PARTIAL -> {
                    lineStart(nodes, first);
                    Call call = partialTag();
                    nodes.add(new Partial(call, blanks.indent(first), null));
                }
                case OPEN_PARTIAL_BLOCK -> {
                    lineStart(nodes, first);
                    Call call = partialTag();
                    Program body = nested(t, List.of());
                    end(call, t);
                    nodes.add(new Partial(call, blanks.indent(first), body));
                }
                case OPEN_ENDBLOCK, INVERSE, OPEN_INVERSE_CHAIN -> {
                    return new Program(List.copyOf(nodes), params, Map.copyOf(inlines), false);
                }
                case CLOSE, CLOSE_UNESCAPED, CLOSE_RAW_BLOCK, END_RAW_BLOCK, OPEN_SEXPR,
                        CLOSE_SEXPR, OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS, ID, SEP, DATA, EQUALS,
                        STRING, NUMBER, BOOLEAN, UNDEFINED, NULL -> throw error(t,
                        "this cannot stand outside of a tag");
            }
        }
        return new Program(List.copyOf(nodes), params, Map.copyOf(inlines), false);
    }

    private void text(List<Node> nodes, int token) {
        String text = blanks.text(token);
        if (!text.isEmpty()) {
            nodes.add(new Text(text, octets(text), blanks.startsLine(token)));
        }
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** A tag that begins a line which it does not have alone is where its indentation goes. */
    private void lineStart(List<Node> nodes, int tag) {
        if (!blanks.alone(tag) && blanks.startsLine(tag)) {
            nodes.add(new Text("", 0, true));
        }
    }

    private Program nested(Token opening, List<String> params) throws TemplateException {
        if (++nesting > NESTING_MAX) {
            throw error(opening, "blocks are nested deeper than " + NESTING_MAX
                    + ": move inner ones to partials");
        }
        Program body = program(params);
        nesting--;
        return body;
    }

    private Node block(boolean inverted) throws TemplateException {
        Token opening = tokens.get(at);
        at++;
        Call call = call(opening);
        List<String> params = blockParams();
        expect(Kind.CLOSE);
        Program body = nested(opening, params);
        Program inverse = inverse(0);
        end(call, opening);
        if (opening.text().endsWith("*")) {
            if (inverse != null) {
                throw error(opening, "Unexpected inverse: {{#*" + call.name()
                        + "}} has no {{else}}");
            }
            return new Decorator(call, body);
        }
        return inverted ? new Block(call, inverse, body) : new Block(call, body, inverse);
    }

    /** What follows {@code {{else}}}; an {@code {{else if}}} is a block in it. Null without. */
    private Program inverse(int chained) throws TemplateException {
        if (at >= tokens.size() || kind() == Kind.OPEN_ENDBLOCK) {
            return null;
        }
        Token opening = tokens.get(at);
        at++;
        if (opening.kind() == Kind.INVERSE) {
            return nested(opening, List.of());
        }
        if (chained >= CHAIN_MAX) {
            throw error(opening, "a block has more than " + CHAIN_MAX + " alternatives:"
                    + " look the text up in a map");
        }
        Call call = call(opening);
        List<String> params = blockParams();
        expect(Kind.CLOSE);
        Program body = nested(opening, params);
        Block block = new Block(call, body, inverse(chained + 1));
        return new Program(List.of(block), List.of(), Map.of(), true);
    }

    private void end(Call call, Token opening) throws TemplateException {
        if (at >= tokens.size()) {
            throw error(opening, "the block " + call.name() + " does not end: close it with {{/"
                    + call.name() + "}}");
        }
        Token closing = tokens.get(at);
        if (closing.kind() != Kind.OPEN_ENDBLOCK) {
            throw error(closing, "this block has an else already");
        }
        at++;
        Expression ended = at < tokens.size() ? expression(0) : null;
        String closed = switch (ended) {
            case null -> "";
            case Path p -> p.data() ? "@" + p.original() : p.original();
            case Literal l -> l.original();
            case Call c -> c.name();
        };
        String open = call.callee() instanceof Path p && p.data() ? "@" + p.original()
                : call.name();
        if (!open.equals(closed)) {
            throw error(closing, open + " doesn't match " + closed + ": close with {{/" + open
                    + "}} what was opened on line " + place(opening).line());
        }
        expect(Kind.CLOSE);
    }

    private Raw raw() throws TemplateException {
        Token opening = tokens.get(at);
        at++;
        Call call = call(opening);
        expect(Kind.CLOSE_RAW_BLOCK);
        Text text = new Text("", 0, false);
        if (kind() == Kind.CONTENT) {
            String shown = tokens.get(at).text();
            text = new Text(shown, octets(shown), false);
            at++;
        }
        String closed = tokens.get(at).text();
        if (!closed.equals(call.name())) {
            throw error(tokens.get(at), call.name() + " doesn't match " + closed);
        }
        at++;
        return new Raw(call, text);
    }

    private Call tag(Kind closing) throws TemplateException {
        Token opening = tokens.get(at);
        at++;
        Call call = call(opening);
        expect(closing);
        return call;
    }

    private Call partialTag() throws TemplateException {
        Token opening = tokens.get(at);
        Call call = tag(Kind.CLOSE);
        if (call.arguments().size() > 1) {
            throw error(opening, "Unsupported number of partial arguments: "
                    + call.arguments().size() + "; a partial is given one context, and key=value");
        }
        return call;
    }

    private List<String> blockParams() throws TemplateException {
        if (kind() != Kind.OPEN_BLOCK_PARAMS) {
            return List.of();
        }
        at++;
        List<String> names = new ArrayList<>();
        while (kind() == Kind.ID) {
            names.add(tokens.get(at).text());
            at++;
        }
        expect(Kind.CLOSE_BLOCK_PARAMS);
        return List.copyOf(names);
    }

    private Call call(Token opening) throws TemplateException {
        return call(opening, 0);
    }

    private Call call(Token opening, int depth) throws TemplateException {
        Expression callee = expression(depth);
        List<Expression> arguments = new ArrayList<>();
        Map<String, Expression> hash = new LinkedHashMap<>();
        while (at < tokens.size() && (NAMES.contains(kind()) || kind() == Kind.OPEN_SEXPR)) {
            if (at + 1 < tokens.size() && tokens.get(at + 1).kind() == Kind.EQUALS) {
                String key = tokens.get(at).text();
                at += 2;
                hash.put(unbracketed(key), expression(depth));
            } else if (!hash.isEmpty()) {
                throw error(tokens.get(at), "an argument stands before key=value, not after");
            } else {
                arguments.add(expression(depth));
            }
        }
        return new Call(callee, List.copyOf(arguments),
                Collections.unmodifiableMap(hash), place(opening));
    }

    private Expression expression(int depth) throws TemplateException {
        Token t = tokens.get(at);
        if (t.kind() != Kind.OPEN_SEXPR) {
            return named();
        }
        if (depth >= NESTING_MAX) {
            throw error(t, "subexpressions are nested deeper than " + NESTING_MAX);
        }
        at++;
        Call call = call(t, depth + 1);
        expect(Kind.CLOSE_SEXPR);
        return call;
    }

    private Expression named() throws TemplateException {
        Token t = tokens.get(at);
        Expression literal = switch (t.kind()) {
            case STRING -> new Literal(t.text(), t.text());
            case NUMBER -> new Literal(number(t), t.text());
            case BOOLEAN -> new Literal(Boolean.valueOf(t.text()), t.text());
            case NULL -> new Literal(null, t.text());
            case UNDEFINED -> new Literal(Values.MISSING, t.text());
            case ID, DATA -> null;
            case EQUALS -> throw error(t, "= stands only in key=value; to compare, write"
                    + " (eq a b)");
            case CONTENT, COMMENT, DELIMITERS, OPEN, OPEN_UNESCAPED, CLOSE, CLOSE_UNESCAPED,
                    OPEN_BLOCK, OPEN_INVERSE, OPEN_INVERSE_CHAIN, OPEN_ENDBLOCK, INVERSE,
                    OPEN_PARTIAL, OPEN_PARTIAL_BLOCK, OPEN_RAW_BLOCK, CLOSE_RAW_BLOCK,
                    END_RAW_BLOCK, OPEN_SEXPR, CLOSE_SEXPR, OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS,
                    SEP -> throw error(t, "a name is expected here");
        };
        if (literal != null) {
            at++;
            return literal;
        }
        return path();
    }

    private Object number(Token t) throws TemplateException {
        if (t.text().length() > 40) {
            throw error(t, "a number has at most 40 digits");
        }
        return t.text().indexOf('.') < 0 && t.text().length() < 18 ? (Object) Long.valueOf(t.text())
                : new BigDecimal(t.text());
    }

    private Path path() throws TemplateException {
        boolean data = kind() == Kind.DATA;
        if (data) {
            at++;
        }
        StringBuilder original = new StringBuilder();
        List<String> parts = new ArrayList<>();
        int up = 0;
        boolean scoped = false;
        while (true) {
            Token t = at < tokens.size() ? tokens.get(at) : null;
            if (t == null || t.kind() != Kind.ID) {
                throw error(t == null ? tokens.getLast() : t, "a name is expected here");
            }
            at++;
            if (parts.size() + up >= PATH_MAX) {
                throw error(t, "a path has more than " + PATH_MAX + " steps");
            }
            String part = unbracketed(t.text());
            boolean literal = t.text().startsWith("[");
            original.append(part);
            if (!literal && (part.equals("..") || part.equals(".") || part.equals("this"))) {
                if (!parts.isEmpty()) {
                    throw error(t, "Invalid path: " + original + "; " + part
                            + " stands only at the beginning of a path");
                }
                scoped = true;
                up += part.equals("..") ? 1 : 0;
            } else {
                parts.add(part);
            }
            if (at >= tokens.size() || kind() != Kind.SEP) {
                return new Path(data, up, List.copyOf(parts), scoped, original.toString());
            }
            original.append(tokens.get(at).text());
            at++;
        }
    }

    private static String unbracketed(String id) {
        return id.startsWith("[") ? id.substring(1, id.length() - 1) : id;
    }

    /** The name that an {@code {{#*inline "name"}}} gives, or null for another decorator. */
    static String inlineName(Decorator d) {
        return d.body() != null && d.call().name().equals("inline")
                && d.call().arguments().size() == 1
                && d.call().arguments().getFirst() instanceof Literal l ? l.original() : null;
    }

    private Kind kind() {
        return at < tokens.size() ? tokens.get(at).kind() : Kind.CLOSE;
    }

    private void expect(Kind kind) throws TemplateException {
        Token t = tokens.get(at);
        if (t.kind() != kind) {
            throw error(t, "'" + t.text() + "' cannot stand here in a tag");
        }
        at++;
    }

    private Place place(Token t) {
        return lines.place(t.start());
    }

    private TemplateException error(Token t, String what) {
        return new TemplateException(Lexer.place(name, source, t.start()), what);
    }
}
