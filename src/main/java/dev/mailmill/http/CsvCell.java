package dev.mailmill.http;

/** A cell of a table that people open in a spreadsheet. */
public final class CsvCell {
    private static final String FORMULA = "=+-@\t\r";

    private CsvCell() {
    }

    /** Where a spreadsheet would calculate, an apostrophe stands in front. */
    public static String safe(String text) {
        return !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    /** What {@link #safe} was given. */
    public static String plain(String text) {
        return text.length() > 1 && text.charAt(0) == '\'' && FORMULA.indexOf(text.charAt(1)) >= 0
                ? text.substring(1) : text;
    }
}
