package dev.mailmill.template;

import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.NodeFilter;
import org.jsoup.select.NodeFilter.FilterResult;
import org.jsoup.select.NodeTraversor;

/**
 * A readable text from a template's HTML, with the template's tags: paragraphs, lists, rows of
 * tables, links with their addresses. It has no width: the reader wraps it.
 */
final class TextPart {
    private static final Set<String> SKIPPED = Set.of("head", "style", "script", "title",
            "noscript",
            "template", "object", "svg", "map");
    private static final Set<String> PARAGRAPHS = Set.of("p", "h1", "h2", "h3", "h4", "h5", "h6",
            "ul", "ol", "dl", "blockquote", "pre", "table", "hr", "figure");
    private static final Set<String> LINES = Set.of("div", "tr", "li", "dt", "dd", "section",
            "article", "header", "footer", "center", "address", "main", "body", "tbody", "thead",
            "tfoot", "caption", "nav", "figcaption", "form");

    private final Marks marks;
    private final StringBuilder out = new StringBuilder();
    private final Map<Element, Integer> numbers = new IdentityHashMap<>();
    private int lists;
    private int pre;
    /** Line ends that are owed before the next word. */
    private int owed;
    /** How many can be owed: one where an empty line was printed before a tag. */
    private int most = 2;
    private boolean space;

    private TextPart(Marks marks) {
        this.marks = marks;
    }

    static String of(String html) throws TemplateException {
        // what a rule hides is hidden in the text too
        Marks marks = new Marks("html", CssInliner.inline(html));
        Document document = Parser.htmlParser().parseInput(MarkupScan.protect(marks), "");
        TextPart text = new TextPart(marks);
        NodeTraversor.filter(text.new Reader(), document);
        String all = marks.restored(text.out.toString()).strip();
        return all.isEmpty() ? "" : all + "\n";
    }

    private final class Reader implements NodeFilter {
        @Override
        public FilterResult head(Node node, int depth) {
            return switch (node) {
                case TextNode t -> {
                    if (pre > 0) {
                        verbatim(t.getWholeText());
                    } else {
                        words(t.getWholeText());
                    }
                    yield FilterResult.CONTINUE;
                }
                case Comment c -> {
                    int mark = marks.only(c.getData());
                    if (mark >= 0) {
                        mark(mark);
                    }
                    yield FilterResult.CONTINUE;
                }
                case Element e -> SKIPPED.contains(e.normalName()) || hidden(e)
                        ? FilterResult.SKIP_ENTIRELY : begin(e);
                default -> FilterResult.CONTINUE;
            };
        }

        @Override
        public FilterResult tail(Node node, int depth) {
            if (node instanceof Element e && !SKIPPED.contains(e.normalName()) && !hidden(e)) {
                finish(e);
            }
            return FilterResult.CONTINUE;
        }
    }

    private FilterResult begin(Element e) {
        String name = e.normalName();
        switch (name) {
            case "br" -> {
                if (out.isEmpty()) {
                    return FilterResult.CONTINUE;
                }
                owed = Math.min(most, owed + 1);
                space = false;
            }
            case "hr" -> {
                owe(2);
                word("----");
                owe(2);
            }
            case "img" -> words(e.attr("alt"));
            case "li" -> {
                owe(1);
                int number = e.parent() != null && e.parent().normalName().equals("ol")
                        ? number(e) : 0;
                word("  ".repeat(Math.max(0, lists - 1)) + (number > 0 ? number + "." : "-"));
                space = true;
            }
            case "td", "th" -> {
                if (apart(e)) {
                    owe(1);
                } else if (e.previousElementSibling() != null && owed == 0 && !lineEmpty()) {
                    out.append(" |");
                    space = true;
                }
            }
            case "pre" -> {
                owe(2);
                pre++;
            }
            default -> {
                if (name.equals("ul") || name.equals("ol")) {
                    owe(lists == 0 ? 2 : 1);
                    lists++;
                } else {
                    owe(gap(e));
                }
            }
        }
        return FilterResult.CONTINUE;
    }

    private void finish(Element e) {
        switch (e.normalName()) {
            case "a" -> address(e);
            case "ul", "ol" -> {
                lists--;
                owe(lists == 0 ? 2 : 1);
            }
            case "pre" -> {
                pre--;
                owe(2);
            }
            case "td", "th" -> {
                if (apart(e)) {
                    owe(1);
                }
            }
            case "br", "hr", "img" -> { }
            default -> owe(gap(e));
        }
    }

    private static int gap(Element e) {
        return PARAGRAPHS.contains(e.normalName()) ? 2 : LINES.contains(e.normalName()) ? 1 : 0;
    }

    /** Whether a cell is a part of a page rather than of a row of words. */
    private static boolean apart(Element cell) {
        Element row = cell.parent();
        return row == null || row.childrenSize() == 1 || cell.selectFirst("table, p, div, h1, h2,"
                + " h3, h4, h5, h6, ul, ol, pre, blockquote, hr") != null;
    }

    /** They come in their order, so each list counts its own. */
    private int number(Element item) {
        return numbers.merge(item.parent(), 1, Integer::sum);
    }

    private void address(Element a) {
        String url = a.attr("href").strip();
        String low = url.toLowerCase(Locale.ROOT);
        String shown = low.startsWith("mailto:") ? url.substring(7)
                : low.startsWith("tel:") ? url.substring(4) : url;
        if (shown.isEmpty() || shown.startsWith("#") || low.startsWith("javascript:")) {
            return;
        }
        String said = a.text().strip();
        if (said.isEmpty() && a.select("img[alt]").isEmpty() && !marked(a)) {
            return;
        }
        if (!same(said, shown) && !only(a, shown)) {
            space = true;
            word("(" + shown + ")");
        }
    }

    private static boolean same(String said, String url) {
        String bare = url.replaceFirst("(?i)^https?://", "").replaceFirst("/$", "");
        return said.equals(url) || said.replaceFirst("/$", "").equals(bare);
    }

    /** Whether a link says nothing but the tag that is its address: {@code >{{url}}<}. */
    private boolean only(Element a, String url) {
        if (a.childNodeSize() != 1 || !(a.childNode(0) instanceof Comment c)) {
            return false;
        }
        int said = marks.only(c.getData());
        int meant = marks.only(url);
        return said >= 0 && meant >= 0
                && bare(marks.get(said).text()).equals(bare(marks.get(meant).text()));
    }

    private static String bare(String tag) {
        return tag.replaceAll("[{}&\\s]", "");
    }

    private boolean marked(Element e) {
        return e.childNodes().stream()
                .anyMatch(n -> n instanceof Comment c && marks.only(c.getData()) >= 0);
    }

    private static boolean hidden(Element e) {
        if (e.hasAttr("hidden")) {
            return true;
        }
        String style = e.attr("style");
        return !style.isEmpty() && style.toLowerCase(Locale.ROOT).replaceAll("\\s", "")
                .matches(".*(^|;)(display:none|visibility:hidden|mso-hide:all"
                + "|max-height:0(px)?(;|$)|font-size:0(px)?(;|$)).*");
    }

    /** A tag of the template: a block's has a line of its own where no word stands before it. */
    private void mark(int index) {
        if (marks.get(index).block() && (owed > 0 || lineEmpty()) && pre == 0) {
            // an empty line before it is also the one behind it, once the tag's line is gone
            most = owed == 2 || out.isEmpty() ? 1 : most;
            flush();
            out.append(marks.word(index));
            owed = 1;
            space = false;
        } else {
            word(marks.word(index));
        }
    }

    private void words(String text) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || c == '\u00a0') {
                flushWord(word);
                space = true;
            } else if (!filler(c)) {
                word.append(c);
            }
        }
        flushWord(word);
    }

    /** What only keeps a preheader's rest out of sight. */
    private static boolean filler(char c) {
        return c == '\u200b' || c == '\u200c' || c == '\u00ad' || c == '\u034f' || c == '\ufeff'
                || c == '\u2060';
    }

    private void flushWord(StringBuilder word) {
        if (!word.isEmpty()) {
            word(escaped(word.toString()));
            word.setLength(0);
        }
    }

    /** What was written as an entity is no tag in the text either. */
    private static String escaped(String text) {
        return text.indexOf("{{") < 0 ? text : text.replaceAll("(?<![\\\\{])\\{\\{", "\\\\{{");
    }

    private void verbatim(String text) {
        flush();
        out.append(escaped(text));
    }

    private void word(String word) {
        boolean apart = space && owed == 0 && !lineEmpty();
        flush();
        if (apart) {
            out.append(' ');
        }
        space = false;
        most = 2;
        out.append(word);
    }

    private void owe(int lines) {
        if (lines > 0) {
            owed = out.isEmpty() ? 0 : Math.max(owed, Math.min(most, lines));
            space = false;
        }
    }

    private void flush() {
        out.append("\n".repeat(owed));
        owed = 0;
    }

    private boolean lineEmpty() {
        return out.isEmpty() || out.charAt(out.length() - 1) == '\n';
    }
}
