package dev.mailmill.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Times as pages write them: UTC, as the events of the API do. */
final class Times {
    /** The same instants in one language. */
    private record Formats(DateTimeFormatter day, DateTimeFormatter hour,
            DateTimeFormatter second, DateTimeFormatter minute, DateTimeFormatter exact) {
        static Formats of(Locale language) {
            String day = language.equals(Locale.GERMAN) ? "d. MMM" : "d MMM";
            return new Formats(of(day + " uuuu", language), of(day + " HH:mm", language),
                    of(day + " HH:mm:ss", language), of(day + " uuuu HH:mm", language),
                    of(day + " HH:mm:ss.SSS", language));
        }

        private static DateTimeFormatter of(String pattern, Locale language) {
            return DateTimeFormatter.ofPattern(pattern, language).withZone(ZoneOffset.UTC);
        }
    }

    private static final Map<Locale, Formats> FORMATS = Texts.SPOKEN.stream()
            .collect(Collectors.toUnmodifiableMap(l -> l, Formats::of));
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm",
            Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter WEEKDAY = DateTimeFormatter.ofPattern("EEEE, HH:mm",
            Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private Times() {
    }

    private static Formats formats() {
        return FORMATS.get(Texts.language());
    }

    static String day(Instant at) {
        return formats().day().format(at);
    }

    /** {@code Friday, 14:32}, in the reader's language. */
    static String weekday(Instant at) {
        return WEEKDAY.withLocale(Texts.language()).format(at);
    }

    /** Of one day. */
    static String clock(Instant at) {
        return CLOCK.format(at);
    }

    /** Of a week. */
    static String hour(Instant at) {
        return formats().hour().format(at);
    }

    static String second(Instant at) {
        return formats().second().format(at);
    }

    /** Of what may be a year away. */
    static String minute(Instant at) {
        return formats().minute().format(at);
    }

    static String exact(Instant at) {
        return formats().exact().format(at);
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
        return Texts.t("{0} days", seconds / 86_400);
    }

    /** {@code 18.2 KB}. */
    static String size(long octets) {
        if (octets < 1000) {
            return octets + " B";
        }
        return octets < 1_000_000 ? String.format(Texts.language(), "%.1f KB", octets / 1000.0)
                : String.format(Texts.language(), "%.1f MB", octets / 1_000_000.0);
    }
}
