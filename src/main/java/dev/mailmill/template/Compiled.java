package dev.mailmill.template;

import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** A version's words in one language, ready to be filled. Immutable. */
final class Compiled {
    /** What would end a header field, or begin another. */
    private static final Pattern BREAKS = Pattern.compile("[\\p{Cc}\\u2028\\u2029]+");

    private final String locale;
    private final Template subject;
    private final Template html;
    private final Template text;

    private Compiled(String locale, Template subject, Template html, Template text) {
        this.locale = locale;
        this.subject = subject;
        this.html = html;
        this.text = text;
    }

    static Compiled of(Built built, String locale) throws TemplateException {
        Wording w = built.wordings().get(locale);
        Map<String, String> partials = new LinkedHashMap<>();
        String prefix = locale + "/";
        built.partials().forEach((name, source) -> {
            if (name.startsWith(prefix)) {
                partials.put(name.substring(prefix.length()), source);
            }
        });
        return new Compiled(locale,
                Template.compile("subject", w.subject(), Escaping.NONE, partials),
                w.html().isEmpty() ? null
                        : Template.compile("html", w.html(), Escaping.HTML, partials),
                Template.compile("text", w.text(), Escaping.NONE, partials));
    }

    /** Whether it can be read at all; what it names need not be there yet. */
    static void check(String source) throws TemplateException {
        Parser.parse("template", source);
    }

    String locale() {
        return locale;
    }

    boolean hasHtml() {
        return html != null;
    }

    /** Paths that have to be given whatever else is. */
    Set<String> required() {
        Set<String> all = new LinkedHashSet<>(subject.needs().required());
        if (html != null) {
            all.addAll(html.needs().required());
        }
        all.addAll(text.needs().required());
        return all;
    }

    /** Pointers to what is needed and not there. */
    Set<String> missing(Map<String, Object> data) {
        Set<String> all = new LinkedHashSet<>(subject.needs().missing(data));
        if (html != null) {
            all.addAll(html.needs().missing(data));
        }
        all.addAll(text.needs().missing(data));
        return all;
    }

    String subject(Map<String, Object> data) throws TemplateException {
        return subject(data, bounds());
    }

    private String subject(Map<String, Object> data, Bounds bounds) throws TemplateException {
        return BREAKS.matcher(filled(subject, data, bounds)).replaceAll(" ").strip();
    }

    Rendered render(Map<String, Object> data) throws TemplateException {
        return render(data, bounds());
    }

    /** Of what has to be made, however busy the machine is. */
    Rendered renderPatiently(Map<String, Object> data) throws TemplateException {
        return render(data, bounds().patient());
    }

    private Rendered render(Map<String, Object> data, Bounds bounds) throws TemplateException {
        return new Rendered(subject(data, bounds), html == null ? "" : filled(html, data, bounds),
                filled(text, data, bounds));
    }

    private Bounds bounds() {
        return Bounds.of(Locale.forLanguageTag(locale), ZoneOffset.UTC, Missing.REFUSE);
    }

    /**
     * A second time when the clock has ended the first: the first use of a language's formats reads
     * these from disk, which alone may take longer than a rendering may.
     */
    private static String filled(Template template, Map<String, Object> data, Bounds bounds)
            throws TemplateException {
        StringBuilder out = new StringBuilder();
        try {
            template.render(data, bounds, out);
        } catch (TemplateException e) {
            if (!e.isLate()) {
                throw e;
            }
            out.setLength(0);
            template.render(data, bounds, out);
        }
        return out.toString();
    }

    /** As templates write what a pointer leads to: {@code /order/items/2/name}. */
    static String name(String pointer) {
        StringBuilder name = new StringBuilder();
        for (String step : List.of(pointer.substring(1).split("/"))) {
            String plain = step.replace("~1", "/").replace("~0", "~");
            if (!plain.isEmpty() && plain.chars().allMatch(Character::isDigit)) {
                name.append('[').append(plain).append(']');
            } else {
                name.append(name.isEmpty() ? "" : ".").append(plain);
            }
        }
        return name.toString();
    }
}
