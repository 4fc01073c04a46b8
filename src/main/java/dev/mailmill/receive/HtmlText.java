package dev.mailmill.receive;

import java.util.Set;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/** The text of an answer that came as HTML only: a line each block, without what it answers. */
final class HtmlText {
    /** What mail programs put a quotation into. */
    private static final String QUOTED = "blockquote, .gmail_quote, .gmail_attr, .yahoo_quoted,"
            + " .moz-cite-prefix, .protonmail_quote, #divRplyFwdMsg, #divRplyFwdMsg ~ *,"
            + " #appendonsend ~ *, #mail-editor-reference-message-container,"
            + " #reply-intro, .zmail_extra, .tutanota_quote";
    private static final String UNSHOWN = "head, script, style, template, title, noscript";
    private static final Set<String> LINES = Set.of("address", "article", "div", "dd", "dt", "h1",
            "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "tr",
            "ul");

    private HtmlText() {
    }

    static String of(String html) {
        Document all = Jsoup.parse(html);
        all.select(UNSHOWN).remove();
        // somebody who quotes only is asked about with what was quoted
        Document own = all.clone();
        own.select(QUOTED).remove();
        String text = text(own);
        return text.isEmpty() ? text(all) : text;
    }

    private static String text(Document document) {
        StringBuilder out = new StringBuilder();
        document.body().traverse(new NodeVisitor() {
            @Override
            public void head(Node node, int depth) {
                if (node instanceof TextNode text) {
                    add(text.getWholeText());
                } else if (node instanceof Element e && (e.normalName().equals("br")
                        || LINES.contains(e.normalName()) && !atStart())) {
                    out.append('\n');
                }
            }

            @Override
            public void tail(Node node, int depth) {
                if (node instanceof Element e && LINES.contains(e.normalName()) && !atStart()) {
                    out.append('\n');
                }
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
        });
        return out.toString().lines().map(String::strip).collect(Collectors.joining("\n"))
                .strip();
    }
}
