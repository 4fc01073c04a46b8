package dev.mailmill.compose;

import dev.mailmill.mail.Content;
import dev.mailmill.mail.Ids;
import dev.mailmill.mime.ContentType;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.HeaderWriter.Parameter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Octets;
import dev.mailmill.mime.Transfer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The tree of a written message: text and HTML as alternatives, images beside the HTML that shows
 * them, attachments around all.
 *
 * @param head its Content-* fields
 */
record Part(byte[] head, Writer writer) {
    /** Of base64, and what they are with their CRLF. */
    static final int LINE_OCTETS = 57;
    static final int LINE_ENCODED = 78;
    static final int SLICE = LINE_OCTETS * 1024;
    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(76, new byte[] {'\r', '\n'});
    private static final byte[] CRLF = {'\r', '\n'};

    /** Writes what follows the part's empty line, without a last line end in a multipart. */
    @FunctionalInterface
    interface Writer {
        void to(OutputStream out) throws IOException;
    }

    void write(OutputStream out) throws IOException {
        writer.to(out);
    }

    static Part of(Content.Written written, long id) throws Unfitting {
        return of(written, id, false);
    }

    /**
     * Of the kind that text and HTML together have, also where one of them came out empty: for a
     * body whose header was written before it.
     */
    static Part both(Content.Written written, long id) throws Unfitting {
        return of(written, id, true);
    }

    private static Part of(Content.Written written, long id, boolean both) throws Unfitting {
        String mark = mark(written, id);
        boolean markup = !written.html().isEmpty();
        List<Part> inline = new ArrayList<>();
        List<Part> attached = new ArrayList<>();
        for (int i = 0; i < written.attachments().size(); i++) {
            Content.Attachment a = written.attachments().get(i);
            boolean shown = !a.contentId().isEmpty() && (markup || both);
            (shown ? inline : attached).add(attachment(a, shown, "attachments/" + i));
        }
        List<Part> bodies = new ArrayList<>();
        if (!written.text().isEmpty() || !markup) {
            bodies.add(text("plain", written.text(), "text", mark));
        }
        if (markup) {
            inline.addFirst(text("html", written.html(), "html", mark));
        } else if (!inline.isEmpty()) {
            inline.addFirst(bodies.removeLast());
        }
        if (!inline.isEmpty()) {
            bodies.add(inline.size() == 1 ? inline.getFirst()
                    : multipart("related", mark + ".r", inline));
        }
        attached.addFirst(bodies.size() == 1 && !both ? bodies.getFirst()
                : multipart("alternative", mark + ".a", bodies));
        return attached.size() == 1 ? attached.getFirst()
                : multipart("mixed", mark + ".m", attached);
    }

    /**
     * The beginning of all boundaries. Neither base64 nor quoted-printable can hold {@code =_};
     * only embedded messages go in as they are, and it is made longer until none of them holds it.
     */
    private static String mark(Content.Written written, long id) {
        StringBuilder mark = new StringBuilder("=_").append(Ids.text("", id));
        for (Content.Attachment a : written.attachments()) {
            if (a.type().toLowerCase(java.util.Locale.ROOT).startsWith("message/")) {
                String inside = new String(a.bytes(), StandardCharsets.ISO_8859_1);
                while (inside.contains(mark) && mark.length() < 60) {
                    mark.append('_');
                }
            }
        }
        return mark.toString();
    }

    private static Part multipart(String kind, String boundary, List<Part> parts)
            throws Unfitting {
        byte[] head = fields("", new HeaderWriter(), out -> out.parameters("Content-Type",
                "multipart/" + kind, List.of(new Parameter("boundary", boundary))));
        byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.US_ASCII);
        List<Part> all = List.copyOf(parts);
        return new Part(head, out -> {
            for (Part p : all) {
                out.write(delimiter);
                out.write(CRLF);
                out.write(p.head);
                out.write(CRLF);
                p.write(out);
                out.write(CRLF);
            }
            out.write(delimiter);
            out.write(new byte[] {'-', '-', '\r', '\n'});
        });
    }

    private static Part text(String kind, String text, String field, String mark)
            throws Unfitting {
        byte[] bytes = canonical(text, field);
        String encoding = encoding(bytes, text, mark);
        byte[] head = fields(field, new HeaderWriter(), out -> out
                .raw("Content-Type", "text/" + kind + "; charset=utf-8")
                .raw("Content-Transfer-Encoding", encoding));
        return new Part(head, out -> {
            if (encoding.equals("7bit")) {
                out.write(bytes);
                return;
            }
            Transfer transfer = encoding.equals("base64") ? Transfer.base64()
                    : Transfer.quotedPrintable();
            for (int from = 0; from < bytes.length; from += SLICE) {
                Octets octets = new Octets(2 * SLICE);
                transfer.put(bytes, from, Math.min(SLICE, bytes.length - from), octets);
                out.write(octets.toBytes());
            }
            Octets rest = new Octets(128);
            transfer.end(rest);
            out.write(rest.toBytes());
            if (encoding.equals("base64")) {
                out.write(CRLF);
            }
        });
    }

    /** Line ends made CRLF, one at the end. */
    private static byte[] canonical(String text, String field) throws Unfitting {
        StringBuilder out = new StringBuilder(text.length() + text.length() / 32 + 2);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (c == 0 || Character.isSurrogate(c) && !pair) {
                throw Unfitting.content(field, "The " + field + " holds "
                        + (c == 0 ? "a NUL" : "half of a surrogate pair") + " at character " + i
                        + "; remove it.");
            }
            if (pair) {
                out.append(c).append(text.charAt(++i));
            } else if (c == '\r' || c == '\n') {
                out.append("\r\n");
                i += c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? 1 : 0;
            } else {
                out.append(c);
            }
        }
        if (!text.isEmpty() && out.charAt(out.length() - 1) != '\n') {
            out.append("\r\n");
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The plainest that the text allows; of the others the shorter one. */
    private static String encoding(byte[] bytes, String text, String mark) {
        int line = 0;
        int escapes = 0;
        boolean plain = !text.contains(mark);
        for (byte b : bytes) {
            line = b == '\n' ? 0 : line + 1;
            plain &= b >= 0 && b != 127 && (b >= 32 || b == '\r' || b == '\n' || b == '\t')
                    && line <= Head.LINE_MAX + 1;
            escapes += b < 0 || b == '=' ? 1 : 0;
        }
        return plain ? "7bit" : escapes * 6L > bytes.length ? "base64" : "quoted-printable";
    }

    private static Part attachment(Content.Attachment a, boolean inline, String field)
            throws Unfitting {
        MessageWriter.check(a.filename(), field + "/filename");
        if (a.filename().chars().anyMatch(c -> c >= 0x202a && c <= 0x202e
                || c >= 0x2066 && c <= 0x2069)) {
            // "gpj.exe" shown as "exe.jpg"
            throw Unfitting.content(field + "/filename", field + "/filename holds a character that"
                    + " turns the writing direction; remove it.");
        }
        ContentType type = type(a.type(), field + "/type");
        boolean message = type.type().startsWith("message/");
        if (message) {
            checkMessage(a.bytes(), field);
        }
        byte[] head = fields(field, new HeaderWriter(), out -> {
            out.parameters("Content-Type", type.type(), type.parameters());
            out.raw("Content-Transfer-Encoding", message ? "7bit" : "base64");
            out.parameters("Content-Disposition", inline ? "inline" : "attachment",
                    a.filename().isEmpty() ? List.of()
                            : List.of(new Parameter("filename", a.filename())));
            if (!a.contentId().isEmpty()) {
                out.raw("Content-ID", "<" + contentId(a.contentId(), field) + ">");
            }
        });
        return new Part(head, out -> {
            if (message) {
                out.write(a.bytes());
            } else if (!(out instanceof Woven woven && woven.takes(a))) {
                base64(a.bytes(), out);
            }
        });
    }

    private static ContentType type(String text, String field) throws Unfitting {
        MessageWriter.check(text, field);
        ContentType type = ContentType.read(text.isEmpty() ? "application/octet-stream" : text);
        int slash = type.type().indexOf('/');
        boolean ok = type.clean() && slash > 0 && token(type.type().substring(0, slash))
                && token(type.type().substring(slash + 1)) && type.type().length() < 100
                && type.parameters().stream().allMatch(p -> token(p.name())
                        && p.name().indexOf('*') < 0 && p.name().length() < 50);
        if (!ok || type.multipart()) {
            throw Unfitting.content(field, field
                    + " is no media type for an attachment; write one like application/pdf.");
        }
        return type;
    }

    private static boolean token(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > 32 && c < 127
                && "()<>@,;:\\\"/[]?=".indexOf(c) < 0);
    }

    private static String contentId(String id, String field) throws Unfitting {
        boolean ok = id.length() <= 200
                && id.chars().allMatch(c -> c > 32 && c < 127 && c != '<' && c != '>');
        if (!ok) {
            throw Unfitting.content(field + "/content_id", field + "/content_id may only hold 1 to"
                    + " 200 printable ASCII characters without angle brackets.");
        }
        return id;
    }

    /** RFC 2046 §5.2.1: an embedded message may not be encoded, so it has to be 7-bit itself. */
    private static void checkMessage(byte[] bytes, String field) throws Unfitting {
        int line = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            boolean lf = b == '\n';
            boolean paired = b == '\r' ? i + 1 < bytes.length && bytes[i + 1] == '\n'
                    : !lf || i > 0 && bytes[i - 1] == '\r';
            line = lf ? 0 : line + 1;
            if (b <= 0 || !paired || line > Head.LINE_MAX + 1) {
                throw Unfitting.content(field, field + " is a message that is not 7-bit text with"
                        + " CRLF line ends; attach it as application/octet-stream.");
            }
        }
    }

    /** In slices of whole lines: a second copy of 25 MB is not needed. */
    static void base64(byte[] bytes, OutputStream out) throws IOException {
        for (int from = 0; from < bytes.length; from += SLICE) {
            int to = Math.min(bytes.length, from + SLICE);
            out.write(BASE64.encode(from == 0 && to == bytes.length ? bytes
                    : java.util.Arrays.copyOfRange(bytes, from, to)));
            out.write(CRLF);
        }
    }

    @FunctionalInterface
    private interface Fields {
        void to(HeaderWriter out) throws Malformed, Unfitting;
    }

    private static byte[] fields(String field, HeaderWriter out, Fields fields) throws Unfitting {
        try {
            fields.to(out);
        } catch (Malformed e) {
            throw Unfitting.content(field, field + " can't be written: " + e.getMessage() + ".");
        }
        return out.toBytes();
    }
}
