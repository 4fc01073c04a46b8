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
import dev.mailmill.template.Scope.Filling;
import dev.mailmill.template.Scope.Given;
import dev.mailmill.template.Scope.Loop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One rendering: the tree, the data, and a meter that stops it. */
final class Renderer {
    private final Map<String, Program> partials;
    private final Dialect dialect;
    private final boolean html;
    private final Bounds bounds;
    private final Meter meter;
    private final Object root;

    Renderer(Map<String, Program> partials, Dialect dialect, Escaping escaping, Bounds bounds,
            Object root, Appendable out) {
        this.partials = partials;
        this.dialect = dialect;
        this.html = escaping == Escaping.HTML;
        this.bounds = bounds;
        this.root = root;
        meter = new Meter(bounds, out);
    }

    void render(Program program, Place place) throws TemplateException {
        program(program, Scope.root(root), place);
    }

    private void program(Program program, Scope outer, Place place) throws TemplateException {
        Scope scope = outer.defining(program.inlines());
        Place near = place;
        for (Node node : program.nodes()) {
            switch (node) {
                case Text t -> text(t, scope, near);
                case Output o -> {
                    near = o.call().place();
                    meter.step(near);
                    output(o, scope);
                }
                case Block b -> {
                    near = b.call().place();
                    meter.step(near);
                    block(b, scope);
                }
                case Partial p -> {
                    near = p.call().place();
                    meter.step(near);
                    partial(p, scope);
                }
                case Raw r -> text(r.text(), scope, r.call().place());
                case Comment c -> { }
                case Decorator d -> { }
            }
        }
    }

    private void text(Text t, Scope scope, Place place) throws TemplateException {
        if (scope.indent().isEmpty()) {
            if (t.octets() > 0) {
                meter.print(t.text(), t.octets(), place);
            }
            return;
        }
        String text = t.text();
        if (t.lineStart()) {
            meter.print(scope.indent(), false, place);
        }
        int from = 0;
        for (int i = text.indexOf('\n'); i >= 0 && i < text.length() - 1;
                i = text.indexOf('\n', from)) {
            meter.print(text.substring(from, i + 1), false, place);
            meter.print(scope.indent(), false, place);
            from = i + 1;
        }
        meter.print(text.substring(from), false, place);
    }

    private void output(Output o, Scope scope) throws TemplateException {
        Call call = o.call();
        if (o.raw() && scope.filling() != null && fills(call)) {
            fill(scope.filling(), scope, scope.context(), call.place());
            return;
        }
        Object v = evaluate(call, scope, true);
        print(v, o.raw(), call, 0);
    }

    /** Whether a raw tag is where a layout says what it is wrapped around. */
    static boolean fills(Call call) {
        return call.bare() && call.callee() instanceof Path p && p.up() == 0
                && (p.original().equals("body") || p.data() && p.original().equals("content"));
    }

    private void print(Object v, boolean raw, Call call, int depth) throws TemplateException {
        if (v instanceof List<?> list && depth < bounds.depthMax()) {
            boolean more = false;
            for (Object item : list) {
                meter.step(call.place());
                if (more) {
                    meter.print(",", 1, call.place());
                }
                more = true;
                print(item, raw, call, depth + 1);
            }
            return;
        }
        String text = Values.text(v);
        if (text == null) {
            throw refused(call, "is an object and has no text: name one of its fields");
        }
        meter.print(text, html && !raw, call.place());
    }

    /** A block, and what an {@code {{else if}}} puts in its place: alternatives are no depth. */
    private void block(Block first, Scope scope) throws TemplateException {
        Block b = first;
        while (b != null) {
            Program taken = taken(b, scope);
            if (taken != null && taken.chained() && taken.nodes().getFirst() instanceof Block o) {
                b = o;
                meter.step(b.call().place());
            } else {
                body(taken, scope, List.of(), b.call());
                b = null;
            }
        }
    }

    /** Prints what has a context of its own; what has not is what is to be printed, or null. */
    private Program taken(Block b, Scope scope) throws TemplateException {
        Call call = b.call();
        if (call.bare()) {
            return section(b, scope, evaluate(call, scope, false));
        }
        return switch (call.name()) {
            case "if", "unless" -> {
                Object v = argument(call, 0, scope);
                boolean zero = Values.truthy(hash(call, "includeZero", scope))
                        && v instanceof Number;
                yield (zero || Values.truthy(v)) == call.name().equals("if") ? b.body()
                        : b.inverse();
            }
            case "with" -> {
                Object v = argument(call, 0, scope);
                if (!Values.truthy(v)) {
                    yield otherwise(b, v);
                }
                body(b.body(), scope.inner(v), List.of(v), call);
                yield null;
            }
            case "each" -> each(b, scope, argument(call, 0, scope));
            default -> Values.truthy(evaluate(call, scope, false)) ? b.body() : b.inverse();
        };
    }

    /** What {@code {{#each}}} and {@code {{#with}}} do with nothing: a hole, or their else. */
    private Program otherwise(Block b, Object v) throws TemplateException {
        if (v == Values.MISSING && b.inverse() == null && bounds.missing() == Missing.REFUSE) {
            throw refused(b.call(), "has no value: give it, or add an {{else}}");
        }
        return b.inverse();
    }

    /** Mustache's: a list is looped over, true chooses, and any other value is stepped into. */
    private Program section(Block b, Scope scope, Object v) throws TemplateException {
        return switch (v) {
            case List<?> list when !list.isEmpty() -> list(b, scope, list);
            case Boolean yes when yes -> b.body();
            case null -> b.inverse();
            case List<?> none -> b.inverse();
            case Boolean no -> b.inverse();
            default -> {
                if (v == Values.MISSING) {
                    yield b.inverse();
                }
                body(b.body(), scope.inner(v), List.of(v), b.call());
                yield null;
            }
        };
    }

    private Program each(Block b, Scope scope, Object v) throws TemplateException {
        return switch (v) {
            case List<?> list when !list.isEmpty() -> list(b, scope, list);
            case Map<?, ?> map when !map.isEmpty() -> {
                int i = 0;
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    turn(b, scope, e.getValue(), i, e.getKey(), i == map.size() - 1);
                    i++;
                }
                yield null;
            }
            case null, default -> otherwise(b, v);
        };
    }

    private Program list(Block b, Scope scope, List<?> list) throws TemplateException {
        int i = 0;
        for (Object item : list) {
            turn(b, scope, item, i, i, i == list.size() - 1);
            i++;
        }
        return null;
    }

    private void turn(Block b, Scope scope, Object item, int i, Object key, boolean last)
            throws TemplateException {
        meter.step(b.call().place());
        Loop loop = new Loop(i, key, i == 0, last, scope.loop());
        List<Object> given = new ArrayList<>(2);
        given.add(item);
        given.add(key);
        body(b.body(), scope.turn(item, loop), given, b.call());
    }

    private void body(Program program, Scope scope, List<Object> given, Call call)
            throws TemplateException {
        if (program == null) {
            return;
        }
        meter.enter(call.place());
        program(program, program.params().isEmpty() ? scope
                : scope.given(new Given(program.params(), given, scope.given())), call.place());
        meter.leave();
    }

    private void partial(Partial p, Scope scope) throws TemplateException {
        Call call = p.call();
        String name = p.name() != null ? p.name()
                : Values.text(evaluate(call.callee(), scope, true, call));
        Object context = call.arguments().isEmpty() ? scope.context()
                : argument(call, 0, scope);
        context = call.hash().isEmpty() ? context : merged(context, call, scope);
        if ("@partial-block".equals(name)) {
            if (scope.filling() == null) {
                throw new TemplateException(call.place(), "The partial @partial-block could not be"
                        + " found: this is printed only where a block is wrapped in the partial");
            }
            fill(scope.filling(), scope.indented(p.indent()), context, call.place());
            return;
        }
        Scope inside = scope.inner(context).indented(p.indent());
        if (p.block() != null) {
            inside = inside.defining(p.block().inlines()).filled(new Filling(p.block(), scope));
        }
        Program program = Scope.Inlines.find(inside.inlines(), name);
        if (program == null) {
            program = partials.get(name);
        }
        if (program != null) {
            // block parameters are the caller's own
            body(program, inside.given(null), List.of(), call);
        } else if (p.block() != null) {
            body(p.block(), scope.inner(context), List.of(), call);
        } else if (dialect == Dialect.HANDLEBARS) {
            throw new TemplateException(call.place(), "The partial " + name
                    + " could not be found here");
        }
    }

    /** A partial's block: its words are those of its own place, its context is the partial's. */
    private void fill(Filling filling, Scope here, Object context, Place place)
            throws TemplateException {
        Scope there = filling.scope();
        Scope parent = context == there.context() ? there.parent()
                : context == here.context() ? here.parent() : here;
        meter.enter(place);
        program(filling.block(), new Scope(context, parent, here.loop(), there.given(),
                there.inlines(), there.filling(), here.indent()), place);
        meter.leave();
    }

    private Object merged(Object context, Call call, Scope scope) throws TemplateException {
        Map<Object, Object> merged = new LinkedHashMap<>();
        if (context instanceof Map<?, ?> map) {
            meter.steps(map.size(), call.place());
            merged.putAll(map);
        }
        for (Map.Entry<String, Expression> e : call.hash().entrySet()) {
            Object v = evaluate(e.getValue(), scope, false, call);
            if (v == Values.MISSING) {
                merged.remove(e.getKey());
            } else {
                merged.put(e.getKey(), v);
            }
        }
        return merged;
    }

    /** An argument; missing ones are the callee's business. */
    Object argument(Call call, int i, Scope scope) throws TemplateException {
        return evaluate(call.arguments().get(i), scope, false, call);
    }

    private Object hash(Call call, String key, Scope scope) throws TemplateException {
        Expression e = call.hash().get(key);
        return e == null ? Values.MISSING : evaluate(e, scope, false, call);
    }

    private Object evaluate(Expression e, Scope scope, boolean needed, Call call)
            throws TemplateException {
        meter.step(call.place());
        return switch (e) {
            case Literal l -> l.value();
            case Path p -> needed(value(p, scope), needed, p, call);
            case Call c -> evaluate(c, scope, needed);
        };
    }

    /** A variable, or what a helper makes. */
    private Object evaluate(Call call, Scope scope, boolean needed) throws TemplateException {
        if (call.bare()) {
            return switch (call.callee()) {
                case Path p -> needed(value(p, scope), needed, p, call);
                case Literal l -> needed(Values.field(scope.context(), l.original()), needed, null,
                        call);
                case Call c -> evaluate(c, scope, needed);
            };
        }
        Helper helper = Helper.named(call.name());
        List<Object> arguments = new ArrayList<>(call.arguments().size());
        for (Expression e : call.arguments()) {
            arguments.add(evaluate(e, scope, helper.prints() && arguments.isEmpty(), call));
        }
        Map<String, Object> hash = call.hash().isEmpty() ? Map.of() : new LinkedHashMap<>();
        for (Map.Entry<String, Expression> e : call.hash().entrySet()) {
            hash.put(e.getKey(), evaluate(e.getValue(), scope, false, call));
        }
        return needed(helper.apply(new Helper.Use(arguments, hash, bounds, meter, call)), needed,
                null, call);
    }

    private Object needed(Object v, boolean needed, Path path, Call call)
            throws TemplateException {
        if (v == Values.MISSING && needed && bounds.missing() == Missing.REFUSE) {
            throw new TemplateException(call.place(), "\"" + (path == null ? call.name()
                    : (path.data() ? "@" : "") + path.original()) + "\" not defined in the data:"
                    + " give it, or write {{default name \"…\"}}");
        }
        return v;
    }

    private Object value(Path path, Scope scope) {
        return path.data() ? datum(path, scope) : variable(path, scope);
    }

    private Object variable(Path path, Scope scope) {
        Scope at = scope;
        for (int i = 0; i < path.up(); i++) {
            at = at.parent();
            if (at == null) {
                return Values.MISSING;
            }
        }
        if (path.parts().isEmpty()) {
            return at.context();
        }
        String first = path.parts().getFirst();
        if (!path.scoped()) {
            for (Given g = scope.given(); g != null; g = g.outer()) {
                int i = g.names().indexOf(first);
                if (i >= 0) {
                    return rest(i < g.values().size() ? g.values().get(i) : Values.MISSING, path);
                }
            }
        }
        Object v = Values.field(at.context(), first);
        while (v == Values.MISSING && dialect == Dialect.MUSTACHE && !path.scoped()
                && at.parent() != null) {
            at = at.parent();
            v = Values.field(at.context(), first);
        }
        return rest(v, path);
    }

    private static Object rest(Object of, Path path) {
        Object v = of;
        for (int i = 1; i < path.parts().size() && v != Values.MISSING; i++) {
            v = Values.field(v, path.parts().get(i));
        }
        return v;
    }

    private Object datum(Path path, Scope scope) {
        if (path.parts().isEmpty()) {
            return Values.MISSING;
        }
        Loop loop = scope.loop();
        for (int i = 0; i < path.up() && loop != null; i++) {
            loop = loop.outer();
        }
        String name = path.parts().getFirst();
        Object own = Values.field(bounds.values(), name);
        if (own != Values.MISSING) {
            return rest(own, path);
        }
        return switch (name) {
            case "root" -> rest(root, path);
            case "index" -> loop == null ? Values.MISSING : loop.index();
            case "key" -> loop == null ? Values.MISSING : loop.key();
            case "first" -> loop == null ? Values.MISSING : (Object) loop.first();
            case "last" -> loop == null ? Values.MISSING : (Object) loop.last();
            case "partial-block" -> scope.filling() == null ? Values.MISSING : (Object) true;
            default -> Values.MISSING;
        };
    }

    private TemplateException refused(Call call, String what) {
        return new TemplateException(call.place(), "\"" + (call.bare() ? call.name()
                : call.arguments().getFirst() instanceof Path p ? p.original() : call.name())
                + "\" " + what);
    }
}
