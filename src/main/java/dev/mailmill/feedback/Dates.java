package dev.mailmill.feedback;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dates of mail (RFC 5322 §3.3 and the obsolete §4.3); the day's name is not looked at. */
final class Dates {
    private static final int CHARS_MAX = 100;
    private static final List<String> MONTHS = List.of("jan", "feb", "mar", "apr", "may", "jun",
            "jul", "aug", "sep", "oct", "nov", "dec");
    /** §4.3; the military letters are worth nothing. */
    private static final Map<String, Integer> ZONES = Map.of("ut", 0, "utc", 0, "gmt", 0, "z", 0,
            "edt", -4, "est", -5, "cdt", -5, "cst", -6, "mdt", -6, "pdt", -7);
    private static final Pattern DATE = Pattern.compile("(?:[a-z]{2,9},?\\s+)?(\\d{1,2})\\s+"
            + "([a-z]{3})[a-z]{0,6}\\s+(\\d{4})\\s+(\\d{1,2}):(\\d{2})(?::(\\d{2}))?"
            + "\\s*([+-]\\d{4}|[a-z]{1,5})?.*");

    private Dates() {
    }

    /** Empty when it is no date, or in a zone that nobody knows. */
    static Optional<Instant> read(String text) {
        String low = text.length() > CHARS_MAX ? text.substring(0, CHARS_MAX) : text;
        Matcher m = DATE.matcher(low.strip().toLowerCase(Locale.ROOT));
        if (!m.matches() || m.group(7) == null || !MONTHS.contains(m.group(2))) {
            return Optional.empty();
        }
        Optional<ZoneOffset> zone = zone(m.group(7));
        try {
            return zone.map(z -> OffsetDateTime.of(Integer.parseInt(m.group(3)),
                    MONTHS.indexOf(m.group(2)) + 1, Integer.parseInt(m.group(1)),
                    Integer.parseInt(m.group(4)), Integer.parseInt(m.group(5)),
                    // a leap second is the one after the last
                    m.group(6) == null ? 0 : Math.min(59, Integer.parseInt(m.group(6))), 0, z)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<ZoneOffset> zone(String text) {
        if (text.startsWith("+") || text.startsWith("-")) {
            int minutes = Integer.parseInt(text.substring(1, 3)) * 60
                    + Integer.parseInt(text.substring(3));
            return minutes > 18 * 60 ? Optional.empty() : Optional.of(ZoneOffset.ofTotalSeconds(
                    (text.startsWith("-") ? -60 : 60) * minutes));
        }
        Integer hours = text.equals("pst") ? Integer.valueOf(-8)
                : text.equals("mst") ? Integer.valueOf(-7) : ZONES.get(text);
        return Optional.ofNullable(hours).map(ZoneOffset::ofHours);
    }
}
