package dev.mailmill.smtp;

/** RFC 3461 §4: {@code +XX} for what may not stand in a parameter. */
final class Xtext {
    private Xtext() {
    }

    /**
     * Decodes; the result is printable ASCII, so that no encoded CR or LF ever gets into a report.
     *
     * @return null when the text is no xtext or hides a control character
     */
    static String decode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '+') {
                int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
                int low = high < 0 ? -1 : hex(text.charAt(i + 2));
                if (low < 0) {
                    return null;
                }
                c = (char) (high << 4 | low);
                i += 2;
            } else if (c < 33 || c > 126 || c == '=') {
                return null;
            }
            if (c < 32 || c > 126) {
                return null;
            }
            out.append(c);
        }
        return out.toString();
    }

    /** Upper case only, as the RFC's hexchar. */
    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }
}
