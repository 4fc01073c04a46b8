package dev.mailmill.receive;

import dev.mailmill.mail.Body;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Words;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * A mail that has come: its octets, and the header as far as it can be read.
 *
 * @param head empty when readers would disagree about it
 */
record Mail(Body octets, Optional<Head> head, int hops) {
    /** RFC 5321 §6.3 asks for at least 100 to be let through; real ones have under 20. */
    static final int HOPS_MAX = 50;
    private static final int SUBJECT_MAX = 300;

    static Mail of(Body octets) throws IOException {
        byte[] first;
        try (InputStream in = octets.open()) {
            first = in.readNBytes(Head.BYTES_MAX + 2);
        }
        int end = headEnd(first);
        Optional<Head> head;
        try {
            head = Optional.of(Head.read(Arrays.copyOf(first, end)));
        } catch (Malformed e) {
            head = Optional.empty();
        }
        return new Mail(octets, head, head.map(h -> h.all("received").size()).orElse(0));
    }

    /** Every line ends in CRLF: the receiver's door sees to it. */
    private static int headEnd(byte[] b) {
        for (int i = 0; i + 3 < b.length; i++) {
            if (b[i] == '\r' && b[i + 2] == '\r' && b[i + 1] == '\n' && b[i + 3] == '\n') {
                return i + 2;
            }
        }
        return b.length;
    }

    byte[] bytes(int max) throws IOException {
        try (InputStream in = octets.open()) {
            return in.readNBytes(max);
        }
    }

    String field(String name) {
        return head.flatMap(h -> h.first(name).map(h::value)).orElse("").strip();
    }

    String subject() {
        String text = Words.decode(field("subject"));
        return text.length() > SUBJECT_MAX ? text.substring(0, SUBJECT_MAX) : text;
    }

    /** Nobody wrote it by hand (RFC 3834 §5), or it has no sender to answer to. */
    boolean automatic(String sender) {
        String submitted = field("auto-submitted");
        return sender.isEmpty() || !submitted.isEmpty()
                && !submitted.toLowerCase(java.util.Locale.ROOT).startsWith("no");
    }
}
