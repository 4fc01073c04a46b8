package dev.mailmill.template;

import java.util.List;
import java.util.Map;

/** A template's tree: immutable, and the same whoever renders it. */
sealed interface Node {

    /**
     * Nodes in order; the inline partials among them hold from the first on.
     *
     * @param params names for what the block gives it
     * @param chained whether it is an {@code {{else if}}}, a block alone
     */
    record Program(List<Node> nodes, List<String> params, Map<String, Program> inlines,
            boolean chained) {
    }

    /**
     * @param octets its length in UTF-8
     * @param lineStart whether it begins a line of the source: there goes a partial's indentation
     */
    record Text(String text, int octets, boolean lineStart) implements Node {
    }

    /** A comment, which prints nothing. */
    record Comment(String text) implements Node {
    }

    /** {@code {{x}}}, {@code {{{x}}}}, {@code {{helper x}}}. */
    record Output(Call call, boolean raw) implements Node {
    }

    /**
     * {@code {{#x}}…{{else}}…{{/x}}}.
     *
     * @param body null for {@code {{^x}}…{{/x}}}
     * @param inverse null when there is none
     */
    record Block(Call call, Program body, Program inverse) implements Node {
    }

    /** {@code {{{{raw}}}} … {{{{/raw}}}}}. */
    record Raw(Call call, Text text) implements Node {
    }

    /**
     * {@code {{> name context key=value}}}, {@code {{#> name}}…{{/name}}}.
     *
     * @param call whose callee is the name: a path's text, a literal, or a call that makes it
     * @param indent what stood before it on a line of its own
     * @param block null without one
     */
    record Partial(Call call, String indent, Program block) implements Node {
        /** Its name, or null when a subexpression makes it. */
        String name() {
            return switch (call.callee()) {
                case Path p -> p.data() ? "@" + String.join("/", p.parts()) : p.original();
                case Literal l -> l.original();
                case Call c -> null;
            };
        }
    }

    /**
     * {@code {{#*inline "name"}}…{{/inline}}} is the one that we know.
     *
     * @param body null for {@code {{* name}}}
     */
    record Decorator(Call call, Program body) implements Node {
    }

    /** What has a value. */
    sealed interface Expression {
    }

    /**
     * @param data whether it begins with @
     * @param up how many ../ lead it
     * @param parts its names
     * @param scoped whether it begins with this, . or .., so that only that context is asked
     */
    record Path(boolean data, int up, List<String> parts, boolean scoped, String original)
            implements Expression {
    }

    /**
     * A string, number, boolean, null or undefined.
     *
     * @param value for undefined {@link Values#MISSING}
     */
    record Literal(Object value, String original) implements Expression {
    }

    /** A name with what it is given; without arguments it is the variable of that name. */
    record Call(Expression callee, List<Expression> arguments, Map<String, Expression> hash,
            Place place) implements Expression {
        boolean bare() {
            return arguments.isEmpty() && hash.isEmpty();
        }

        /** What is called, as a helper's name. */
        String name() {
            return switch (callee) {
                case Path p -> p.original();
                case Literal l -> l.original();
                case Call c -> "(" + c.name() + ")";
            };
        }
    }
}
