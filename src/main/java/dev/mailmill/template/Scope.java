package dev.mailmill.template;

import dev.mailmill.template.Node.Program;
import java.util.List;
import java.util.Map;

/**
 * What names mean at a place of a rendering. Immutable: a block's or a partial's is a new one.
 *
 * @param parent of {@code ../}; null at the root
 * @param loop null outside of loops
 * @param given null without block parameters
 * @param inlines null without inline partials
 * @param filling what {@code {{> @partial-block}}} prints; null without
 * @param indent what each line of a partial begins with
 */
record Scope(Object context, Scope parent, Loop loop, Given given, Inlines inlines,
        Filling filling, String indent) {

    /** Where a loop is. */
    record Loop(Object index, Object key, boolean first, boolean last, Loop outer) {
    }

    /** Block parameters. */
    record Given(List<String> names, List<Object> values, Given outer) {
    }

    /** Inline partials. */
    record Inlines(Map<String, Program> programs, Inlines outer) {
        static Program find(Inlines from, String name) {
            for (Inlines i = from; i != null; i = i.outer) {
                Program program = i.programs.get(name);
                if (program != null) {
                    return program;
                }
            }
            return null;
        }
    }

    /** What a partial was wrapped around, and the scope where that stands. */
    record Filling(Program block, Scope scope) {
    }

    static Scope root(Object data) {
        return new Scope(data, null, null, null, null, null, "");
    }

    /** With a context of its own; the same one is no step outwards for {@code ../}. */
    Scope inner(Object context) {
        return context == this.context ? this
                : new Scope(context, this, loop, given, inlines, filling, indent);
    }

    Scope turn(Object item, Loop loop) {
        return new Scope(item, this, loop, given, inlines, filling, indent);
    }

    Scope given(Given given) {
        return new Scope(context, parent, loop, given, inlines, filling, indent);
    }

    Scope defining(Map<String, Program> programs) {
        return programs.isEmpty() ? this : new Scope(context, parent, loop, given,
                new Inlines(programs, inlines), filling, indent);
    }

    Scope filled(Filling filling) {
        return new Scope(context, parent, loop, given, inlines, filling, indent);
    }

    Scope indented(String more) {
        return more.isEmpty() ? this : new Scope(context, parent, loop, given, inlines, filling,
                indent + more);
    }
}
