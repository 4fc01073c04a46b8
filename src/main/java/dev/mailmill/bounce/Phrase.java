package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One alternative of a rule's words. Most are seen to be missing by what each text that they fit
 * must hold, so that few expressions are ever run.
 *
 * @param needed one of these is in each text that fits; empty if that can't be told
 * @param marks  the same for {@link Gist#mayHold}
 */
record Phrase(Pattern pattern, List<String> needed, List<int[]> marks) {
    private static final int LETTERS_MIN = 3;

    /** The alternatives of a regular expression. */
    static List<Phrase> of(String words) {
        return alternatives(words).stream().map(a -> {
            List<String> needed = needed(a);
            return new Phrase(Pattern.compile(a), needed,
                    needed.stream().map(Gist::mark).toList());
        }).toList();
    }

    boolean in(Gist text) {
        boolean may = marks.isEmpty();
        for (int i = 0; i < marks.size() && !may; i++) {
            may = text.mayHold(marks.get(i));
        }
        return may && pattern.matcher(text.text()).find();
    }

    private static List<String> alternatives(String words) {
        List<String> all = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < words.length(); i = after(words, i)) {
            if (words.charAt(i) == '|') {
                all.add(words.substring(from, i));
                from = i + 1;
            }
        }
        all.add(words.substring(from));
        return all;
    }

    /** Behind the character, escape, class or group that begins there. */
    private static int after(String words, int from) {
        char first = words.charAt(from);
        if (first == '\\') {
            return from + 2;
        }
        if (first != '[' && first != '(') {
            return from + 1;
        }
        int depth = 0;
        for (int i = from; i < words.length(); i++) {
            char c = words.charAt(i);
            if (c == '\\') {
                i++;
            } else if (first == '[') {
                if (c == ']') {
                    return i + 1;
                }
            } else {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        throw new IllegalArgumentException("it is not closed: " + words);
    }

    /** The best of what has to be there: plain runs, and groups of which one has to be. */
    private static List<String> needed(String alternative) {
        List<String> best = List.of();
        StringBuilder run = new StringBuilder();
        for (int i = 0; i < alternative.length();) {
            int end = after(alternative, i);
            boolean optional = end < alternative.length() && (alternative.charAt(end) == '?'
                    || alternative.charAt(end) == '{');
            char c = alternative.charAt(i);
            boolean plain = end == i + 1 && ".^$".indexOf(c) < 0;
            if (plain && !optional) {
                run.append(c);
            } else {
                best = better(best, List.of(run.toString()));
                run.setLength(0);
                if (c == '(' && !optional && alternative.charAt(i + 1) != '?') {
                    best = better(best, group(alternative.substring(i + 1, end - 1)));
                }
            }
            i = optional ? skipped(alternative, end) : end;
        }
        return better(best, List.of(run.toString()));
    }

    private static int skipped(String alternative, int quantifier) {
        return alternative.charAt(quantifier) == '?' ? quantifier + 1
                : alternative.indexOf('}', quantifier) + 1;
    }

    private static List<String> group(String inner) {
        List<String> all = new ArrayList<>();
        for (String alternative : alternatives(inner)) {
            List<String> one = needed(alternative);
            if (one.isEmpty()) {
                return List.of();
            }
            all.addAll(one);
        }
        return all;
    }

    /** The one whose shortest is longest: it is the rarest. */
    private static List<String> better(List<String> one, List<String> other) {
        return shortest(other) > shortest(one) && shortest(other) >= LETTERS_MIN
                ? List.copyOf(other) : one;
    }

    private static int shortest(List<String> all) {
        return all.stream().mapToInt(String::length).min().orElse(0);
    }
}
