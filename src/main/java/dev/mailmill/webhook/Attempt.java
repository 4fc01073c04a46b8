package dev.mailmill.webhook;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One call, as the log keeps it.
 *
 * @param n       its place in the endpoint's log
 * @param type    of the first event
 * @param events  positions of the facts
 * @param call    {@code webhook-id}
 * @param attempt at the first event, from 1
 * @param outcome {@code delivered}, {@code failed} or {@code given_up}
 * @param status  0 for no answer
 * @param said    what went wrong, in words; else empty
 * @param answer  its beginning
 */
public record Attempt(long n, String type, List<String> events, String call, int attempt,
        String outcome, int status, String said, long millis, String answer) {
    /** How the name of a call with a list ends: how many, and the place of the last. */
    static final String BATCH = "_%d_%s";
    private static final Pattern BATCHED = Pattern.compile(".+_\\d+_[^_]+");
    static final String DELIVERED = "delivered";
    static final String FAILED = "failed";
    static final String GIVEN_UP = "given_up";
    /** Milliseconds are in n, and a count. */
    static final int COUNT_BITS = 10;

    public Attempt {
        events = List.copyOf(events);
    }

    /** Whether it was posted as a list, whatever its endpoint has become since. */
    boolean batched() {
        return BATCHED.matcher(call).matches();
    }

    public Instant at() {
        return Instant.ofEpochMilli(n >> COUNT_BITS);
    }
}
