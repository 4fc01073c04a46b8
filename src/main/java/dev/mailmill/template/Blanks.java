package dev.mailmill.template;

import dev.mailmill.template.Token.Kind;
import java.util.List;

/**
 * What of the text around tags is not printed: the blanks that a ~ takes, and the line of a tag
 * that stands on one alone. Each blank is looked at no more than twice.
 */
final class Blanks {
    private final String source;
    private final List<Token> tokens;
    /** Of each text, what is left of it. */
    private final int[] from;
    private final int[] to;
    /** Of each tag's first token, what stands before it on its own line, or null. */
    private final String[] indent;

    Blanks(String source, List<Token> tokens) {
        this.source = source;
        this.tokens = tokens;
        from = new int[tokens.size()];
        to = new int[tokens.size()];
        indent = new String[tokens.size()];
        for (int i = 0; i < tokens.size(); i++) {
            to[i] = tokens.get(i).text().length();
        }
        int i = 0;
        while (i < tokens.size()) {
            if (tokens.get(i).kind() == Kind.CONTENT) {
                i++;
                continue;
            }
            int last = i;
            while (last < tokens.size() - 1 && !tokens.get(last).closes()) {
                last++;
            }
            tag(i, last);
            i = last + 1;
        }
    }

    /** What is left of a text. */
    String text(int token) {
        return from[token] >= to[token] ? ""
                : tokens.get(token).text().substring(from[token], to[token]);
    }

    /** Whether what is left of a text, or a tag, begins a line. */
    boolean startsLine(int token) {
        int start = tokens.get(token).start() + from[token];
        return start == 0 || source.charAt(start - 1) == '\n';
    }

    boolean alone(int token) {
        return indent[token] != null;
    }

    /** What stands before a tag that has a line of its own. */
    String indent(int token) {
        return indent[token] == null ? "" : indent[token];
    }

    private void tag(int first, int last) {
        Token opening = tokens.get(first);
        Token ending = tokens.get(last);
        int before = lineBefore(opening.start());
        int after = lineAfter(ending.end());
        if (opening.kind().equals(Kind.OPEN) || !opening.mayStandAlone()) {
            before = -1;
        }
        if (before >= 0 && after >= 0) {
            indent[first] = stripsBefore(opening) ? ""
                    : source.substring(before, opening.start());
            if (content(first - 1)) {
                to[first - 1] = Math.min(to[first - 1],
                        Math.max(0, to[first - 1] - (opening.start() - before)));
            }
            if (content(last + 1)) {
                from[last + 1] = after - ending.end();
            }
        }
        if (stripsBefore(opening) && content(first - 1)) {
            String text = tokens.get(first - 1).text();
            while (to[first - 1] > 0 && Character.isWhitespace(text.charAt(to[first - 1] - 1))) {
                to[first - 1]--;
            }
        }
        if (stripsAfter(ending) && content(last + 1)) {
            String text = tokens.get(last + 1).text();
            while (from[last + 1] < text.length()
                    && Character.isWhitespace(text.charAt(from[last + 1]))) {
                from[last + 1]++;
            }
        }
    }

    private boolean content(int token) {
        return token >= 0 && token < tokens.size() && tokens.get(token).kind() == Kind.CONTENT;
    }

    /** The ~ stands behind the delimiter, which has no letters and is at most 8 long. */
    private boolean stripsBefore(Token opening) {
        String tag = opening.text();
        return switch (opening.kind()) {
            case COMMENT, INVERSE -> tag.startsWith("~", 2);
            case OPEN, OPEN_UNESCAPED, OPEN_BLOCK, OPEN_INVERSE, OPEN_INVERSE_CHAIN, OPEN_ENDBLOCK,
                    OPEN_PARTIAL, OPEN_PARTIAL_BLOCK -> tag.indexOf('~') > 0;
            case CONTENT, DELIMITERS, CLOSE, CLOSE_UNESCAPED, OPEN_RAW_BLOCK, CLOSE_RAW_BLOCK,
                    END_RAW_BLOCK, OPEN_SEXPR, CLOSE_SEXPR, OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS,
                    ID, SEP, DATA, EQUALS, STRING, NUMBER, BOOLEAN, UNDEFINED, NULL -> false;
        };
    }

    private boolean stripsAfter(Token ending) {
        String tag = ending.text();
        return switch (ending.kind()) {
            case COMMENT, INVERSE -> tag.length() > 4 && tag.charAt(tag.length() - 3) == '~';
            case CLOSE, CLOSE_UNESCAPED -> tag.indexOf('~') >= 0 && tag.length() > 1;
            case CONTENT, DELIMITERS, OPEN, OPEN_UNESCAPED, OPEN_BLOCK, OPEN_INVERSE,
                    OPEN_INVERSE_CHAIN, OPEN_ENDBLOCK, OPEN_PARTIAL, OPEN_PARTIAL_BLOCK,
                    OPEN_RAW_BLOCK, CLOSE_RAW_BLOCK, END_RAW_BLOCK, OPEN_SEXPR, CLOSE_SEXPR,
                    OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS, ID, SEP, DATA, EQUALS, STRING, NUMBER,
                    BOOLEAN, UNDEFINED, NULL -> false;
        };
    }

    /** Where the line begins, when only blanks stand before the offset; else -1. */
    private int lineBefore(int offset) {
        int i = offset;
        while (i > 0 && source.charAt(i - 1) != '\n') {
            if (!Character.isWhitespace(source.charAt(i - 1))) {
                return -1;
            }
            i--;
        }
        return i;
    }

    /** Where the next line begins, when only blanks stand behind the offset; else -1. */
    private int lineAfter(int offset) {
        int i = offset;
        while (i < source.length()) {
            if (source.charAt(i) == '\n') {
                return i + 1;
            }
            if (!Character.isWhitespace(source.charAt(i))) {
                return -1;
            }
            i++;
        }
        return i;
    }
}
