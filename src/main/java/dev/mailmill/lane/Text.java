package dev.mailmill.lane;

import java.util.regex.Pattern;

/**
 * A remote's words under a pattern that a person wrote: whatever the two are, the search ends. Java
 * looks at the text through {@code charAt}, which is counted.
 */
final class Text {
    private static final int LOOKS_MAX = 200_000;

    private Text() {
    }

    /** Whether it is found; not, when that takes too long to find out. */
    static boolean found(Pattern pattern, String text) {
        try {
            return pattern.matcher(new Counted(text, new int[1])).find();
        } catch (TooLong e) {
            return false;
        }
    }

    private record Counted(CharSequence text, int[] looks) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (looks[0]++ > LOOKS_MAX) {
                throw new TooLong();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), looks);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super(null, null, false, false);
        }
    }
}
