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
 * @param header as it came, without the empty line
 * @param head   empty when readers would disagree about it
 * @param fields lines of the header that begin one
 * @param hops   of these, how many say that a server had it
 */
record Mail(Body octets, byte[] header, Optional<Head> head, int fields, int hops) {
    /** RFC 5321 §6.3 asks for at least 100 to be let through; real ones have under 20. */
    static final int HOPS_MAX = 50;
    private static final int SUBJECT_MAX = 300;

    static Mail of(Body octets) throws IOException {
        byte[] first;
        try (InputStream in = octets.open()) {
            first = in.readNBytes(Head.BYTES_MAX + 2);
        }
        byte[] header = Arrays.copyOf(first, headEnd(first));
        Optional<Head> head;
        try {
            head = Optional.of(Head.read(header));
        } catch (Malformed e) {
            head = Optional.empty();
        }
        int fields = 0;
        int hops = 0;
        // every line by itself: one that is no field must not hide the others
        for (int at = 0; at < header.length; at = lineEnd(header, at)) {
            fields += header[at] == ' ' || header[at] == '\t' ? 0 : 1;
            hops += named(header, at, "received") ? 1 : 0;
        }
        return new Mail(octets, header, head, fields, hops);
    }

    /** Whether there is more of a header than any that is not an attack or a defect. */
    boolean endless() {
        return header.length > Head.BYTES_MAX || fields > Head.FIELDS_MAX;
    }

    private static int lineEnd(byte[] b, int from) {
        int i = from;
        while (i < b.length && b[i] != '\n') {
            i++;
        }
        return i + 1;
    }

    private static boolean named(byte[] b, int at, String name) {
        int i = 0;
        while (i < name.length() && at + i < b.length && (b[at + i] | 0x20) == name.charAt(i)) {
            i++;
        }
        while (at + i < b.length && (b[at + i] == ' ' || b[at + i] == '\t')) {
            i++;
        }
        return i >= name.length() && at + i < b.length && b[at + i] == ':';
    }

    /** Every line ends in CRLF: the receiver's door sees to it. */
    private static int headEnd(byte[] b) {
        if (b.length > 1 && b[0] == '\r' && b[1] == '\n') {
            return 0;
        }
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

    /** For people and for the store, which takes neither NUL nor half a character. */
    String subject() {
        return Words.decode(field("subject")).codePoints().limit(SUBJECT_MAX)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
                        ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint,
                        StringBuilder::append).toString().strip();
    }

    /** Nobody wrote it by hand (RFC 3834 §5), or it has no sender to answer to. */
    boolean automatic(String sender) {
        String submitted = field("auto-submitted");
        return sender.isEmpty() || !submitted.isEmpty()
                && !submitted.toLowerCase(java.util.Locale.ROOT).startsWith("no");
    }
}
