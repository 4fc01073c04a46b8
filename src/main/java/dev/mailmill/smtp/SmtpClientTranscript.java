package dev.mailmill.smtp;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What was said, kept as references while it is said and written out only when somebody asks, which
 * is seldom. Secrets never get here. One thread.
 */
final class SmtpClientTranscript {
    /** Lines kept of one conversation; the rest is only counted. */
    static final int entriesMax = 200;
    /** Characters written out of one conversation. */
    static final int textMax = 16_000;

    private Object[] entries = new Object[24];
    private long[] at = new long[24];
    private int count;
    private int left;
    private long begin = System.nanoTime();

    /** Another attempt begins on the same connection. */
    void restart(String note) {
        Arrays.fill(entries, 0, count, null);
        count = 0;
        left = 0;
        begin = System.nanoTime();
        add("-- " + note);
    }

    void said(String line) {
        add(line);
    }

    void heard(SmtpClientReply reply) {
        add(reply);
    }

    void note(String what) {
        add("-- " + what);
    }

    /** A trouble, to be thrown. */
    SmtpClientException told(SmtpClientException e) {
        note(e.getMessage());
        return e;
    }

    void content(long octets) {
        add(octets);
    }

    private void add(Object entry) {
        if (count == entriesMax) {
            left++;
            return;
        }
        if (count == entries.length) {
            entries = Arrays.copyOf(entries, count * 2);
            at = Arrays.copyOf(at, count * 2);
        }
        at[count] = System.nanoTime() - begin;
        entries[count++] = entry;
    }

    String text() {
        StringBuilder out = new StringBuilder(1024);
        for (int i = 0; i < count && out.length() < textMax; i++) {
            String time = TimeUnit.NANOSECONDS.toMillis(at[i]) + " ms ";
            switch (entries[i]) {
                case SmtpClientReply reply -> heard(time, reply, out);
                case Long octets -> out.append(time).append("C: <").append(octets)
                        .append(" octets>\n");
                case String note when note.startsWith("-- ") ->
                        out.append(time).append(note).append('\n');
                case Object line -> out.append(time).append("C: ").append(line).append('\n');
            }
        }
        if (left > 0) {
            out.append("-- and ").append(left).append(" more\n");
        }
        out.setLength(Math.min(out.length(), textMax));
        return out.toString();
    }

    private static void heard(String time, SmtpClientReply reply, StringBuilder out) {
        int last = reply.lines().size() - 1;
        for (int i = 0; i <= last && out.length() < textMax; i++) {
            out.append(time).append("S: ").append(reply.code()).append(i < last ? '-' : ' ');
            if (!reply.enhanced().isEmpty()) {
                out.append(reply.enhanced()).append(' ');
            }
            out.append(reply.lines().get(i)).append('\n');
        }
    }
}
