package dev.mailmill.sink;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Staging: recipients on a list get their mail, everybody else's is captured. */
public final class DeliverOnly implements Transport {
    /** Patterns of one list. */
    public static final int patternsMax = 1_000;

    private final List<String> patterns;
    private final Transport real;
    private final Transport capture;

    /**
     * @param patterns addresses, in which {@code *} stands for anything: {@code *@ours.com}
     * @throws IllegalArgumentException naming the one that is no pattern of an address
     */
    public DeliverOnly(List<String> patterns, Transport real, Transport capture) {
        if (patterns.size() > patternsMax) {
            throw new IllegalArgumentException("more than " + patternsMax + " patterns");
        }
        this.patterns = patterns.stream().map(p -> p.trim().toLowerCase(Locale.ROOT)).toList();
        for (String pattern : this.patterns) {
            if (!pattern.contains("@") || pattern.startsWith("@") || pattern.endsWith("@")) {
                throw new IllegalArgumentException("\"" + pattern
                        + "\" is no pattern of an address: write *@ours.com or me@ours.com");
            }
        }
        this.real = real;
        this.capture = capture;
    }

    @Override
    public Optional<Site> site(Delivery delivery) {
        return way(delivery).site(delivery);
    }

    @Override
    public Site find(Delivery delivery) {
        return way(delivery).find(delivery);
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        return way(attempt.delivery()).attempt(attempt);
    }

    /** Whether a list of patterns names the recipient. */
    public static boolean names(List<String> patterns, Delivery delivery) {
        return new DeliverOnly(patterns, null, null).named(delivery);
    }

    private Transport way(Delivery delivery) {
        return named(delivery) ? real : capture;
    }

    private boolean named(Delivery delivery) {
        String address = delivery.address();
        int at = address.lastIndexOf('@');
        // the domain as it will be connected to, not as it was written
        String key = address.substring(0, Math.max(at, 0)).toLowerCase(Locale.ROOT) + "@"
                + delivery.domain();
        for (String pattern : patterns) {
            if (matches(pattern, key)) {
                return true;
            }
        }
        return false;
    }

    /** Linear: after a mismatch only the last star is moved on. */
    static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int from = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                from = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++from;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
