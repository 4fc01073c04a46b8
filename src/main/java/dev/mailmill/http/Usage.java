package dev.mailmill.http;

import java.time.Duration;
import java.util.List;

/** How much a key may do. {@code account} implements it; {@code app} connects the two. */
public interface Usage {
    /** Every key may do everything. */
    Usage FREE = new Usage() {
        @Override
        public Duration ask(String credential) {
            return Duration.ZERO;
        }

        @Override
        public List<Limit> limits(long tenant, String credential) {
            return List.of();
        }
    };

    /** Counts a request. Zero when it may go on; else how long to wait, and it is not counted. */
    Duration ask(String credential);

    /** What the key is kept to, and what is left; empty for a key without limits. */
    List<Limit> limits(long tenant, String credential);

    /**
     * @param name   of the policy: {@code second}, {@code day}
     * @param window in which {@code max} are let through
     * @param reset  until all of it is there again
     */
    record Limit(String name, long max, long left, Duration window, Duration reset) {
    }
}
