package dev.mailmill.mime;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where in a finished message the text is that its reader sees, and how it is changed in its place:
 * each part keeps its header, its charset and its transfer encoding, and no octet outside of it
 * moves. Attachments, embedded messages, what is signed or encrypted and what has no one reading
 * are no such text.
 */
public final class TextParts {
    private static final byte[] CRLF = {'\r', '\n'};

    private TextParts() {
    }

    /**
     * From octet {@code from} up to {@code to} of the body, as it is encoded.
     *
     * @param root     the message has no parts
     * @param html     else it is plain
     * @param encoding in lower case, one that {@link Decoding} knows
     * @param charset  as it is named; empty where nobody did
     */
    public record Leaf(boolean root, boolean html, long from, long to, String encoding,
            String charset) {
        /** In octets, as encoded. */
        public long size() {
            return to - from;
        }
    }

    /** @param octets encoded already */
    public record Change(Leaf leaf, byte[] octets) {
    }

    /** In their order; none where the message has no one reading. Reads the body once. */
    public static List<Leaf> of(Head head, InputStream body) throws IOException {
        List<Leaf> all = new ArrayList<>();
        try {
            RecodingScan scan = new RecodingScan(head, false, all::add);
            byte[] chunk = new byte[16 * 1024];
            for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
                scan.put(chunk, n);
            }
            scan.end();
            return all;
        } catch (Unrecodable e) {
            return List.of();
        }
    }

    static Optional<Leaf> leaf(boolean root, Head head, ContentType type, String encoding,
            long from, long to) {
        boolean html = type.type().equals("text/html");
        boolean known = switch (encoding) {
            case "", "7bit", "8bit", "quoted-printable", "base64" -> true;
            default -> false;
        };
        if (!known || !html && !type.type().equals("text/plain")
                || !type.parameter("name").isEmpty()) {
            return Optional.empty();
        }
        if (head != null && head.first("Content-Disposition").isPresent()) {
            ContentType shown = ContentType.read(head.value("Content-Disposition"));
            boolean file = !shown.type().equals("inline") || shown.parameters().stream()
                    .anyMatch(p -> p.name().startsWith("filename"));
            if (file) {
                return Optional.empty();
            }
        }
        return Optional.of(new Leaf(root, html, from, to, encoding, type.parameter("charset")));
    }

    /** The text's octets as the part's own encoding has them. */
    public static byte[] encoded(Leaf leaf, byte[] octets) {
        Transfer transfer = switch (leaf.encoding()) {
            case "base64" -> Transfer.base64();
            case "quoted-printable" -> Transfer.quotedPrintable();
            default -> null;
        };
        if (transfer == null) {
            return octets;
        }
        Octets out = new Octets(octets.length * 3 / 2 + 16);
        transfer.put(octets, 0, octets.length, out);
        transfer.end(out);
        byte[] b = out.array();
        boolean ended = out.size() >= 2 && b[out.size() - 2] == '\r' && b[out.size() - 1] == '\n';
        if (leaf.root() && !ended) {
            out.put(CRLF); // no delimiter ends its last line
        }
        return out.toBytes();
    }

    /** The body with these changes, made from the old one while it is read. */
    public static InputStream changed(Head head, List<Change> changes, InputStream body) {
        return Recoding.literal(head, changes).open(body);
    }
}
