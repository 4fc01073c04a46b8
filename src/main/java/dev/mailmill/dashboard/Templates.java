package dev.mailmill.dashboard;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.Map;

/** The templates of {@code src/main/jte}, as classes: nothing is compiled while we run. */
final class Templates {
    private final TemplateEngine engine = TemplateEngine.createPrecompiled(null, ContentType.Html,
            Templates.class.getClassLoader(), Templates.class.getPackageName());

    /** A whole page. */
    String page(String name, Frame frame, Object model) {
        return rendered(name, Map.of("frame", frame, "m", model));
    }

    /** A part of one, for htmx. */
    String part(String name, Object model) {
        return rendered(name, Map.of("m", model));
    }

    private String rendered(String name, Map<String, Object> values) {
        StringOutput out = new StringOutput(16 * 1024);
        engine.render(name + ".jte", values, out);
        return out.toString();
    }
}
