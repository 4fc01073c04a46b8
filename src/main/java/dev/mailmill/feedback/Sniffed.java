package dev.mailmill.feedback;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** What octets are, by how they begin: names and types of attachments lie too often. */
enum Sniffed {
    XML, JSON, OTHER;

    private static final int LOOKED_AT = 1_024;

    static Sniffed of(byte[] bytes) {
        Charset charset = StandardCharsets.ISO_8859_1;
        if (bytes.length > 1 && (bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff
                || bytes[0] == 0 && bytes[1] == '<')) {
            charset = StandardCharsets.UTF_16BE;
        } else if (bytes.length > 1 && (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe
                || bytes[0] == '<' && bytes[1] == 0)) {
            charset = StandardCharsets.UTF_16LE;
        }
        String start = new String(bytes, 0, Math.min(LOOKED_AT, bytes.length), charset);
        for (char c : start.toCharArray()) {
            boolean mark = c == '\ufeff' || c == '\u00ef' || c == '\u00bb' || c == '\u00bf';
            if (!mark && !Character.isWhitespace(c)) {
                return c == '<' ? XML : c == '{' ? JSON : OTHER;
            }
        }
        return OTHER;
    }
}
