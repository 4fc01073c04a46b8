package dev.mailmill.smtp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads one reply of a peer that may be hostile (RFC 5321 §4.2): bounded, cleaned. */
final class SmtpClientReplies {
    /** Lines of one reply. */
    static final int linesMax = 200;
    /** Octets of one reply. */
    static final int octetsMax = 64 * 1024;

    private SmtpClientReplies() {
    }

    static SmtpClientReply read(SmtpClientWire wire, SmtpClientStage stage) throws IOException {
        List<String> lines = null;
        int octets = 0;
        while (true) {
            int end = wire.awaitLine(stage);
            byte[] b = wire.input();
            int at = wire.inputAt();
            octets += end - at;
            int code = code(b, at, end);
            if (code < 0) {
                throw wire.garbage(stage, "\"" + clean(b, at, Math.min(end, at + 200)) + "\"");
            }
            String text = end - at > 4 ? clean(b, at + 4, end) : "";
            boolean last = end - at == 3 || b[at + 3] != '-';
            wire.lineDone();
            if (last) {
                return reply(code, lines, text);
            }
            if (lines == null) {
                lines = new ArrayList<>();
            }
            lines.add(text);
            if (lines.size() >= linesMax || octets > octetsMax) {
                throw wire.garbage(stage, "a reply of over " + lines.size() + " lines");
            }
        }
    }

    /** Three digits and then nothing, a space or a hyphen; -1 for anything else. */
    private static int code(byte[] b, int at, int end) {
        if (end - at < 3 || end - at > 3 && b[at + 3] != ' ' && b[at + 3] != '-') {
            return -1;
        }
        int code = 0;
        for (int i = at; i < at + 3; i++) {
            if (b[i] < '0' || b[i] > '9') {
                return -1;
            }
            code = code * 10 + b[i] - '0';
        }
        return code >= 200 && code < 600 ? code : -1;
    }

    /** The last line's code counts, as the line that ends the reply; so does its enhanced code. */
    private static SmtpClientReply reply(int code, List<String> before, String last) {
        int length = SmtpClientReply.enhancedLength(code, last);
        String enhanced = last.substring(0, length);
        if (before == null) {
            return new SmtpClientReply(code, enhanced, List.of(rest(last, length)));
        }
        List<String> lines = new ArrayList<>(before.size() + 1);
        for (String line : before) {
            lines.add(rest(line, SmtpClientReply.enhancedLength(code, line)));
        }
        lines.add(rest(last, length));
        return new SmtpClientReply(code, enhanced, lines);
    }

    private static String rest(String text, int length) {
        return length == 0 ? text : text.substring(Math.min(text.length(), length + 1));
    }

    /**
     * UTF-8 as far as it goes; nothing that moves a cursor, ends a line or turns the text around.
     */
    private static String clean(byte[] b, int at, int end) {
        boolean plain = true;
        for (int i = at; i < end; i++) {
            plain &= b[i] >= 32 && b[i] < 127;
        }
        if (plain) {
            return new String(b, at, end - at, StandardCharsets.ISO_8859_1);
        }
        StringBuilder clean = new StringBuilder(end - at);
        new String(b, at, end - at, StandardCharsets.UTF_8).codePoints().forEach(c -> {
            int type = Character.getType(c);
            boolean odd = type == Character.CONTROL || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
            clean.appendCodePoint(odd ? ' ' : c);
        });
        return clean.toString();
    }
}
