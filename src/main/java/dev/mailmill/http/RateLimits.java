package dev.mailmill.http;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A key's limits as header fields, twice: {@code RateLimit-Policy} and {@code RateLimit} as
 * draft-ietf-httpapi-ratelimit-headers-09 has them, and the three fields of its earlier versions,
 * which client libraries read.
 */
final class RateLimits {
    private RateLimits() {
    }

    /** Nothing for a key without limits. */
    static Map<String, String> headers(List<Usage.Limit> limits) {
        if (limits.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("RateLimit-Policy", limits.stream().map(l -> '"' + l.name() + "\";q="
                + l.max() + ";w=" + l.window().toSeconds()).collect(Collectors.joining(", ")));
        headers.put("RateLimit", limits.stream().map(l -> '"' + l.name() + "\";r=" + l.left()
                + ";t=" + seconds(l.reset())).collect(Collectors.joining(", ")));
        // the one that a client meets first; of two that are used up the one that lasts longer
        Usage.Limit nearest = limits.stream().min(Comparator.comparingLong(Usage.Limit::left)
                .thenComparing(Usage.Limit::reset, Comparator.reverseOrder())).orElseThrow();
        headers.put("RateLimit-Limit", Long.toString(nearest.max()));
        headers.put("RateLimit-Remaining", Long.toString(nearest.left()));
        headers.put("RateLimit-Reset", Long.toString(seconds(nearest.reset())));
        return headers;
    }

    /** Rounded up: who comes at the second it says is not refused again. */
    static long seconds(Duration wait) {
        return wait.plusNanos(999_999_999).toSeconds();
    }
}
