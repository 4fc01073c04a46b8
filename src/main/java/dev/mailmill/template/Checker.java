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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can be known to be wrong before there is data, and which partials a template can reach. */
final class Checker {
    private final Map<String, String> sources;
    private final Dialect dialect;
    private final Map<String, Program> partials = new LinkedHashMap<>();
    private final Set<String> inlines = new HashSet<>();
    private final Map<String, Place> unknown = new LinkedHashMap<>();
    private boolean all;

    Checker(Map<String, String> sources, Dialect dialect) {
        this.sources = sources;
        this.dialect = dialect;
    }

    /** The partials that a program can reach, parsed. */
    Map<String, Program> reached(Program from) throws TemplateException {
        program(from);
        Set<String> done = new HashSet<>();
        boolean more = true;
        while (more) {
            more = false;
            if (all) {
                for (String name : sources.keySet()) {
                    reach(name);
                }
            }
            for (String name : List.copyOf(partials.keySet())) {
                if (done.add(name)) {
                    program(partials.get(name));
                    more = true;
                }
            }
        }
        for (Map.Entry<String, Place> e : unknown.entrySet()) {
            if (!inlines.contains(e.getKey()) && dialect == Dialect.HANDLEBARS) {
                String near = Nearest.to(e.getKey(), sources.keySet());
                throw new TemplateException(e.getValue(), "The partial " + e.getKey()
                        + " could not be found" + (near == null ? ": add it first"
                        : ": did you mean " + near + "?"));
            }
        }
        return new HashMap<>(partials);
    }

    private boolean reach(String name) throws TemplateException {
        if (!sources.containsKey(name)) {
            return false;
        }
        if (!partials.containsKey(name)) {
            partials.put(name, Parser.parse(name, sources.get(name)));
        }
        return true;
    }

    private void program(Program program) throws TemplateException {
        if (program == null) {
            return;
        }
        inlines.addAll(program.inlines().keySet());
        for (Node node : program.nodes()) {
            switch (node) {
                case Text t -> { }
                case Comment c -> { }
                case Output o -> call(o.call());
                case Block b -> block(b);
                case Raw r -> {
                    if (!r.call().name().equals("raw") || !r.call().bare()) {
                        throw error(r.call(), "a raw block is {{{{raw}}}} … {{{{/raw}}}}");
                    }
                }
                case Decorator d -> {
                    if (Parser.inlineName(d) == null) {
                        throw error(d.call(), "decorators run code and are refused, but for"
                                + " {{#*inline \"name\"}}…{{/inline}}");
                    }
                    program(d.body());
                }
                case Partial p -> partial(p);
            }
        }
    }

    private void partial(Partial p) throws TemplateException {
        arguments(p.call());
        if (p.call().callee() instanceof Call made) {
            call(made);
            all = true;
        } else if (!p.name().equals("@partial-block") && !reach(p.name()) && p.block() == null) {
            unknown.putIfAbsent(p.name(), p.call().place());
        }
        program(p.block());
    }

    private void block(Block b) throws TemplateException {
        Call call = b.call();
        boolean builtin = Helper.BLOCKS.contains(call.name());
        if (builtin && call.arguments().size() != 1) {
            throw error(call, call.name() + " takes one argument"
                    + (call.arguments().isEmpty() ? ": {{#" + call.name() + " name}}"
                    : ", and is given " + call.arguments().size()
                    + "; to compare, write (eq a b)"));
        }
        if (builtin) {
            arguments(call);
        } else {
            call(call);
            if (!call.bare() && Helper.named(call.name()).prints()) {
                throw error(call, call.name() + " prints and is no block: write {{" + call.name()
                        + " …}}");
            }
        }
        program(b.body());
        program(b.inverse());
    }

    private void call(Call call) throws TemplateException {
        if (call.callee() instanceof Call made) {
            call(made);
        }
        if (call.bare()) {
            return;
        }
        String name = call.name();
        if (Helper.BLOCKS.contains(name)) {
            throw error(call, name + " is a block: write {{#" + name + " …}}…{{/" + name + "}}");
        }
        if (name.equals("log")) {
            throw error(call, "log is refused, since nobody would read it: take it out");
        }
        Helper helper = call.callee() instanceof Path p && p.parts().size() != 1 ? null
                : Helper.named(name);
        if (helper == null) {
            throw error(call, "\"" + name + "\" not defined in the helpers: "
                    + Helper.known(name));
        }
        int given = call.arguments().size();
        if (given < helper.least() || given > helper.most()) {
            throw error(call, name + " takes " + helper.least() + (helper.most() > helper.least()
                    ? " to " + helper.most() : "") + " arguments, and is given " + given);
        }
        for (String key : call.hash().keySet()) {
            if (!helper.options().contains(key)) {
                throw error(call, name + " knows no " + key + "="
                        + (helper.options().isEmpty() ? "" : "; it knows "
                        + String.join(", ", helper.options().stream().sorted().toList())));
            }
        }
        arguments(call);
    }

    private void arguments(Call call) throws TemplateException {
        for (Expression e : call.arguments()) {
            argument(e);
        }
        for (Expression e : call.hash().values()) {
            argument(e);
        }
    }

    private void argument(Expression e) throws TemplateException {
        switch (e) {
            case Literal l -> { }
            case Path p -> { }
            case Call c -> {
                if (c.bare()) {
                    throw error(c, "\"" + c.name() + "\" is given nothing: write " + c.name()
                            + " without parentheses for the variable");
                }
                call(c);
            }
        }
    }

    private static TemplateException error(Call call, String what) {
        return new TemplateException(call.place(), what);
    }
}
