package dev.mailmill.template;

import dev.mailmill.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Source to tokens, in one pass and without going back: Handlebars' lexical rules, and Mustache's
 * {@code {{=<% %>=}}}.
 */
final class Lexer {
    private static final int DELIMITER_MAX = 8;
    private final String name;
    private final String source;
    private final List<Token> tokens;
    private String open = "{{";
    private String close = "}}";
    private int at;

    Lexer(String name, String source, List<Token> tokens) {
        this.name = name;
        this.source = source;
        this.tokens = tokens;
    }

    static List<Token> tokens(String name, String source) throws TemplateException {
        List<Token> tokens = new ArrayList<>();
        new Lexer(name, source, tokens).run();
        return tokens;
    }

    /** Adds to the tokens until the end or the first mistake. */
    void run() throws TemplateException {
        while (at < source.length()) {
            int tag = source.indexOf(open, at);
            if (tag < 0) {
                add(Kind.CONTENT, source.substring(at), at, source.length());
                return;
            }
            int slashes = tag > at && source.charAt(tag - 1) == '\\'
                    ? tag - 1 > at && source.charAt(tag - 2) == '\\' ? 2 : 1 : 0;
            int end = slashes == 0 ? tag : tag - 1;
            if (end > at) {
                add(Kind.CONTENT, source.substring(at, end), at, end);
            }
            at = tag;
            if (slashes == 1) {
                escaped();
            } else {
                tag();
            }
        }
    }

    /** After a backslash a tag is text, up to the next one. */
    private void escaped() {
        int next = source.indexOf(open, at + open.length());
        int end = next < 0 ? source.length() : next;
        for (int i = 0; i < 2 && next >= 0 && end - 1 >= at + open.length()
                && source.charAt(end - 1) == '\\'; i++) {
            end--;
        }
        add(Kind.CONTENT, source.substring(at, end), at, end);
        at = end;
    }

    private void tag() throws TemplateException {
        int start = at;
        if (open.equals("{{") && source.startsWith("{{{{", at)) {
            at += 4;
            add(Kind.OPEN_RAW_BLOCK, "{{{{", start, at);
            inside("}}}}", Kind.CLOSE_RAW_BLOCK, start);
            raw(start);
            return;
        }
        at += open.length();
        if (peek('~')) {
            at++;
        }
        char sign = at < source.length() ? source.charAt(at) : 0;
        switch (sign) {
            case '!' -> comment(start);
            case '=' -> delimiters(start);
            case '>' -> opened(Kind.OPEN_PARTIAL, 1, start);
            case '/' -> opened(Kind.OPEN_ENDBLOCK, 1, start);
            case '&', '*' -> opened(Kind.OPEN, 1, start);
            case '{' -> {
                at++;
                add(Kind.OPEN_UNESCAPED, source.substring(start, at), start, at);
                inside("}", Kind.CLOSE_UNESCAPED, start);
            }
            case '#' -> {
                boolean partial = source.startsWith("#>", at);
                opened(partial ? Kind.OPEN_PARTIAL_BLOCK : Kind.OPEN_BLOCK,
                        partial || source.startsWith("#*", at) ? 2 : 1, start);
            }
            case '^' -> {
                if (!inverse(at + 1, start)) {
                    opened(Kind.OPEN_INVERSE, 1, start);
                }
            }
            default -> {
                int word = blanks(at);
                if (!isElse(word)) {
                    opened(Kind.OPEN, 0, start);
                } else if (!inverse(word + 4, start)) {
                    at = word;
                    opened(Kind.OPEN_INVERSE_CHAIN, 4, start);
                }
            }
        }
    }

    private boolean isElse(int word) {
        return source.startsWith("else", word) && (word + 4 == source.length()
                || !idSign(source.charAt(word + 4)));
    }

    private void opened(Kind kind, int sign, int start) throws TemplateException {
        at += sign;
        add(kind, source.substring(start, at), start, at);
        inside(close, Kind.CLOSE, start);
    }

    /** {@code {{^}}} and {@code {{else}}}, which are one token. */
    private boolean inverse(int from, int start) {
        int end = blanks(from);
        if (end < source.length() && source.charAt(end) == '~') {
            end++;
        }
        if (!source.startsWith(close, end)) {
            return false;
        }
        at = end + close.length();
        add(Kind.INVERSE, source.substring(start, at), start, at);
        return true;
    }

    private void comment(int start) throws TemplateException {
        int end;
        if (source.startsWith("!--", at)) {
            int dashes = at + 3;
            do {
                dashes = source.indexOf("--", dashes);
                if (dashes < 0) {
                    throw error(start, "this comment does not end: close it with --" + close);
                }
                end = dashes + 2;
                if (end < source.length() && source.charAt(end) == '~') {
                    end++;
                }
                dashes++;
            } while (!source.startsWith(close, end));
        } else {
            end = source.indexOf(close, at);
            if (end < 0) {
                throw error(start, "this comment does not end: close it with " + close);
            }
        }
        at = end + close.length();
        add(Kind.COMMENT, source.substring(start, at), start, at);
    }

    private void delimiters(int start) throws TemplateException {
        int end = source.indexOf("=" + close, at + 1);
        String[] both = end < 0 || end - at > 4 * DELIMITER_MAX ? new String[0]
                : source.substring(at + 1, end).strip().split("\\s+");
        if (both.length != 2 || !delimiter(both[0]) || !delimiter(both[1])) {
            throw error(start, "delimiters are set as in {{=<% %>=}}: two of at most "
                    + DELIMITER_MAX + " signs without letters, digits and =");
        }
        at = end + 1 + close.length();
        open = both[0];
        close = both[1];
        add(Kind.DELIMITERS, source.substring(start, at), start, at);
    }

    private static boolean delimiter(String s) {
        return s.length() <= DELIMITER_MAX
                && s.chars().noneMatch(c -> Character.isLetterOrDigit(c) || c == '=');
    }

    /** The tokens between a tag's opening and its end. */
    private void inside(String ending, Kind kind, int start) throws TemplateException {
        while (true) {
            at = blanks(at);
            if (at >= source.length()) {
                throw error(start, "this tag does not end: close it with " + close);
            }
            int end = kind == Kind.CLOSE_RAW_BLOCK ? ended(ending, "") : kind == Kind.CLOSE
                    ? ended("", close) : ended(ending, close);
            if (end > 0) {
                if (kind == Kind.CLOSE && close.equals("}}") && source.startsWith("}", end)) {
                    throw error(at, "this tag is opened with {{ and closed with }}}: when the"
                            + " last } is text, write {{#if true}}}{{/if}}");
                }
                add(kind, source.substring(at, end), at, end);
                at = end;
                return;
            }
            one();
        }
    }

    /** Where the tag's end is passed, when it stands here; the ~ stands before the last part. */
    private int ended(String first, String last) {
        if (!source.startsWith(first, at)) {
            return -1;
        }
        int end = at + first.length();
        if (!last.isEmpty() && end < source.length() && source.charAt(end) == '~') {
            end++;
        }
        return source.startsWith(last, end) ? end + last.length() : -1;
    }

    private void one() throws TemplateException {
        char c = source.charAt(at);
        switch (c) {
            case '(' -> sign(Kind.OPEN_SEXPR);
            case ')' -> sign(Kind.CLOSE_SEXPR);
            case '=' -> sign(Kind.EQUALS);
            case '@' -> sign(Kind.DATA);
            case '|' -> sign(Kind.CLOSE_BLOCK_PARAMS);
            case '/' -> sign(Kind.SEP);
            case '.' -> dots();
            case '"', '\'' -> string(c);
            case '[' -> segment();
            default -> word();
        }
    }

    private void sign(Kind kind) {
        add(kind, source.substring(at, at + 1), at, at + 1);
        at++;
    }

    private void dots() {
        if (source.startsWith("..", at)) {
            add(Kind.ID, "..", at, at + 2);
            at += 2;
        } else {
            sign(after(at + 1, "=~}/.)]|") ? Kind.ID : Kind.SEP);
        }
    }

    private void string(char quote) throws TemplateException {
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        for (; i < source.length() && source.charAt(i) != quote; i++) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()
                    && source.charAt(i + 1) == quote) {
                i++;
            }
            text.append(source.charAt(i));
        }
        if (i >= source.length()) {
            throw error(at, "this string does not end: close it with " + quote);
        }
        add(Kind.STRING, text.toString(), at, i + 1);
        at = i + 1;
    }

    /** {@code [any text]}, a segment of a path that may say anything. */
    private void segment() throws TemplateException {
        StringBuilder text = new StringBuilder("[");
        int i = at + 1;
        for (; i < source.length() && source.charAt(i) != ']'; i++) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()
                    && (source.charAt(i + 1) == ']' || source.charAt(i + 1) == '\\')) {
                i++;
            }
            text.append(source.charAt(i));
        }
        if (i >= source.length()) {
            throw error(at, "this segment does not end: close it with ]");
        }
        add(Kind.ID, text.append(']').toString(), at, i + 1);
        at = i + 1;
    }

    private void word() throws TemplateException {
        int number = number();
        if (number > 0 && after(number, "~})]")) {
            add(Kind.NUMBER, source.substring(at, number), at, number);
            at = number;
            return;
        }
        int end = at;
        while (end < source.length() && idSign(source.charAt(end))
                && !source.startsWith(close, end)) {
            end++;
        }
        if (end >= source.length()) {
            throw error(at, "this tag does not end: close it with " + close);
        }
        if (end == at || !after(end, "=~}/.)]|")) {
            char odd = source.charAt(end);
            throw error(end, "'" + (Character.isISOControl(odd) ? ' ' : odd) + "' cannot stand"
                    + " here in a tag: names with such signs are written [in brackets]");
        }
        String word = source.substring(at, end);
        int bar = blanks(end);
        if (word.equals("as") && bar > end && bar < source.length()
                && source.charAt(bar) == '|') {
            add(Kind.OPEN_BLOCK_PARAMS, "as |", at, bar + 1);
            at = bar + 1;
            return;
        }
        boolean literal = after(end, "~})]");
        Kind kind = !literal ? Kind.ID : switch (word) {
            case "true", "false" -> Kind.BOOLEAN;
            case "undefined" -> Kind.UNDEFINED;
            case "null" -> Kind.NULL;
            default -> Kind.ID;
        };
        add(kind, word, at, end);
        at = end;
    }

    /** The end of a number that begins here, or -1. */
    private int number() {
        int i = peek('-') ? at + 1 : at;
        int digits = digits(i);
        if (digits == i) {
            return -1;
        }
        int fraction = digits < source.length() && source.charAt(digits) == '.'
                ? digits(digits + 1) : digits;
        return fraction > digits + 1 ? fraction : digits;
    }

    private int digits(int from) {
        int i = from;
        while (i < source.length() && source.charAt(i) >= '0' && source.charAt(i) <= '9') {
            i++;
        }
        return i;
    }

    private boolean after(int end, String signs) {
        return end < source.length() && (Character.isWhitespace(source.charAt(end))
                || signs.indexOf(source.charAt(end)) >= 0 || source.startsWith(close, end));
    }

    private static boolean idSign(char c) {
        return !Character.isWhitespace(c) && "!\"#%&'()*+,./;<=>@[\\]^`{|}~".indexOf(c) < 0;
    }

    /** A raw block's text, with the raw blocks that it shows, up to its own end. */
    private void raw(int start) throws TemplateException {
        int from = at;
        int depth = 1;
        while (true) {
            int next = source.indexOf("{{{{", at);
            if (next < 0) {
                throw error(start, "this raw block does not end: close it with {{{{/name}}}}");
            }
            if (!source.startsWith("/", next + 4)) {
                depth++;
                at = next + 4;
                continue;
            }
            int end = next + 5;
            while (end < source.length() && idSign(source.charAt(end))) {
                end++;
            }
            if (!source.startsWith("}}}}", end)) {
                throw error(next, "a raw block ends with {{{{/name}}}}");
            }
            at = end + 4;
            if (--depth == 0) {
                if (next > from) {
                    add(Kind.CONTENT, source.substring(from, next), from, next);
                }
                add(Kind.END_RAW_BLOCK, source.substring(next + 5, end), next, at);
                return;
            }
        }
    }

    private int blanks(int from) {
        int i = from;
        while (i < source.length() && Character.isWhitespace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private boolean peek(char c) {
        return at < source.length() && source.charAt(at) == c;
    }

    private void add(Kind kind, String text, int start, int end) {
        tokens.add(new Token(kind, text, start, end));
    }

    private TemplateException error(int offset, String what) {
        return new TemplateException(place(name, source, offset), what);
    }

    /** Line and column of an offset. Reads the source again: for mistakes only. */
    static Place place(String name, String source, int offset) {
        int line = 1;
        int start = 0;
        for (int i = source.indexOf('\n'); i >= 0 && i < offset; i = source.indexOf('\n', i + 1)) {
            line++;
            start = i + 1;
        }
        return new Place(name, line, offset - start + 1);
    }
}
