package dev.mailmill.analytics;

import java.text.Normalizer;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a word of a subject is: letters and digits in a row, in lower case, compatibility forms made
 * plain (NFKC). Where a script writes no spaces each ideograph is a word. Pure.
 */
final class Words {
    private static final int WORDS_MAX = 40;
    private static final int CHARS_MAX = 40;

    private Words() {
    }

    /** Each once, in the order of the text. */
    static Set<String> of(String text) {
        // There and back: only so are the sharp s and the double s one (Unicode's case folding).
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
        Set<String> words = new LinkedHashSet<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < plain.length() && words.size() < WORDS_MAX;) {
            int c = plain.codePointAt(i);
            i += Character.charCount(c);
            boolean part = Character.isLetterOrDigit(c) || Character.getType(c)
                    == Character.NON_SPACING_MARK && !word.isEmpty();
            boolean alone = Character.isIdeographic(c);
            if (!part || alone || word.length() >= CHARS_MAX) {
                end(word, words);
            }
            if (part) {
                word.appendCodePoint(c);
            }
            if (alone) {
                end(word, words);
            }
        }
        end(word, words);
        return words;
    }

    private static void end(StringBuilder word, Set<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    /** As it is indexed: with its tenant's number in front. */
    static String of(long tenant, String word) {
        return Long.toString(tenant, 36) + "_" + word;
    }
}
