package dev.mailmill.submit;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** A time as RFC 3339 or RFC 5322 §3.3 writes it, always with its offset. */
final class SendAt {
    /** What the store can count. */
    private static final int YEAR_MIN = 1970;
    private static final int YEAR_MAX = 9999;

    private SendAt() {
    }

    /** Empty when it is neither, or its year is beyond what is counted. */
    static Optional<Instant> read(String text) {
        String one = text.replaceAll("[ \\t]+", " ").replaceFirst(" ?\\([^()]*\\)$", "");
        try {
            OffsetDateTime time = !one.isEmpty() && Character.isDigit(one.charAt(0))
                    && one.indexOf('-') == 4 ? OffsetDateTime.parse(one) : date(one);
            return time.getYear() < YEAR_MIN || time.getYear() > YEAR_MAX ? Optional.empty()
                    : Optional.of(time.toInstant().truncatedTo(ChronoUnit.MILLIS));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Of the obsolete zones (RFC 5322 §4.3) only those with one reading: UT and GMT. */
    private static OffsetDateTime date(String text) {
        return ZonedDateTime.parse(text.replaceFirst(" (UTC?|Z)$", " GMT"),
                DateTimeFormatter.RFC_1123_DATE_TIME).toOffsetDateTime();
    }
}
