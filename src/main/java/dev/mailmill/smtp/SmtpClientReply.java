package dev.mailmill.smtp;

import java.util.List;

/**
 * One whole reply. The texts are a stranger's: control characters are gone, the meaning is not to
 * be trusted; only the code's first digit decides (RFC 5321 §4.2.1).
 *
 * @param code     200 to 599, of the last line: the one that ends the reply
 * @param enhanced {@code 2.1.5} where the reply has one that fits its class (RFC 2034), else empty
 * @param lines    without code and enhanced code; at least one, may be empty
 */
public record SmtpClientReply(int code, String enhanced, List<String> lines) {
    public SmtpClientReply {
        lines = List.copyOf(lines);
    }

    /** 2xx. */
    public boolean positive() {
        return code / 100 == 2;
    }

    /** 4xx. */
    public boolean temporary() {
        return code / 100 == 4;
    }

    /** 5xx. */
    public boolean permanent() {
        return code / 100 == 5;
    }

    /** The peer is about to hang up; it may say so in answer to anything (RFC 5321 §3.8). */
    public boolean closing() {
        return code == 421;
    }

    /** All lines, joined by a space. */
    public String text() {
        return lines.size() == 1 ? lines.getFirst() : String.join(" ", lines);
    }

    /** The length of an enhanced code of this class at the text's begin; 0 when there is none. */
    static int enhancedLength(int code, String text) {
        if (text.length() < 5 || text.charAt(0) != '0' + code / 100 || text.charAt(1) != '.') {
            return 0;
        }
        int dot = digits(text, 2);
        if (dot == 2 || dot >= text.length() || text.charAt(dot) != '.') {
            return 0;
        }
        int end = digits(text, dot + 1);
        boolean ends = end == text.length() || text.charAt(end) == ' ';
        return end > dot + 1 && ends ? end : 0;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && at < from + 3 && text.charAt(at) >= '0'
                && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    @Override
    public String toString() {
        return code + (enhanced.isEmpty() ? " " : " " + enhanced + " ") + text();
    }
}
