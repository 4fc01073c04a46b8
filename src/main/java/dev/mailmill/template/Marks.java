package dev.mailmill.template;

import dev.mailmill.template.Token.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A template's tags, each replaced by a word that markup readers leave alone, and put back after.
 * Where text cannot stand, as between rows of a table, the word is put into a comment.
 */
final class Marks {
    private static final Set<Kind> BLOCKS = EnumSet.of(Kind.OPEN_BLOCK, Kind.OPEN_INVERSE,
            Kind.OPEN_INVERSE_CHAIN, Kind.OPEN_ENDBLOCK, Kind.INVERSE, Kind.COMMENT,
            Kind.DELIMITERS, Kind.OPEN_PARTIAL, Kind.OPEN_PARTIAL_BLOCK);

    /**
     * One tag.
     *
     * @param block whether it prints nothing by itself, so that it is no word of a text
     */
    record Mark(int start, int end, String text, boolean block) {
    }

    private final String name;
    private final String source;
    private final List<Mark> marks = new ArrayList<>();
    private final String word;

    Marks(String name, String source) throws TemplateException {
        this.name = name;
        this.source = source;
        if (source.length() > Parser.SOURCE_MAX) {
            throw new TemplateException(new Place(name, 1, 1), "the source has more than "
                    + Parser.SOURCE_MAX + " characters");
        }
        List<Token> tokens = Lexer.tokens(name, source);
        int i = 0;
        while (i < tokens.size()) {
            Token first = tokens.get(i);
            if (first.kind() != Kind.CONTENT) {
                while (i < tokens.size() - 1 && !ends(first, tokens.get(i))) {
                    i++;
                }
                int end = tokens.get(i).end();
                marks.add(new Mark(first.start(), end, source.substring(first.start(), end),
                        BLOCKS.contains(first.kind())));
            }
            i++;
        }
        String unused = "mailmillmark";
        while (source.contains(unused)) {
            // doubled, so that a source that is nothing but this word is searched a few times
            unused += unused;
        }
        word = unused;
    }

    private static boolean ends(Token first, Token t) {
        return first.kind() == Kind.OPEN_RAW_BLOCK ? t.kind() == Kind.END_RAW_BLOCK : t.closes();
    }

    String source() {
        return source;
    }

    int size() {
        return marks.size();
    }

    Mark get(int i) {
        return marks.get(i);
    }

    /** The word of lower-case letters and digits that stands for a mark. */
    String word(int i) {
        return word + i + "z";
    }

    /** Whether a text has a mark's word. */
    boolean in(String text) {
        return text.contains(word);
    }

    /** The mark whose word a comment is, or -1. */
    int only(String text) {
        String t = text.strip();
        if (!t.startsWith(word) || !t.endsWith("z")) {
            return -1;
        }
        String digits = t.substring(word.length(), t.length() - 1);
        return digits.matches("[0-9]{1,7}") && Integer.parseInt(digits) < marks.size()
                ? Integer.parseInt(digits) : -1;
    }

    /** Whether a text has the word of a tag that is a block's. */
    boolean blockIn(String text) {
        for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
            int end = text.indexOf('z', at + word.length());
            int mark = end < 0 ? -1 : only(text.substring(at, end + 1));
            if (mark < 0 || marks.get(mark).block()) {
                return true;
            }
        }
        return false;
    }

    /** Which of the marks a text has. */
    BitSet found(String text) {
        BitSet found = new BitSet(marks.size());
        for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length())) {
            int end = text.indexOf('z', at + word.length());
            int mark = end < 0 || end > at + word.length() + 7 ? -1
                    : only(text.substring(at, end + 1));
            if (mark >= 0) {
                found.set(mark);
            }
        }
        return found;
    }

    /** The tags put back, and the comments that carried them taken away. */
    String restored(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        int at = text.indexOf(word);
        while (at >= 0) {
            int end = text.indexOf('z', at + word.length());
            int mark = end < 0 ? -1 : only(text.substring(at, end + 1));
            if (mark >= 0) {
                boolean comment = at >= 4 && text.startsWith("<!--", at - 4) && at - 4 >= from
                        && text.startsWith("-->", end + 1);
                out.append(text, from, comment ? at - 4 : at).append(marks.get(mark).text());
                from = comment ? end + 4 : end + 1;
            }
            at = text.indexOf(word, Math.max(from, at + 1));
        }
        return out.append(text, from, text.length()).toString();
    }

    TemplateException error(int offset, String what) {
        return new TemplateException(Lexer.place(name, source, offset), what);
    }
}
