package dev.mailmill.template;

import dev.mailmill.template.Node.Program;
import java.util.Map;

/**
 * A compiled template: immutable, for all threads. It reads what it is given and nothing else, and
 * does so within bounds.
 */
final class Template {
    private final String name;
    private final Program program;
    private final Map<String, Program> partials;
    private final Dialect dialect;
    private final Escaping escaping;
    private final Needs needs;

    private Template(String name, Program program, Map<String, Program> partials,
            Dialect dialect, Escaping escaping) throws TemplateException {
        this.name = name;
        this.program = program;
        this.partials = partials;
        this.dialect = dialect;
        this.escaping = escaping;
        needs = Needed.of(name, program, partials, dialect);
    }

    /** Handlebars. */
    static Template compile(String name, String source, Escaping escaping,
            Map<String, String> partials) throws TemplateException {
        return compile(name, source, escaping, partials, Dialect.HANDLEBARS);
    }

    static Template compile(String name, String source, Escaping escaping,
            Map<String, String> partials, Dialect dialect) throws TemplateException {
        Program program = Parser.parse(name, source);
        return new Template(name, program, new Checker(partials, dialect).reached(program),
                dialect, escaping);
    }

    /** Prints; what was printed before a mistake is the caller's to throw away. */
    void render(Map<String, Object> data, Bounds bounds, Appendable out)
            throws TemplateException {
        show(data, bounds, out);
    }

    /** Data that is no object, as the languages' own tests have it. */
    void show(Object data, Bounds bounds, Appendable out) throws TemplateException {
        new Renderer(partials, dialect, escaping, bounds, data, out)
                .render(program, new Place(name, 1, 1));
    }

    /** The variables that it uses. */
    Needs needs() {
        return needs;
    }
}
