package dev.mailmill.account;

/**
 * What a credential is kept to.
 *
 * @param test      its mail is captured and never sent
 * @param domain    lower-case A-label that From has to be at, or below; empty for any of the tenant
 * @param perSecond requests; 0 for any number
 * @param perDay    recipients of a day, UTC; 0 for any number
 */
public record Bounds(boolean test, String domain, int perSecond, long perDay) {
    /** One that may do what its scopes say. */
    public static final Bounds NONE = new Bounds(false, "", 0, 0);
    /** Beyond it a limit is none, and remembering each request would cost too much. */
    public static final int PER_SECOND_MAX = 1_000;
    public static final long PER_DAY_MAX = 1_000_000_000;

    /** Whether a key that may make keys could free itself of it. */
    boolean evadable() {
        return test || !domain.isEmpty() || perDay > 0;
    }
}
