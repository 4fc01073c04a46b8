package dev.mailmill.client;

import java.time.Duration;

/**
 * How patient a client is.
 *
 * @param connectTimeout for one connection
 * @param timeout        for one answer
 * @param attempts       how often a request is made at most
 * @param patience       how long it goes on being tried; a Retry-After beyond it is not waited for
 */
public record Options(Duration connectTimeout, Duration timeout, int attempts, Duration patience) {
    /** 5 s, 30 s, 8 times, 1 min. */
    public static final Options DEFAULT =
            new Options(Duration.ofSeconds(5), Duration.ofSeconds(30), 8, Duration.ofMinutes(1));

    /** @throws IllegalArgumentException when it would never try */
    public Options {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts: at least 1, not " + attempts);
        }
    }

    /** The same with another. */
    public Options withTimeout(Duration other) {
        return new Options(connectTimeout, other, attempts, patience);
    }

    /** The same with others. */
    public Options withRetries(int otherAttempts, Duration otherPatience) {
        return new Options(connectTimeout, timeout, otherAttempts, otherPatience);
    }
}
