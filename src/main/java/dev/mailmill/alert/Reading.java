package dev.mailmill.alert;

/**
 * What was seen of one thing.
 *
 * @param about  a stream, a provider, a domain, …; empty where there is only one
 * @param sample out of how many; as many as are needed where nothing is counted
 * @param words  the evidence, which may quote a stranger: cleaned and cut here
 */
record Reading(Rule rule, long tenant, String about, double value, long sample, String words) {
    private static final int ABOUT_MAX = 200;
    private static final int WORDS_MAX = 600;

    Reading {
        about = clean(about, ABOUT_MAX);
        words = clean(words, WORDS_MAX);
    }

    /** Of what is not counted. */
    static Reading of(Rule rule, long tenant, String about, double value, String words) {
        return new Reading(rule, tenant, about, value, Long.MAX_VALUE, words);
    }

    /** On one line, without what turns or hides what stands around it. */
    static String clean(String text, int max) {
        StringBuilder out = new StringBuilder();
        cut(text, max).codePoints().forEach(c -> {
            int type = Character.getType(c);
            boolean bad = type == Character.CONTROL || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE;
            out.appendCodePoint(bad ? ' ' : c);
        });
        return out.toString();
    }

    static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
    }
}
