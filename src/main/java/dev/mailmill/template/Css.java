package dev.mailmill.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A style sheet as far as inlining reads it: rules, declarations, and all else as it stands. */
final class Css {
    private Css() {
    }

    /** A part of a sheet. */
    sealed interface Part {
    }

    /** {@code selectors { declarations }}. */
    record Rule(List<String> selectors, List<Declaration> declarations, String text)
            implements Part {
    }

    /** An at-rule, or what we do not understand: kept as it stands. */
    record Kept(String text) implements Part {
    }

    /** {@code property: value !important}. */
    record Declaration(String property, String value, boolean important) {
    }

    /** The parts of a sheet, comments left out; in one pass. */
    static List<Part> sheet(String css) {
        String text = uncommented(css);
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int open = end(text, at, '{', ';');
            if (open >= text.length() || text.charAt(open) == ';') {
                keep(parts, text.substring(at, Math.min(text.length(), open + 1)));
                at = open + 1;
                continue;
            }
            int close = body(text, open + 1);
            String head = text.substring(at, open).strip();
            String all = text.substring(at, close);
            String inner = text.substring(open + 1, Math.max(open + 1, close - 1));
            if (head.startsWith("@") || head.isEmpty() || inner.indexOf('{') >= 0) {
                keep(parts, all);
            } else {
                parts.add(new Rule(split(head, ','), declarations(inner), all.strip()));
            }
            at = close;
        }
        return parts;
    }

    private static void keep(List<Part> parts, String text) {
        // <!-- and --> may stand around a sheet, from days without style elements
        if (!text.isBlank() && !text.strip().equals("<!--") && !text.strip().equals("-->")) {
            parts.add(new Kept(text.strip()));
        }
    }

    static List<Declaration> declarations(String text) {
        List<Declaration> all = new ArrayList<>();
        for (String one : split(text, ';')) {
            int colon = one.indexOf(':');
            if (colon <= 0) {
                continue;
            }
            String value = one.substring(colon + 1).strip();
            String low = value.toLowerCase(Locale.ROOT);
            boolean important = low.endsWith("important")
                    && low.substring(0, low.length() - 9).stripTrailing().endsWith("!");
            if (important) {
                value = value.substring(0, value.lastIndexOf('!')).strip();
            }
            String property = one.substring(0, colon).strip();
            if (!value.isEmpty()) {
                all.add(new Declaration(property.startsWith("--") ? property
                        : property.toLowerCase(Locale.ROOT), value, important));
            }
        }
        return all;
    }

    private static List<String> split(String text, char by) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at <= text.length()) {
            int end = end(text, at, by, by);
            String part = text.substring(at, Math.min(end, text.length())).strip();
            if (!part.isEmpty()) {
                parts.add(part);
            }
            at = end + 1;
        }
        return parts;
    }

    /** Where one of two signs comes, outside of strings, parentheses and brackets. */
    private static int end(String text, int from, char one, char other) {
        int depth = 0;
        char quote = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (quote != 0) {
                quote = c == quote || c == '\n' ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '(' || c == '[') {
                depth++;
            } else if (c == ')' || c == ']') {
                depth = Math.max(0, depth - 1);
            } else if (depth == 0 && (c == one || c == other)) {
                return i;
            }
        }
        return text.length();
    }

    /** Behind the brace that closes a body. */
    private static int body(String text, int from) {
        int depth = 1;
        char quote = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                quote = c == quote || c == '\n' ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return i + 1;
            }
        }
        return text.length();
    }

    private static String uncommented(String css) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (int open = css.indexOf("/*"); open >= 0; open = css.indexOf("/*", at)) {
            out.append(css, at, open);
            int close = css.indexOf("*/", open + 2);
            if (close < 0) {
                return out.toString();
            }
            at = close + 2;
        }
        return out.append(css, at, css.length()).toString();
    }

    /** Selectors 4, 17: ids, then classes, attributes and pseudo-classes, then types. */
    static int specificity(String selector) {
        int ids = 0;
        int classes = 0;
        int types = 0;
        boolean name = false;
        int bracket = 0;
        for (int i = 0; i < selector.length(); i++) {
            char c = selector.charAt(i);
            if (c == '[') {
                classes += bracket++ == 0 ? 1 : 0;
            } else if (c == ']') {
                bracket = Math.max(0, bracket - 1);
            }
            if (bracket > 0 || c == ']') {
                name = true;
            } else if (c == '#') {
                ids++;
                name = true;
            } else if (c == '.' || c == ':') {
                classes++;
                name = true;
            } else if (Character.isLetterOrDigit(c) || c == '-' || c == '_') {
                types += name ? 0 : 1;
                name = true;
            } else {
                name = c == '(';
            }
        }
        return Math.min(ids, 99) * 10_000 + Math.min(classes, 99) * 100 + Math.min(types, 99);
    }
}
