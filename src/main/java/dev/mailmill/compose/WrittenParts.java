package dev.mailmill.compose;

import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.ContentType;
import dev.mailmill.mime.Decoding;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter.Parameter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Words;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What {@link MessageWriter} wrote, taken apart again: for ways out that want parts and no message.
 * Strict: what is not of its form has no parts, since guessing would lose some of it.
 */
public final class WrittenParts {
    /** Mixed, alternative, related, and the leaf. */
    private static final int DEPTH_MAX = 4;
    private static final int PARTS_MAX = 200;
    /** Said by members of their own, or by whoever sends it on. */
    private static final Set<String> OURS = Set.of("from", "reply-to", "to", "cc", "subject",
            "date", "message-id", "mime-version", "received", "dkim-signature");

    private final List<Content.Attachment> attachments = new ArrayList<>();
    private String text = "";
    private String html = "";
    private boolean body;
    private int parts;

    private WrittenParts() {
    }

    /**
     * The parts of a letter; empty when it can't be said in parts without loss.
     *
     * @throws IOException when its body can't be read
     */
    public static Optional<Content.Written> of(Letter letter) throws IOException {
        byte[] bytes;
        try (InputStream in = letter.body().open()) {
            bytes = in.readAllBytes();
        }
        try {
            Head head = Head.read(letter.head());
            List<Content.Mailbox> from = mailboxes(head, "From");
            if (from.size() != 1 || head.all("From").size() != 1) {
                return Optional.empty();
            }
            WrittenParts all = new WrittenParts();
            all.part(head, bytes, 0, bytes.length, 0);
            return Optional.of(new Content.Written(from.getFirst(), mailboxes(head, "Reply-To"),
                    mailboxes(head, "To"), mailboxes(head, "Cc"),
                    Words.decode(head.value("Subject")), all.text, all.html, extra(head),
                    all.attachments));
        } catch (Malformed | CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static List<Content.Mailbox> mailboxes(Head head, String name) throws Malformed {
        List<Content.Mailbox> all = new ArrayList<>();
        for (Head.Field f : head.all(name)) {
            for (Address a : AddressList.read(head.value(f)).mailboxes()) {
                all.add(new Content.Mailbox(a.name(), a.aSpec()));
            }
        }
        return all;
    }

    private static List<Content.Field> extra(Head head) {
        List<Content.Field> extra = new ArrayList<>();
        for (Head.Field f : head.fields()) {
            if (!OURS.contains(f.key()) && !f.key().startsWith("content-")) {
                extra.add(new Content.Field(f.name(), Words.decode(head.value(f))));
            }
        }
        return extra;
    }

    private void part(Head head, byte[] all, int from, int to, int depth)
            throws Malformed, CharacterCodingException {
        if (depth >= DEPTH_MAX || ++parts > PARTS_MAX) {
            throw new Malformed("it is nested deeper, or has more parts, than we write");
        }
        String named = head.value("Content-Type");
        ContentType type = ContentType.read(named.isEmpty() ? "text/plain" : named);
        if (!type.clean()) {
            throw new Malformed("its type can't be read");
        }
        if (type.multipart()) {
            multipart(type, all, from, to, depth);
            return;
        }
        ContentType disposition = ContentType.read(head.value("Content-Disposition"));
        byte[] bytes = Decoding.of(head.value("Content-Transfer-Encoding"), all, from, to);
        boolean plain = type.type().equals("text/plain") && text.isEmpty() && html.isEmpty();
        boolean marked = type.type().equals("text/html") && html.isEmpty();
        boolean leads = attachments.isEmpty() && (plain && !body || marked);
        if (disposition.type().isEmpty() && leads) {
            String read = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes))
                    .toString().replace("\r\n", "\n");
            String charset = type.parameter("charset").toLowerCase(Locale.ROOT);
            if (!Set.of("", "utf-8", "us-ascii").contains(charset)) {
                throw new Malformed("its text is not UTF-8");
            }
            body = true;
            if (plain) {
                text = read;
            } else {
                html = read;
            }
            return;
        }
        if (disposition.type().isEmpty()) {
            throw new Malformed("it has a part that is neither body nor attachment");
        }
        attachments.add(new Content.Attachment(parameter(disposition, "filename"),
                mediaType(type), contentId(head), bytes));
    }

    /** Its type with the parameters, as an attachment's type is said. */
    private static String mediaType(ContentType type) {
        StringBuilder out = new StringBuilder(type.type());
        for (Parameter p : type.parameters()) {
            out.append("; ").append(p.name()).append("=\"").append(p.value().replace("\\", "\\\\")
                    .replace("\"", "\\\"")).append('"');
        }
        return out.toString();
    }

    private static String contentId(Head head) {
        String id = head.value("Content-ID");
        return id.startsWith("<") && id.endsWith(">") ? id.substring(1, id.length() - 1) : id;
    }

    /** RFC 2231: plain, extended, or extended in pieces. */
    private static String parameter(ContentType value, String name) throws Malformed {
        Map<Integer, String> pieces = new TreeMap<>();
        for (Parameter p : value.parameters()) {
            if (p.name().equals(name)) {
                return Words.decode(p.value());
            }
            if (p.name().equals(name + "*")) {
                pieces.put(0, p.value());
            } else if (p.name().matches(name + "\\*\\d{1,3}\\*")) {
                pieces.put(Integer.parseInt(p.name().substring(name.length() + 1,
                        p.name().length() - 1)), p.value());
            } else if (p.name().startsWith(name + "*")) {
                throw new Malformed("its " + name + " is not of our form");
            }
        }
        String joined = String.join("", pieces.values());
        if (joined.isEmpty()) {
            return "";
        }
        if (!joined.regionMatches(true, 0, "UTF-8''", 0, 7)) {
            throw new Malformed("its " + name + " is not UTF-8");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 7; i < joined.length(); i++) {
            int octet = joined.charAt(i);
            if (octet == '%') {
                octet = i + 2 < joined.length() ? hex(joined.charAt(i + 1), joined.charAt(i + 2))
                        : -1;
                i += 2;
            }
            if (octet < 0) {
                throw new Malformed("its " + name + " is cut short");
            }
            out.write(octet);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private void multipart(ContentType type, byte[] all, int from, int to, int depth)
            throws Malformed, CharacterCodingException {
        String boundary = type.parameter("boundary");
        boolean ours = Set.of("multipart/mixed", "multipart/alternative", "multipart/related")
                .contains(type.type());
        if (!ours || boundary.isEmpty()) {
            throw new Malformed("it is a " + type.type() + ", which we don't write");
        }
        byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        int at = delimiter(all, from, to, delimiter);
        if (at != from) {
            throw new Malformed("it has a preamble");
        }
        while (true) {
            int after = at + delimiter.length;
            if (after + 2 <= to && all[after] == '-' && all[after + 1] == '-') {
                return;
            }
            int start = after + 2;
            int next = delimiter(all, start, to, delimiter);
            if (next < 0) {
                throw new Malformed("its last part has no end");
            }
            int empty = emptyLine(all, start, next);
            part(Head.read(Arrays.copyOfRange(all, start, empty)), all, empty + 2,
                    Math.max(empty + 2, next - 2), depth + 1);
            at = next;
        }
    }

    /** Where a line begins with the delimiter and nothing longer; -1 when none does. */
    private static int delimiter(byte[] all, int from, int to, byte[] delimiter) {
        for (int i = from; i + delimiter.length <= to; i++) {
            boolean line = i == from || all[i - 1] == '\n';
            if (line && Arrays.equals(all, i, i + delimiter.length, delimiter, 0,
                    delimiter.length)) {
                int end = i + delimiter.length;
                boolean whole = end == to || all[end] == '\r'
                        || end + 1 < to && all[end] == '-' && all[end + 1] == '-';
                if (whole) {
                    return i;
                }
            }
        }
        return -1;
    }

    private static int emptyLine(byte[] all, int from, int to) throws Malformed {
        for (int i = from; i + 1 < to; i++) {
            if (all[i] == '\r' && all[i + 1] == '\n' && (i == from || all[i - 1] == '\n')) {
                return i;
            }
        }
        throw new Malformed("a part has no empty line");
    }

    private static int hex(char high, char low) {
        int h = Character.digit(high, 16);
        int l = Character.digit(low, 16);
        return h < 0 || l < 0 ? -1 : h << 4 | l;
    }
}
