package dev.mailmill.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A draft made into what mail is made from: the layout around it, MJML to HTML, styles into the
 * elements, a text where there is none, and the partials that it takes in, as they are now.
 */
final class Build {
    private static final Pattern PARTIAL =
            Pattern.compile("\\{\\{~?#?>\\s*\"?([A-Za-z0-9_.-]{1,64})");
    private static final Pattern ALONE =
            Pattern.compile("\\{\\{~?>\\s*\"?([A-Za-z0-9_.-]{1,64})\"?\\s*~?\\}\\}");
    private static final Pattern INLINE =
            Pattern.compile("#\\*inline \"([A-Za-z0-9_.-]{1,64})\"");
    private static final Pattern BODY = Pattern.compile("\\{\\{\\{\\s*body\\s*\\}\\}\\}");
    private static final Pattern BODY_TAG =
            Pattern.compile("<body\\b", Pattern.CASE_INSENSITIVE);
    private static final int PARTIALS_MAX = 100;
    /** Of all partials in all languages together: a version is read and kept whole. */
    private static final int PARTIAL_CHARS_MAX = 3_000_000;
    private static final int NESTED_MAX = 16;
    /** Keeps a program from showing what follows beside the subject. */
    private static final String FILLER = "&#847;&zwnj;&nbsp;".repeat(40);

    /** The published layouts and partials of an account. */
    @FunctionalInterface
    interface Pieces {
        Optional<Draft> find(Kind kind, String alias);
    }

    private final Draft draft;
    private final Pieces pieces;
    private final Map<String, String> partials = new LinkedHashMap<>();
    private long partialChars;

    private Build(Draft draft, Pieces pieces) {
        this.draft = draft;
        this.pieces = pieces;
    }

    /** @throws TemplateException in words, with the language in which it is */
    static Built of(Draft draft, Pieces pieces) throws TemplateException {
        return new Build(draft, pieces).built();
    }

    private Built built() throws TemplateException {
        Map<String, Wording> made = new LinkedHashMap<>();
        for (Map.Entry<String, Wording> e : draft.wordings().entrySet()) {
            try {
                made.put(e.getKey(), wording(e.getKey(), e.getValue()));
            } catch (TemplateException x) {
                throw draft.wordings().size() == 1 ? x
                        : new TemplateException("In " + e.getKey() + ": " + x.getMessage());
            }
        }
        Built built = new Built(draft.locale(), made, partials, draft.variables(),
                draft.track());
        for (String locale : made.keySet()) {
            Compiled.of(built, locale);
        }
        return built;
    }

    private Wording wording(String locale, Wording w) throws TemplateException {
        Optional<Wording> layout = layout(locale);
        boolean mjml = !w.mjml().isEmpty();
        String html = "";
        if (!w.markup().isEmpty()) {
            html = markup(locale, w, layout);
        }
        String text = w.text();
        if (!text.isEmpty()) {
            String around = layout.map(Wording::text).orElse("");
            text = around.isEmpty() ? text : around(around, text);
        } else if (!html.isEmpty()) {
            text = TextPart.of(html);
        }
        if (!html.isEmpty() && draft.inlineCss()) {
            html = CssInliner.inline(html);
        }
        if (!html.isEmpty() && !w.preheader().isEmpty()) {
            html = preheader(html, w.preheader());
        }
        collect(locale, html + text + w.subject() + w.preheader(), mjml);
        return new Wording(w.subject(), "", html, "", text);
    }

    private Optional<Wording> layout(String locale) throws TemplateException {
        if (draft.layout().isEmpty()) {
            return Optional.empty();
        }
        Draft found = pieces.find(Kind.LAYOUT, draft.layout()).orElseThrow(() ->
                new TemplateException("There is no layout " + draft.layout()
                        + " that was published."));
        return Optional.of(nearest(found, locale));
    }

    private static Wording nearest(Draft of, String locale) {
        return of.wordings().get(new Built(of.locale(), of.wordings(), Map.of(),
                Map.of()).nearest(locale));
    }

    private String markup(String locale, Wording w, Optional<Wording> layout)
            throws TemplateException {
        String markup = w.markup();
        boolean mjml = !w.mjml().isEmpty();
        if (layout.isPresent()) {
            boolean outer = !layout.get().mjml().isEmpty();
            if (outer != mjml) {
                throw new TemplateException("The layout " + draft.layout() + " is "
                        + (outer ? "MJML" : "HTML") + " and the template is not: write both in one"
                        + " of the two.");
            }
            markup = around(layout.get().markup(), markup);
        }
        return mjml ? Mjml.toHtml(spread(locale, markup)) : markup;
    }

    private static String around(String layout, String body) throws TemplateException {
        Matcher place = BODY.matcher(layout);
        if (!place.find()) {
            throw new TemplateException("The layout has no {{{body}}}, which is where the template"
                    + " goes.");
        }
        return layout.substring(0, place.start()) + body + layout.substring(place.end());
    }

    /** Partials in MJML become its elements, so they have to be there before it is translated. */
    private String spread(String locale, String mjml) throws TemplateException {
        String all = mjml;
        for (int depth = 0; depth < NESTED_MAX; depth++) {
            Matcher m = ALONE.matcher(all);
            StringBuilder out = new StringBuilder();
            boolean more = false;
            while (m.find()) {
                String piece = partial(locale, m.group(1)).mjml();
                more |= !piece.isEmpty();
                m.appendReplacement(out, Matcher.quoteReplacement(
                        piece.isEmpty() ? m.group() : piece));
            }
            all = m.appendTail(out).toString();
            if (!more) {
                return all;
            }
            if (all.length() > DraftJson.OCTETS_MAX) {
                break;
            }
        }
        throw new TemplateException("Its partials take in one another without end.");
    }

    private Wording partial(String locale, String alias) throws TemplateException {
        return nearest(pieces.find(Kind.PARTIAL, alias).orElseThrow(() -> new TemplateException(
                "There is no partial " + alias + " that was published.")), locale);
    }

    private static String preheader(String html, String words) {
        String hidden = "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">"
                + escaped(words) + FILLER + "</div>";
        Matcher body = BODY_TAG.matcher(html);
        int end = body.find() ? html.indexOf('>', body.end()) + 1 : 0;
        return html.substring(0, end) + hidden + html.substring(end);
    }

    /** The author's letters are text; what is between braces is the template's. */
    private static String escaped(String words) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < words.length()) {
            int open = words.indexOf("{{", at);
            int close = open < 0 ? -1 : words.indexOf("}}", open);
            int end = close < 0 ? words.length() : open;
            out.append(words.substring(at, end).replace("&", "&amp;").replace("<", "&lt;"));
            if (close >= 0) {
                out.append(words, open, close + 2);
                end = close + 2;
            }
            at = end;
        }
        return out.toString();
    }

    /** Those that are taken in by name, and by those; in their own language where they have it. */
    private void collect(String locale, String source, boolean mjml) throws TemplateException {
        Deque<String> todo = new ArrayDeque<>(List.of(source));
        Set<String> seen = new HashSet<>();
        Set<String> inline = new HashSet<>();
        INLINE.matcher(source).results().forEach(m -> inline.add(m.group(1)));
        while (!todo.isEmpty()) {
            Matcher m = PARTIAL.matcher(todo.pop());
            while (m.find()) {
                String alias = m.group(1);
                // {{#*inline}} and blocks may define it in the template itself
                if (inline.contains(alias) || !seen.add(alias)) {
                    continue;
                }
                if (seen.size() > PARTIALS_MAX) {
                    throw new TemplateException("It takes in more than " + PARTIALS_MAX
                            + " partials.");
                }
                Wording piece = partial(locale, alias);
                String body = piece.html().isEmpty() ? piece.text() : piece.html();
                partialChars += body.length();
                if (partialChars > PARTIAL_CHARS_MAX) {
                    throw new TemplateException("Its partials have more than " + PARTIAL_CHARS_MAX
                            + " characters together, in all languages.");
                }
                String before = partials.putIfAbsent(locale + "/" + alias, body);
                todo.push(before == null ? body : before);
            }
        }
    }
}
