package dev.mailmill.smtp;

/**
 * What BDAT says of the octets behind it (RFC 3030 §2): {@code BDAT chunk-size [LAST]}.
 *
 * @param octets  how many follow
 * @param last    the message ends with them
 * @param strange something else stands behind the number: how many follow is known all the same
 */
record Chunk(long octets, boolean last, boolean strange) {
    /** More can't be meant, and would not fit a long. */
    private static final int DIGITS_MAX = 18;

    /**
     * @param rest what follows the verb
     * @throws SyntaxException when it can't be known where the next command begins: then none does
     */
    static Chunk parse(String rest) throws SyntaxException {
        int end = 0;
        while (end < rest.length() && rest.charAt(end) >= '0' && rest.charAt(end) <= '9') {
            end++;
        }
        if (end == 0 || end < rest.length() && rest.charAt(end) != ' ') {
            throw new SyntaxException(501, "5.5.4", "BDAT is BDAT octets or BDAT octets LAST."
                    + " Closing, for it is not known how many octets follow");
        }
        if (end > DIGITS_MAX) {
            throw new SyntaxException(552, "5.3.4", "A chunk of that size is not taken; closing");
        }
        String word = rest.substring(end);
        boolean last = word.equalsIgnoreCase(" LAST");
        return new Chunk(Long.parseLong(rest.substring(0, end)), last, !last && !word.isEmpty());
    }
}
