package dev.mailmill.bounce;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One line of {@code rules.tsv}: all of its conditions have to hold.
 *
 * @param codes    by their first digits, as in {@code 5} or {@code 550}; empty for any
 * @param enhanced as in {@code 5.1.1} or, for both classes, {@code x.1.1} and {@code x.1.*};
 *                 empty for any
 * @param words    one of them has to be in the text; empty for any text
 * @param test     a reply that this rule decides
 */
record Rule(int line, BounceClass reason, List<String> codes, List<String> enhanced,
        List<Phrase> words, String test, String why) {
    private static final String FILE = "/bounce/rules.tsv";
    private static final int COLUMNS = 6;
    /** Repetition of a repetition takes exponential time; so no rule may have a group repeated. */
    private static final Pattern REPEATED_GROUP = Pattern.compile("\\)[*+{]");
    private static final Pattern ENDLESS = Pattern.compile("(?<!\\\\)[*+]|\\{\\d*,\\}");

    static List<Rule> shipped() {
        try (InputStream in = Rule.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + FILE);
            }
            return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Rule> read(String file) {
        List<Rule> rules = new ArrayList<>();
        String[] lines = file.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            if (!lines[i].isBlank() && !lines[i].startsWith("#")) {
                rules.add(rule(i + 1, lines[i].split("\t", -1)));
            }
        }
        return List.copyOf(rules);
    }

    private static Rule rule(int line, String[] cells) {
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException(FILE + " line " + line + ": it has " + cells.length
                    + " columns, not " + COLUMNS);
        }
        String words = cells[3];
        if (REPEATED_GROUP.matcher(words).find() || ENDLESS.matcher(words).find()) {
            throw new IllegalArgumentException(FILE + " line " + line
                    + ": repeat with a bound, as in .{0,40}, and no groups");
        }
        return new Rule(line, BounceClass.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                list(cells[1]), list(cells[2]),
                words.equals("-") ? List.of() : Phrase.of(words), cells[4], cells[5]);
    }

    private static List<String> list(String cell) {
        return cell.equals("-") ? List.of() : List.of(cell.split(","));
    }

    boolean fits(Codes with, Gist text) {
        return (codes.isEmpty() || codes.stream().anyMatch(
                        c -> Integer.toString(with.code()).startsWith(c)))
                && (enhanced.isEmpty() || enhanced.stream().anyMatch(
                        e -> same(e, with.enhanced())))
                && (words.isEmpty() || words.stream().anyMatch(p -> p.in(text)));
    }

    private static boolean same(String wanted, String found) {
        if (wanted.endsWith("*")) {
            return found.length() > 4 && found.regionMatches(1, wanted, 1, 3);
        }
        return wanted.startsWith("x") ? found.length() == wanted.length()
                && found.regionMatches(1, wanted, 1, wanted.length() - 1) : wanted.equals(found);
    }
}
