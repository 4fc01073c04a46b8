package dev.mailmill.send;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** How long a message is worth sending: seconds, {@code "15m"} or ISO 8601 ({@code "PT15M"}). */
final class Lifetime {
    /** Shorter than the first retry would mean one attempt only, by accident. */
    static final Duration MIN = Duration.ofSeconds(30);
    /** Longer than the most patient schedule (5 days) would promise what nobody does. */
    static final Duration MAX = Duration.ofDays(7);
    static final String SHAPE = "must be seconds (900), a number with s, m, h or d (\"15m\") or an "
            + "ISO 8601 duration (\"PT15M\"), from 30 s to 7 days";
    private static final Pattern SHORT = Pattern.compile("([0-9]{1,7})([smhd])");
    private static final int CHARS_MAX = 40;

    private Lifetime() {
    }

    /** Empty when it is none, or out of bounds. */
    static Optional<Duration> read(JsonNode node) {
        Optional<Duration> read = Optional.empty();
        if (node.isIntegralNumber()) {
            read = Optional.of(Duration.ofSeconds(node.longValue()));
        } else if (node.isString() && node.stringValue().length() <= CHARS_MAX) {
            read = read(node.stringValue());
        }
        return read.filter(d -> d.compareTo(MIN) >= 0 && d.compareTo(MAX) <= 0);
    }

    private static Optional<Duration> read(String text) {
        Matcher match = SHORT.matcher(text);
        if (match.matches()) {
            long count = Long.parseLong(match.group(1));
            return Optional.of(switch (match.group(2)) {
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            });
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
