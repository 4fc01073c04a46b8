package dev.mailmill.template;

import dev.mailmill.template.Helper.Use;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.NumberFormat;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Currency;
import java.util.Locale;
import java.util.Map;

/** Dates, numbers and texts as the locale has them. */
final class Formats {
    private static final int PATTERN_MAX = 64;
    private static final int DECIMALS_MAX = 20;
    /** Epoch numbers below are seconds, above milliseconds: the year 5138, or March 1973. */
    private static final long SECONDS_MAX = 100_000_000_000L;
    private static final Map<String, FormatStyle> STYLES = Map.of("short", FormatStyle.SHORT,
            "medium", FormatStyle.MEDIUM, "long", FormatStyle.LONG, "full", FormatStyle.FULL);

    private Formats() {
    }

    /** {@code {{date at "long" time="short" zone="Europe/Berlin"}}}, or a pattern of letters. */
    static String date(Use u) throws TemplateException {
        Object format = u.argument(1, "format");
        String wanted = format == Values.MISSING ? "medium" : u.text(format);
        if (wanted.length() > PATTERN_MAX) {
            throw u.error("is given a format of more than " + PATTERN_MAX + " characters");
        }
        try {
            Object zone = u.options().getOrDefault("zone", Values.MISSING);
            ZonedDateTime at = instant(u, Values.absent(zone) ? u.bounds().zone()
                    : ZoneId.of(u.text(zone)));
            return formatter(u, wanted).withLocale(u.locale()).format(at);
        } catch (DateTimeException | IllegalArgumentException e) {
            throw u.error("cannot show '" + Use.shortened(u.text(0)) + "' as '" + wanted
                    + "': give a date as 2026-11-28 or 2026-11-28T05:00:00Z, and short, medium,"
                    + " long, full or a pattern as d MMMM yyyy");
        }
    }

    private static DateTimeFormatter formatter(Use u, String wanted) throws TemplateException {
        FormatStyle style = STYLES.get(wanted);
        if (style == null) {
            return DateTimeFormatter.ofPattern(wanted, u.locale());
        }
        Object time = u.options().getOrDefault("time", Values.MISSING);
        if (Values.absent(time)) {
            return DateTimeFormatter.ofLocalizedDate(style);
        }
        FormatStyle hours = STYLES.get(u.text(time));
        if (hours == null) {
            throw u.error("knows the times short, medium, long and full");
        }
        return DateTimeFormatter.ofLocalizedDateTime(style, hours);
    }

    private static ZonedDateTime instant(Use u, ZoneId zone) throws TemplateException {
        if (u.argument(0) instanceof Number) {
            long n = u.number(0).longValue();
            return (Math.abs(n) < SECONDS_MAX ? Instant.ofEpochSecond(n) : Instant.ofEpochMilli(n))
                    .atZone(zone);
        }
        String text = u.text(0).strip();
        if (text.length() == 10) {
            return LocalDate.parse(text).atStartOfDay(zone);
        }
        String iso = text.length() > 10 && text.charAt(10) == ' '
                ? text.substring(0, 10) + "T" + text.substring(11) : text;
        boolean zoned = iso.endsWith("Z") || iso.lastIndexOf('+') > 10
                || iso.lastIndexOf('-') > 10;
        return zoned ? OffsetDateTime.parse(iso).atZoneSameInstant(zone)
                : LocalDateTime.parse(iso).atZone(zone);
    }

    static String number(Use u) throws TemplateException {
        return number(u, NumberFormat.getNumberInstance(u.locale()), 0);
    }

    static String percent(Use u) throws TemplateException {
        return number(u, NumberFormat.getPercentInstance(u.locale()), 0);
    }

    private static String number(Use u, NumberFormat format, int least)
            throws TemplateException {
        Object decimals = u.argument(1, "decimals");
        format.setRoundingMode(RoundingMode.HALF_UP);
        format.setMinimumFractionDigits(least);
        format.setMaximumFractionDigits(6);
        if (!Values.absent(decimals)) {
            if (!(decimals instanceof Number n) || n.intValue() < 0
                    || n.intValue() > DECIMALS_MAX) {
                throw u.error("takes 0 to " + DECIMALS_MAX + " decimals");
            }
            format.setMinimumFractionDigits(n.intValue());
            format.setMaximumFractionDigits(n.intValue());
        }
        return format.format(u.number(0));
    }

    /** {@code {{money total "EUR"}}}; the currency says the decimals, the locale the rest. */
    static String money(Use u) throws TemplateException {
        Object code = u.argument(1, "currency");
        if (Values.absent(code)) {
            throw u.error("needs a currency: {{money total \"EUR\"}}");
        }
        try {
            Currency currency = Currency.getInstance(u.text(code).toUpperCase(Locale.ROOT));
            NumberFormat format = NumberFormat.getCurrencyInstance(u.locale());
            format.setCurrency(currency);
            int digits = Math.max(0, currency.getDefaultFractionDigits());
            format.setMinimumFractionDigits(digits);
            format.setMaximumFractionDigits(digits);
            format.setRoundingMode(RoundingMode.HALF_UP);
            return format.format(u.number(0));
        } catch (IllegalArgumentException e) {
            throw u.error("knows no currency '" + Use.shortened(u.text(code))
                    + "': give a code of ISO 4217, as EUR");
        }
    }

    /** {@code {{plural n "one item" "# items"}}} or {@code {{plural n one="…" few="…"}}}. */
    static String plural(Use u) throws TemplateException {
        BigDecimal n = u.number(0);
        String category = Plural.category(u.locale(), n);
        Object form = u.options().getOrDefault(category,
                u.options().getOrDefault("other", Values.MISSING));
        if (form == Values.MISSING && u.arguments().size() > 1) {
            form = u.argument(category.equals("one") || u.arguments().size() == 2 ? 1 : 2);
        }
        if (form == Values.MISSING) {
            throw u.error("needs the form other: {{plural n one=\"# item\" other=\"# items\"}}");
        }
        return u.text(form).replace("#", NumberFormat.getNumberInstance(u.locale()).format(n));
    }

    /** RFC 3986, 2.3: all but unreserved characters as % and UTF-8. */
    static String url(Use u) throws TemplateException {
        return URLEncoder.encode(u.text(0), StandardCharsets.UTF_8).replace("+", "%20")
                .replace("*", "%2A").replace("%7E", "~");
    }

    static String capitalize(Use u) throws TemplateException {
        String text = u.text(0);
        int first = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(u.locale()) + text.substring(first);
    }

    /** {@code {{truncate text 80}}}, with its end within the length. */
    static String truncate(Use u) throws TemplateException {
        Object length = u.argument(1, "length");
        if (!(length instanceof Number n) || n.intValue() < 1) {
            throw u.error("needs a length: {{truncate text 80}}");
        }
        Object given = u.options().getOrDefault("end", Values.MISSING);
        String end = given == Values.MISSING ? "…" : u.text(given);
        String text = u.text(0);
        if (text.codePointCount(0, text.length()) <= n.intValue()) {
            return text;
        }
        int kept = Math.max(0, n.intValue() - end.codePointCount(0, end.length()));
        return text.substring(0, text.offsetByCodePoints(0, kept)).stripTrailing() + end;
    }
}
