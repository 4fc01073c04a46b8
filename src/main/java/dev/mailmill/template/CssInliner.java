package dev.mailmill.template;

import dev.mailmill.template.Css.Declaration;
import dev.mailmill.template.Css.Kept;
import dev.mailmill.template.Css.Part;
import dev.mailmill.template.Css.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Range;
import org.jsoup.parser.Parser;
import org.jsoup.select.Selector;

/**
 * Rules of style elements to style attributes, since many mail readers know only these. What cannot
 * be said there (at-rules, states as :hover) stays in the style element. The page is read to know
 * what a rule is about, and never written again: all else keeps its characters.
 */
final class CssInliner {
    private static final int RULES_MAX = 3_000;
    /** More than any mail; some selectors look at all siblings of each. */
    private static final int ELEMENTS_MAX = 30_000;
    /** Elements times selectors, and declarations times the elements that they are about. */
    private static final long MATCHES_MAX = 3_000_000;
    /** What a selector costs however small the page is. */
    private static final int SELECTOR = 50;
    private static final int ADDED_MAX = 4 << 20;

    private final Marks marks;
    private final String page;
    private final Document document;
    private final Map<Element, List<Hit>> hits = new IdentityHashMap<>();
    /** What is put in place of parts of the page, by where these begin. */
    private final TreeMap<Integer, Change> changes = new TreeMap<>();
    private final int elements;
    private long matches;
    private int rules;

    private record Hit(int specificity, int order, Declaration declaration) {
    }

    private record Change(int end, String text) {
    }

    private CssInliner(String html) throws TemplateException {
        marks = new Marks("html", html);
        page = MarkupScan.protect(marks);
        document = Parser.htmlParser().setTrackPosition(true).parseInput(page, "");
        elements = document.getAllElements().size();
        if (elements > ELEMENTS_MAX) {
            throw marks.error(0, "the page has more than " + ELEMENTS_MAX + " elements");
        }
    }

    /** A template's HTML with its styles inlined, its tags where they were. */
    static String inline(String html) throws TemplateException {
        return new CssInliner(html).inlined();
    }

    private String inlined() throws TemplateException {
        for (Element style : document.select("style")) {
            if (style.sourceRange().isTracked() && style.endSourceRange().isTracked()
                    && everywhere(style.attr("media")) && !marks.blockIn(style.data())) {
                sheet(style);
            }
        }
        long added = 0;
        for (Map.Entry<Element, List<Hit>> e : hits.entrySet()) {
            added += attribute(e.getKey(), e.getValue());
            if (added > ADDED_MAX) {
                throw marks.error(0, "inlined styles are longer than " + ADDED_MAX
                        + " characters: use fewer rules that are about everything");
            }
        }
        StringBuilder out = new StringBuilder(page.length());
        int at = 0;
        for (Map.Entry<Integer, Change> e : changes.entrySet()) {
            if (e.getKey() >= at) {
                out.append(page, at, e.getKey()).append(e.getValue().text());
                at = e.getValue().end();
            }
        }
        return marks.restored(out.append(page, at, page.length()).toString());
    }

    private static boolean everywhere(String media) {
        String m = media.strip().toLowerCase(Locale.ROOT);
        return m.isEmpty() || m.equals("all") || m.equals("screen");
    }

    private void sheet(Element style) throws TemplateException {
        StringBuilder kept = new StringBuilder();
        for (Part part : Css.sheet(style.data())) {
            switch (part) {
                case Kept k -> kept.append(k.text()).append('\n');
                case Rule r -> rule(r, kept);
            }
        }
        Range start = style.sourceRange();
        Range end = style.endSourceRange();
        if (kept.isEmpty()) {
            changes.put(start.startPos(), new Change(end.endPos(), ""));
        } else {
            // of raw text jsoup tells only where its end tag ends
            int close = page.lastIndexOf("</", end.endPos() - 1);
            boolean ends = close >= start.endPos();
            changes.put(start.endPos(), new Change(ends ? close : end.endPos(), "\n" + kept));
        }
    }

    private void rule(Rule rule, StringBuilder kept) throws TemplateException {
        if (++rules > RULES_MAX) {
            throw marks.error(0, "the styles have more than " + RULES_MAX + " rules");
        }
        List<String> left = new ArrayList<>();
        for (String selector : rule.selectors()) {
            if (!inlinable(selector) || !matched(selector, rule)) {
                left.add(selector);
            }
        }
        if (left.size() == rule.selectors().size()) {
            kept.append(rule.text()).append('\n');
        } else if (!left.isEmpty()) {
            kept.append(String.join(", ", left))
                    .append(rule.text().substring(rule.text().indexOf('{'))).append('\n');
        }
    }

    /** States and parts that no attribute can say stay, as do rules about everything. */
    private boolean inlinable(String selector) {
        return !marks.in(selector) && !selector.equals("*") && !selector.equals("#outlook a")
                && !selector.replaceAll(":(first-child|last-child|nth-child\\([^)]*\\))", "")
                        .contains(":");
    }

    private boolean matched(String selector, Rule rule) throws TemplateException {
        count(elements + SELECTOR);
        List<Element> found;
        try {
            found = document.select(selector);
        } catch (Selector.SelectorParseException | IllegalArgumentException e) {
            return false;
        }
        count((long) found.size() * rule.declarations().size());
        int specificity = Css.specificity(selector);
        for (Element element : found) {
            Range range = element.sourceRange();
            if (range.isTracked() && !range.isImplicit() && element.closest("head") == null) {
                List<Hit> own = hits.computeIfAbsent(element, k -> new ArrayList<>());
                for (Declaration d : rule.declarations()) {
                    own.add(new Hit(specificity, rules, d));
                }
            }
        }
        return true;
    }

    private void count(long more) throws TemplateException {
        matches += more;
        if (matches > MATCHES_MAX) {
            throw marks.error(0, "the styles are too many for the page: use fewer rules");
        }
    }

    /** CSS Cascade 4, 6: importance, then the attribute's own, then specificity, then order. */
    private int attribute(Element element, List<Hit> hits) {
        hits.sort(Comparator.comparingInt(Hit::specificity).thenComparingInt(Hit::order));
        String given = element.attr("style");
        List<Declaration> own = Css.declarations(given);
        Map<String, String> style = new LinkedHashMap<>();
        hits.stream().map(Hit::declaration).filter(d -> !d.important())
                .forEach(d -> put(style, d));
        own.stream().filter(d -> !d.important()).forEach(d -> put(style, d));
        hits.stream().map(Hit::declaration).filter(Declaration::important)
                .forEach(d -> put(style, d));
        own.stream().filter(Declaration::important).forEach(d -> put(style,
                new Declaration(d.property(), d.value() + " !important", true)));
        StringBuilder text = new StringBuilder();
        style.forEach((k, v) -> text.append(text.isEmpty() ? "" : "; ").append(k).append(": ")
                .append(v));
        String value = text.toString().replace("&", "&amp;").replace("\"",
                text.indexOf("'") >= 0 && text.indexOf("\"") >= 0 ? "&quot;" : "'");
        if (marks.blockIn(given)) {
            return 0;
        }
        Range.AttributeRange range = element.attributes().sourceRange("style");
        if (element.hasAttr("style") && range.valueRange().isTracked()) {
            int start = range.valueRange().startPos();
            int end = range.valueRange().endPos();
            boolean quoted = start > 0 && (page.charAt(start - 1) == '"'
                    || page.charAt(start - 1) == '\'');
            if (quoted) {
                changes.put(start - 1, new Change(end + 1, "\"" + value + "\""));
            } else {
                changes.put(start, new Change(end, "\"" + value + "\""));
            }
        } else {
            int end = element.sourceRange().endPos() - 1;
            end -= page.charAt(end - 1) == '/' ? 1 : 0;
            while (Character.isWhitespace(page.charAt(end - 1))) {
                end--;
            }
            changes.put(end, new Change(end, " style=\"" + value + "\""));
        }
        return value.length();
    }

    private static void put(Map<String, String> style, Declaration d) {
        // at the end: a shorthand that comes later wins over what came before
        style.remove(d.property());
        style.put(d.property(), d.value());
    }
}
