package dev.mailmill.http;

import java.util.random.RandomGenerator;

/** Names for requests: they tie an answer to the log and tell nothing. Thread-safe. */
final class RequestIds {
    private static final int BASE = 32;

    private final RandomGenerator random;

    /** @param random thread-safe; need not be secret, a name opens nothing */
    RequestIds(RandomGenerator random) {
        this.random = random;
    }

    String next() {
        String digits = Long.toString(random.nextLong() >>> 1, BASE);
        return "req_" + "0".repeat(13 - digits.length()) + digits;
    }
}
