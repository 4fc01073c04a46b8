package dev.mailmill.bounce;

/**
 * A text in lower case and a summary of its trigrams: most rules' words are seen to be missing
 * without a search.
 */
final class Gist {
    private static final int BITS = 4_096;

    private final String text;
    private final long[] seen = new long[BITS / 64];

    Gist(String text) {
        this.text = text;
        for (int i = 0; i + 2 < text.length(); i++) {
            int bit = bit(text, i);
            seen[bit >> 6] |= 1L << bit;
        }
    }

    private static int bit(String s, int at) {
        int hash = s.charAt(at) * 961 + s.charAt(at + 1) * 31 + s.charAt(at + 2);
        return (hash ^ hash >>> 12) & BITS - 1;
    }

    String text() {
        return text;
    }

    /** False only if the word is not in it for sure. */
    boolean mayHold(String word) {
        for (int i = 0; i + 2 < word.length(); i++) {
            int bit = bit(word, i);
            if ((seen[bit >> 6] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }
}
