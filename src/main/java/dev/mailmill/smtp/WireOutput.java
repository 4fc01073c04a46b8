package dev.mailmill.smtp;

import java.io.IOException;

/**
 * Replies on their way out. They gather until the client is waited for, so that a pipelined group
 * is answered in one write (RFC 2920 §3.2). Whatever a reply's text was made of, only printable
 * ASCII leaves, and no line is over 512 octets (RFC 5321 §4.5.3.1.5).
 */
final class WireOutput {
    private static final int CAPACITY = 4096;
    private static final int TEXT_LINE_MAX = 400;
    private static final int TEXT_LINES_MAX = 4;

    private final Connection connection;
    private final byte[] buffer = new byte[CAPACITY];
    private int used;

    WireOutput(Connection connection) {
        this.connection = connection;
    }

    /** Long texts become several lines, each with code and enhanced code (RFC 2034 §4). */
    void reply(SmtpReply reply) throws IOException {
        String text = reply.text();
        int from = 0;
        for (int n = 1; text.length() - from > TEXT_LINE_MAX && n < TEXT_LINES_MAX; n++) {
            int space = text.lastIndexOf(' ', from + TEXT_LINE_MAX);
            int to = space <= from ? from + TEXT_LINE_MAX : space;
            line(reply.code(), '-', reply.enhanced(), text, from, to);
            from = space <= from ? to : to + 1;
        }
        line(reply.code(), ' ', reply.enhanced(), text, from,
                Math.min(text.length(), from + TEXT_LINE_MAX));
    }

    /** One line of a reply that has no enhanced code: banner, EHLO, 3xx. */
    void plain(int code, boolean last, String text) throws IOException {
        line(code, last ? ' ' : '-', "", text, 0, text.length());
    }

    private void line(int code, char after, String enhanced, String text, int from, int to)
            throws IOException {
        if (CAPACITY - used < to - from + 24) {
            flush();
        }
        buffer[used++] = (byte) ('0' + code / 100);
        buffer[used++] = (byte) ('0' + code / 10 % 10);
        buffer[used++] = (byte) ('0' + code % 10);
        buffer[used++] = (byte) after;
        if (!enhanced.isEmpty()) {
            put(enhanced, 0, enhanced.length());
            buffer[used++] = ' ';
        }
        put(text, from, to);
        buffer[used++] = '\r';
        buffer[used++] = '\n';
    }

    private void put(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            buffer[used++] = (byte) (c >= 32 && c < 127 ? c : '?');
        }
    }

    void flush() throws IOException {
        if (used > 0) {
            int length = used;
            used = 0;
            connection.write(buffer, length);
        }
    }
}
