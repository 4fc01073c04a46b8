package dev.mailmill.template;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Set;

/**
 * Which form of a word a number takes: the cardinal rules of Unicode CLDR (UTS 35, part 3) for the
 * languages that much mail is written in; any other has one for 1 and other for the rest.
 */
final class Plural {
    static final Set<String> CATEGORIES = Set.of("zero", "one", "two", "few", "many", "other");

    private Plural() {
    }

    static String category(Locale locale, BigDecimal number) {
        BigDecimal n = number.abs();
        boolean whole = n.stripTrailingZeros().scale() <= 0;
        // CLDR's v: decimals that are written, also zeros
        boolean written = n.scale() > 0;
        long i = n.longValue();
        long ten = i % 10;
        long hundred = i % 100;
        boolean teens = hundred >= 11 && hundred <= 14;
        return switch (locale.getLanguage()) {
            case "ja", "zh", "ko", "vi", "th", "id", "in", "ms", "my", "lo", "km" -> "other";
            case "en", "de", "nl", "sv", "fi", "et", "gl", "ur", "sw" ->
                    i == 1 && !written ? "one" : "other";
            case "it", "ca" -> i == 1 && !written ? "one" : million(i, written);
            case "es" -> whole && i == 1 ? "one" : million(i, written);
            case "fr", "pt" -> i == 0 || i == 1 ? "one" : million(i, written);
            case "hi", "bn", "fa", "gu", "am" -> i == 0 || whole && i == 1 ? "one" : "other";
            case "da" -> i == 1 || !whole && i == 0 ? "one" : "other";
            case "ru", "uk", "be" -> written ? "other" : ten == 1 && hundred != 11 ? "one"
                    : ten >= 2 && ten <= 4 && !teens ? "few" : "many";
            case "pl" -> written ? "other" : i == 1 ? "one"
                    : ten >= 2 && ten <= 4 && !teens ? "few" : "many";
            case "cs", "sk" -> written ? "many" : i == 1 ? "one"
                    : i >= 2 && i <= 4 ? "few" : "other";
            case "hr", "sr", "bs" -> written ? "other" : ten == 1 && hundred != 11 ? "one"
                    : ten >= 2 && ten <= 4 && !teens ? "few" : "other";
            case "sl" -> written ? "few" : hundred == 1 ? "one" : hundred == 2 ? "two"
                    : hundred == 3 || hundred == 4 ? "few" : "other";
            case "lt" -> !whole ? "many" : ten == 1 && (hundred < 11 || hundred > 19) ? "one"
                    : ten >= 2 && (hundred < 11 || hundred > 19) ? "few" : "other";
            case "lv" -> whole && (ten == 0 || hundred >= 11 && hundred <= 19) ? "zero"
                    : ten == 1 && hundred != 11 ? "one" : "other";
            case "ro" -> i == 1 && !written ? "one"
                    : written || i == 0 || hundred >= 1 && hundred <= 19 ? "few" : "other";
            case "he", "iw" -> i == 1 && !written || i == 0 && written ? "one"
                    : i == 2 && !written ? "two" : "other";
            case "ar" -> !whole ? "other" : i == 0 ? "zero" : i == 1 ? "one" : i == 2 ? "two"
                    : hundred >= 3 && hundred <= 10 ? "few" : hundred >= 11 ? "many" : "other";
            default -> whole && i == 1 ? "one" : "other";
        };
    }

    /** Whole millions, which take "de" in Romance languages: 2 millions d'articles. */
    private static String million(long i, boolean written) {
        return i != 0 && i % 1_000_000 == 0 && !written ? "many" : "other";
    }
}
