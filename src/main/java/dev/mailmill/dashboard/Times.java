package dev.mailmill.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as pages write them: UTC, as the events of the API do. */
final class Times {
    private static final DateTimeFormatter DAY = of("d MMM uuuu");
    private static final DateTimeFormatter CLOCK = of("HH:mm");
    private static final DateTimeFormatter HOUR = of("d MMM HH:mm");
    private static final DateTimeFormatter MINUTE = of("d MMM HH:mm:ss");
    private static final DateTimeFormatter YEAR_MINUTE = of("d MMM uuuu HH:mm");
    private static final DateTimeFormatter EXACT = of("d MMM HH:mm:ss.SSS");

    private Times() {
    }

    private static DateTimeFormatter of(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    }

    static String day(Instant at) {
        return DAY.format(at);
    }

    /** Of one day. */
    static String clock(Instant at) {
        return CLOCK.format(at);
    }

    /** Of a week. */
    static String hour(Instant at) {
        return HOUR.format(at);
    }

    static String second(Instant at) {
        return MINUTE.format(at);
    }

    /** Of what may be a year away. */
    static String minute(Instant at) {
        return YEAR_MINUTE.format(at);
    }

    static String exact(Instant at) {
        return EXACT.format(at);
    }

    /** {@code 5 min}, {@code 2 h 30 min}: as exact as a person wants it. */
    static String span(Duration span) {
        long seconds = Math.max(0, span.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return (seconds + 30) / 60 + " min";
        }
        if (seconds < 48 * 3600) {
            long minutes = seconds % 3600 / 60;
            return seconds / 3600 + " h" + (minutes == 0 ? "" : " " + minutes + " min");
        }
        return seconds / 86_400 + " days";
    }

    /** {@code 18.2 KB}. */
    static String size(long octets) {
        if (octets < 1000) {
            return octets + " B";
        }
        return octets < 1_000_000 ? String.format(Locale.ENGLISH, "%.1f KB", octets / 1000.0)
                : String.format(Locale.ENGLISH, "%.1f MB", octets / 1_000_000.0);
    }
}
