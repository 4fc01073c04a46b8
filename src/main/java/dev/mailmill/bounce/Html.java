package dev.mailmill.bounce;

import java.util.Locale;
import java.util.Map;

/** What is written in HTML, line by line as it would be shown, in one pass. */
final class Html {
    private static final Map<String, String> ENTITIES = Map.of("lt", "<", "gt", ">", "amp", "&",
            "quot", "\"", "nbsp", " ", "#39", "'", "apos", "'", "#64", "@");
    private static final int TAG_MAX = 2_000;

    private Html() {
    }

    static String text(String html) {
        StringBuilder out = new StringBuilder(html.length());
        int i = 0;
        while (i < html.length()) {
            char c = html.charAt(i);
            int close = c == '<' ? close(html, i) : -1;
            if (close > 0) {
                String tag = name(html, i + 1);
                if (tag.equals("style") || tag.equals("script")) {
                    int end = html.indexOf("</" + tag, close);
                    i = end < 0 ? html.length() : end;
                    continue;
                }
                out.append(switch (tag) {
                    case "br", "p", "/p", "div", "/div", "tr", "/tr", "li", "/li", "h1", "/h1",
                            "h2", "/h2", "h3", "/h3", "h4", "hr", "pre", "/pre", "table",
                            "/table", "blockquote" -> "\n";
                    case "td", "/td", "th" -> " ";
                    default -> "";
                });
                i = close + 1;
            } else if (c == '&') {
                int end = html.indexOf(';', i);
                String entity = end > i && end - i < 8 ? ENTITIES.get(html.substring(i + 1, end))
                        : null;
                out.append(entity == null ? "&" : entity);
                i = entity == null ? i + 1 : end + 1;
            } else {
                out.append(c);
                i++;
            }
        }
        return out.toString();
    }

    /** The tag's end; -1 when it is none, as in {@code <bob@there.test>}. */
    private static int close(String html, int from) {
        if (from + 1 >= html.length() || !(Character.isLetter(html.charAt(from + 1))
                || html.charAt(from + 1) == '/' || html.charAt(from + 1) == '!')) {
            return -1;
        }
        for (int i = from + 1; i < html.length() && i < from + TAG_MAX; i++) {
            char c = html.charAt(i);
            if (c == '>') {
                return html.substring(from, i).indexOf('@') >= 0
                        && html.substring(from, i).indexOf('=') < 0 ? -1 : i;
            }
            if (c == '<') {
                return -1;
            }
        }
        return -1;
    }

    private static String name(String html, int from) {
        int end = from;
        while (end < html.length() && end - from < 12 && (Character.isLetterOrDigit(
                html.charAt(end)) || end == from && html.charAt(end) == '/')) {
            end++;
        }
        return html.substring(from, end).toLowerCase(Locale.ROOT);
    }
}
