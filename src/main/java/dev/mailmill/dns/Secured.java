package dev.mailmill.dns;

/**
 * An answer, and whether it can be believed against somebody on the way.
 *
 * @param secure    proven by DNSSEC, with every alias on the way; that nothing is there can be
 *                  proven too
 * @param canonical the name at the end of the aliases, lower case, without the final dot
 */
public record Secured<T>(Answer<T> answer, boolean secure, String canonical) {
    /** Of a source that proves nothing. */
    public static <T> Secured<T> not(Answer<T> answer, String name) {
        return new Secured<>(answer, false, name);
    }
}
