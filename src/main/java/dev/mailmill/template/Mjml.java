package dev.mailmill.template;

import ch.digitalfondue.mjml4j.Mjml4j;
import dev.mailmill.template.MarkupScan.Where;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Set;

/**
 * MJML to HTML, with the template's tags where they were. A tag between sections or columns is put
 * into an mj-raw, without which MJML would drop it.
 */
final class Mjml {
    private static final int DEPTH_MAX = 64;
    /** MJML's translator takes time by the square of both; a long newsletter has 300 elements. */
    private static final int ELEMENTS_MAX = 2_000;
    private static final int HTML_DEPTH_MAX = 200;
    /** HTML elements that need no end, or have none. */
    private static final Set<String> UNENDED = Set.of("p", "li", "dt", "dd", "td", "th", "tr",
            "thead", "tbody", "tfoot", "colgroup", "option", "area", "base", "br", "col", "embed",
            "hr", "img", "input", "link", "meta", "source", "track", "wbr");
    /** Elements whose content is text or HTML. */
    private static final Set<String> TEXTS = Set.of("mj-text", "mj-button", "mj-raw", "mj-table",
            "mj-title", "mj-preview", "mj-style", "mj-navbar-link", "mj-accordion-title",
            "mj-accordion-text", "mj-social-element", "mj-html-attribute");
    /** Elements whose content is other elements, or none. */
    private static final Set<String> BOXES = Set.of("mj-body", "mj-section", "mj-column",
            "mj-group", "mj-wrapper", "mj-hero", "mj-navbar", "mj-social", "mj-carousel",
            "mj-accordion", "mj-accordion-element");
    private static final Set<String> OTHERS = Set.of("mjml", "mj-head", "mj-attributes", "mj-all",
            "mj-class", "mj-font", "mj-breakpoint", "mj-html-attributes", "mj-selector",
            "mj-image", "mj-divider", "mj-spacer", "mj-carousel-image");

    private final Marks marks;
    private final StringBuilder out = new StringBuilder();
    private final Deque<Open> open = new ArrayDeque<>();
    private int from;
    private int elements;
    private int nested;

    private record Open(String name, int start) {
    }

    private Mjml(String mjml) throws TemplateException {
        marks = new Marks("mjml", mjml);
    }

    static String toHtml(String mjml) throws TemplateException {
        return new Mjml(mjml).html();
    }

    private String html() throws TemplateException {
        MarkupScan.run(marks, new MarkupScan.Listener() {
            @Override
            public void markup(String name, boolean closing, boolean alone, int start, int end)
                    throws TemplateException {
                element(name, closing, alone, start);
            }

            @Override
            public void mark(int index, Where where) throws TemplateException {
                tag(index, where);
            }
        });
        if (!open.isEmpty()) {
            throw marks.error(open.peek().start(), "<" + open.peek().name() + "> is not closed");
        }
        if (!marks.source().contains("<mjml")) {
            throw marks.error(0, "MJML begins with <mjml>");
        }
        out.append(marks.source(), from, marks.source().length());
        String html;
        try {
            html = Mjml4j.render(out.toString());
        } catch (RuntimeException e) {
            throw marks.error(0, "this is no MJML that can be shown: " + e.getMessage());
        }
        BitSet found = marks.found(html);
        for (int i = 0; i < marks.size(); i++) {
            if (!found.get(i) && !marks.get(i).text().startsWith("{{!")) {
                throw marks.error(marks.get(i).start(), marks.get(i).text() + " stands where MJML"
                        + " has no text: put it into an element's text or attribute");
            }
        }
        return marks.restored(html);
    }

    private void element(String name, boolean closing, boolean alone, int start)
            throws TemplateException {
        if (!name.startsWith("mj")) {
            nested += alone || UNENDED.contains(name) ? 0 : closing ? nested > 0 ? -1 : 0 : 1;
            if (nested > HTML_DEPTH_MAX) {
                throw marks.error(start, "<" + name + "> is nested deeper than " + HTML_DEPTH_MAX);
            }
            return;
        }
        if (++elements > ELEMENTS_MAX) {
            throw marks.error(start, "there are more than " + ELEMENTS_MAX + " tags of MJML");
        }
        if (name.equals("mj-include")) {
            throw marks.error(start, "mj-include reads files and is refused: use a partial");
        }
        if (!TEXTS.contains(name) && !BOXES.contains(name) && !OTHERS.contains(name)) {
            throw marks.error(start, "there is no element <" + name + "> in MJML");
        }
        if (!closing) {
            if (!alone) {
                open.push(new Open(name, start));
            }
            if (open.size() > DEPTH_MAX) {
                throw marks.error(start, "elements are nested deeper than " + DEPTH_MAX);
            }
        } else if (open.isEmpty() || !open.peek().name().equals(name)) {
            throw marks.error(start, "</" + name + "> closes nothing" + (open.isEmpty() ? ""
                    : "; <" + open.peek().name() + "> is open"));
        } else {
            open.pop();
        }
    }

    private void tag(int index, Where where) throws TemplateException {
        Marks.Mark mark = marks.get(index);
        String inside = open.isEmpty() ? "" : open.peek().name();
        out.append(marks.source(), from, mark.start());
        String word = marks.word(index);
        if (where != Where.TEXT || TEXTS.contains(inside)) {
            // where MJML reads HTML, a table's rows are read as HTML has them
            out.append(where == Where.TEXT && mark.block() ? "<!--" + word + "-->" : word);
        } else if (BOXES.contains(inside)) {
            out.append("<mj-raw><!--").append(word).append("--></mj-raw>");
        } else {
            throw marks.error(mark.start(), mark.text() + " cannot stand "
                    + (inside.isEmpty() ? "outside of <mjml>" : "in <" + inside + ">"));
        }
        from = mark.end();
    }
}
