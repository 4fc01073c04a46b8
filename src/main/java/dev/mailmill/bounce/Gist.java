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

    /** What {@link #mayHold} looks for. */
    static int[] mark(String word) {
        int[] bits = new int[Math.max(0, word.length() - 2)];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = bit(word, i);
        }
        return bits;
    }

    /** False only if the word of the mark is not in it for sure. */
    boolean mayHold(int[] mark) {
        for (int bit : mark) {
            if ((seen[bit >> 6] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }
}
