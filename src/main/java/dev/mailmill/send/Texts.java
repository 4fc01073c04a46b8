package dev.mailmill.send;

/** What a text may hold that ends up in a header, a log or a file name. */
final class Texts {
    private Texts() {
    }

    /**
     * Whether it is one line: no C0 or C1 control, DEL, line or paragraph separator. Some readers
     * end a line at each of these.
     */
    static boolean oneLine(String text) {
        return text.codePoints().noneMatch(c -> c < 0x20 || c >= 0x7f && c <= 0x9f
                || c == 0x2028 || c == 0x2029);
    }

    /** Whether it could lead out of a folder, or be read in another order than it is written. */
    static boolean fileName(String text) {
        return text.codePoints().noneMatch(c -> c == '/' || c == '\\'
                || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069)
                && !text.equals(".") && !text.equals("..");
    }

    /** A header field's name (RFC 5322 §2.2). */
    static boolean headerName(String text) {
        return !text.isEmpty() && text.length() <= 76
                && text.chars().allMatch(c -> c > 32 && c < 127 && c != ':');
    }

    /** {@code type/subtype} (RFC 2045 §5.1), without parameters. */
    static boolean mediaType(String text) {
        int slash = text.indexOf('/');
        return slash > 0 && token(text.substring(0, slash)) && token(text.substring(slash + 1));
    }

    private static boolean token(String text) {
        return !text.isEmpty() && text.length() <= 127
                && text.chars().allMatch(c -> c > 32 && c < 127
                        && "()<>@,;:\\\"/[]?=".indexOf(c) < 0);
    }

    /** What stands between the angle brackets of a Content-ID. */
    static boolean contentId(String text) {
        return !text.isEmpty() && text.length() <= 255
                && text.chars().allMatch(c -> c > 32 && c < 127 && "()<>[]\\\",:;".indexOf(c) < 0);
    }

    /** Printable ASCII, as header values of ours are. */
    static boolean printable(String text) {
        return text.chars().allMatch(c -> c >= 32 && c < 127);
    }
}
