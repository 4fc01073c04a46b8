package dev.mailmill.receive;

import java.util.Set;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;
import org.jsoup.select.NodeTraversor;

/**
 * The text of an answer that came as HTML only: a line each block, without what it answers. One
 * walk over what is there: strangers choose how much that is.
 */
final class HtmlText implements NodeFilter {
    /** What mail programs put a quotation into. */
    private static final Set<String> QUOTED = Set.of("gmail_quote", "gmail_attr", "yahoo_quoted",
            "moz-cite-prefix", "protonmail_quote", "zmail_extra", "tutanota_quote");
    /** Behind these nothing is the writer's own. */
    private static final Set<String> ENDS = Set.of("divRplyFwdMsg", "appendonsend",
            "mail-editor-reference-message-container", "reply-intro");
    private static final Set<String> UNSHOWN = Set.of("head", "script", "style", "template",
            "title", "noscript");
    private static final Set<String> LINES = Set.of("address", "article", "div", "dd", "dt", "h1",
            "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "tr",
            "ul");

    private final boolean quotations;
    private final StringBuilder out = new StringBuilder();

    private HtmlText(boolean quotations) {
        this.quotations = quotations;
    }

    static String of(String html) {
        Element body = Jsoup.parse(html).body();
        String own = new HtmlText(false).text(body);
        // somebody who quotes only is asked about with what was quoted
        return own.isEmpty() ? new HtmlText(true).text(body) : own;
    }

    private String text(Element body) {
        NodeTraversor.filter(this, body);
        return out.toString().lines().map(String::strip).collect(Collectors.joining("\n"))
                .strip();
    }

    @Override
    public FilterResult head(Node node, int depth) {
        if (node instanceof TextNode text) {
            add(text.getWholeText());
            return FilterResult.CONTINUE;
        }
        if (!(node instanceof Element e)) {
            return FilterResult.CONTINUE;
        }
        String name = e.normalName();
        if (UNSHOWN.contains(name)) {
            return FilterResult.SKIP_ENTIRELY;
        }
        if (!quotations && ENDS.contains(e.id())) {
            return FilterResult.STOP;
        }
        if (!quotations && (name.equals("blockquote") || quoted(e))) {
            return FilterResult.SKIP_ENTIRELY;
        }
        if (name.equals("br") || LINES.contains(name) && !atStart()) {
            out.append('\n');
        }
        return FilterResult.CONTINUE;
    }

    private static boolean quoted(Element e) {
        return !e.className().isEmpty() && e.classNames().stream().anyMatch(QUOTED::contains);
    }

    @Override
    public FilterResult tail(Node node, int depth) {
        if (node instanceof Element e && LINES.contains(e.normalName()) && !atStart()) {
            out.append('\n');
        }
        return FilterResult.CONTINUE;
    }

    private boolean atStart() {
        return out.isEmpty() || out.charAt(out.length() - 1) == '\n';
    }

    /** White space of any length is one space (CSS Text 3 §4.1.1). */
    private void add(String text) {
        boolean space = atStart() || out.charAt(out.length() - 1) == ' ';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
            if (!blank) {
                out.append(c == '\u00a0' ? ' ' : c);
            } else if (!space) {
                out.append(' ');
            }
            space = blank;
        }
    }
}
