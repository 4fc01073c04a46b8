package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads MIME structure line by line and notes what has to be rewritten. A stack of boundaries in
 * place of recursion; only delimiters that match a known boundary exactly count (RFC 2046 §5.1.1).
 * Where structure is doubtful nothing is rewritten: then a need to is {@link Unrecodable}.
 */
final class RecodingScan {
    private static final int DEPTH_MAX = 50;
    private static final int PARTS_MAX = 10_000;
    private static final int PART_HEAD_MAX = 64 * 1024;
    private static final int BOUNDARY_MAX = 200;
    private static final byte[] NONE = new byte[0];

    private enum Mode { HEADERS, LEAF, OUTSIDE }

    /** Octet classes: whether quoted-printable escapes it, whether base64 may not hold it. */
    private static final byte[] CLASS = new byte[256];
    private static final int ESCAPED = 1;
    private static final int NOT_BASE64 = 2;

    static {
        for (int c = 0; c < 256; c++) {
            boolean line = c == '\r' || c == '\n' || c == '\t' || c == ' ';
            boolean alphabet = c < 128 && Character.isLetterOrDigit(c) || c == '+' || c == '/'
                    || c == '=';
            CLASS[c] = (byte) ((!line && (c < 32 || c > 126) || c == '=' ? ESCAPED : 0)
                    | (line || alphabet ? 0 : NOT_BASE64));
        }
    }

    /** @param messages embedded ones around it */
    private record Level(String boundary, boolean sealed, boolean digest, int messages) {
    }

    /** The part that is being read. */
    private static final class Part {
        boolean root;
        long headStart;
        long bodyStart;
        Head head;
        ContentType type;
        String encoding = "";
        /** Its header has two readings, or none. */
        boolean doubtful;
        boolean sealed;
        boolean longLine;
        boolean eightBit;
        boolean nul;
        long escapes;
        long notBase64;
    }

    private final boolean sevenBit;
    private final Consumer<TextParts.Leaf> texts;
    private final List<Recoding.Edit> edits = new ArrayList<>();
    private final List<Level> levels = new ArrayList<>();
    private final Map<String, Integer> byBoundary = new HashMap<>();
    private final byte[] prefix = new byte[BOUNDARY_MAX + 8];
    private final Octets partHead = new Octets(512);
    private final Utf8Check utf8 = new Utf8Check();
    private Head rootHead;
    private Part part = new Part();
    private Mode mode;
    private int parts;
    private int messages;
    private long position;
    private long lineStart;
    private int lineLength;
    private long lineEscapes;
    private long lineNotBase64;
    private boolean lineEightBit;
    private boolean lineNul;
    private boolean cr;

    RecodingScan(Head head, boolean sevenBit) throws Unrecodable {
        this(head, sevenBit, _ -> { });
    }

    /** @param texts is told of each part that a reader sees as text */
    RecodingScan(Head head, boolean sevenBit, Consumer<TextParts.Leaf> texts)
            throws Unrecodable {
        this.sevenBit = sevenBit;
        this.texts = texts;
        this.rootHead = head;
        part.root = true;
        part.head = head;
        describe();
        enter();
    }

    void put(byte[] b, int length) throws Unrecodable {
        for (int i = 0; i < length; i++) {
            byte c = b[i];
            position++;
            if (mode == Mode.HEADERS) {
                if (partHead.size() >= PART_HEAD_MAX) {
                    throw new Unrecodable("a part has a header of more than 64 KB");
                }
                partHead.put(c);
            }
            if (c == '\n' && cr) {
                cr = false;
                line();
                continue;
            }
            if (cr || c == '\n') {
                throw new Unrecodable("the text holds a bare CR or LF");
            }
            if (c == '\r') {
                cr = true;
                continue;
            }
            if (lineLength < prefix.length) {
                prefix[lineLength] = c;
            }
            lineLength++;
            int k = CLASS[c & 255];
            lineEscapes += k & ESCAPED;
            lineNotBase64 += k & NOT_BASE64;
            lineEightBit |= c < 0;
            lineNul |= c == 0;
            if (part.root && mode == Mode.LEAF) {
                utf8.put(c);
            }
        }
    }

    Recoding end() throws Unrecodable {
        if (cr) {
            throw new Unrecodable("the text holds a bare CR");
        }
        if (lineLength > 0) {
            line();
        }
        close(position);
        return new Recoding(rootHead, edits);
    }

    private void line() throws Unrecodable {
        int level = lineLength >= 3 && prefix[0] == '-' && prefix[1] == '-' ? delimiter() : 0;
        if (level == 0) {
            ordinary();
        }
        lineStart = position;
        lineLength = 0;
        lineEscapes = 0;
        lineNotBase64 = 0;
        lineEightBit = false;
        lineNul = false;
    }

    /** 1 when the line was a delimiter and has been followed. */
    private int delimiter() throws Unrecodable {
        int length = lineLength;
        if (length > prefix.length) {
            return 0;
        }
        while (length > 2 && (prefix[length - 1] == ' ' || prefix[length - 1] == '\t')) {
            length--;
        }
        String name = new String(prefix, 2, length - 2, StandardCharsets.ISO_8859_1);
        Integer open = byBoundary.get(name);
        boolean closes = open == null && name.endsWith("--");
        Integer level = closes ? byBoundary.get(name.substring(0, name.length() - 2)) : open;
        if (level == null) {
            return 0;
        }
        if (mode == Mode.HEADERS) {
            partHead.cut((int) (lineStart - part.headStart));
        }
        // The CRLF before a delimiter belongs to it, unless the part has no line at all.
        close(mode == Mode.LEAF ? Math.max(part.bodyStart, lineStart - 2) : lineStart);
        messages = levels.get(level).messages;
        while (levels.size() > level + (closes ? 0 : 1)) {
            byBoundary.remove(levels.removeLast().boundary);
        }
        part = new Part();
        if (closes) {
            mode = Mode.OUTSIDE;
        } else {
            begin();
        }
        return 1;
    }

    private void begin() throws Unrecodable {
        if (++parts > PARTS_MAX) {
            throw new Unrecodable("it has more than " + PARTS_MAX + " parts");
        }
        part.headStart = position;
        partHead.cut(0);
        mode = Mode.HEADERS;
    }

    private void ordinary() throws Unrecodable {
        switch (mode) {
            case HEADERS -> {
                if (lineLength == 0) {
                    partHead.cut(partHead.size() - 2);
                    readHead();
                    describe();
                    enter();
                }
            }
            case LEAF -> {
                part.longLine |= lineLength > Head.LINE_MAX;
                part.eightBit |= lineEightBit;
                part.nul |= lineNul;
                part.escapes += lineEscapes;
                part.notBase64 += lineNotBase64;
            }
            case OUTSIDE -> {
                if (lineLength > Head.LINE_MAX || sevenBit && lineEightBit) {
                    throw new Unrecodable("text outside of the parts has long lines or octets over"
                            + " 127");
                }
            }
        }
    }

    private void readHead() {
        try {
            part.head = Head.read(partHead.toBytes());
        } catch (Malformed e) {
            part.doubtful = true;
        }
    }

    /** Takes type and encoding out of the part's header. */
    private void describe() {
        part.sealed = !levels.isEmpty() && levels.getLast().sealed;
        String usual = !levels.isEmpty() && levels.getLast().digest ? "message/rfc822"
                : "text/plain";
        if (part.head == null) {
            part.type = new ContentType(usual, List.of(), false);
            return;
        }
        List<Head.Field> types = part.head.all("Content-Type");
        List<Head.Field> encodings = part.head.all("Content-Transfer-Encoding");
        part.doubtful |= types.size() > 1 || encodings.size() > 1;
        part.type = types.isEmpty() ? new ContentType(usual, List.of(), true)
                : ContentType.read(part.head.value(types.getFirst()));
        part.sealed |= part.type.sealed();
        if (!encodings.isEmpty()) {
            part.encoding = ContentType.read(part.head.value(encodings.getFirst())).type()
                    .toLowerCase(Locale.ROOT);
        }
    }

    /** After a header: into a multipart, an embedded message or a leaf. */
    private void enter() throws Unrecodable {
        part.bodyStart = position;
        boolean open = !part.doubtful && identity();
        String boundary = part.type.parameter("boundary");
        if (open && part.type.multipart() && !boundary.isEmpty()
                && boundary.length() <= BOUNDARY_MAX && byBoundary.get(boundary) == null) {
            deeper();
            headEdit(containerHead());
            byBoundary.put(boundary, levels.size());
            levels.add(new Level(boundary, part.sealed,
                    part.type.type().equals("multipart/digest"), messages));
            mode = Mode.OUTSIDE;
        } else if (open && part.type.type().equals("message/rfc822")) {
            messages++;
            deeper();
            headEdit(containerHead());
            part = new Part();
            begin();
        } else {
            part.doubtful |= part.type.multipart();
            mode = Mode.LEAF;
        }
    }

    private void deeper() throws Unrecodable {
        if (levels.size() + messages > DEPTH_MAX) {
            throw new Unrecodable("its parts are nested more than " + DEPTH_MAX + " deep");
        }
    }

    private boolean identity() {
        return switch (part.encoding) {
            case "", "7bit", "8bit", "binary" -> true;
            default -> false;
        };
    }

    /** A container may only say 7bit, 8bit or binary; for a 7-bit peer it says the first. */
    private Head containerHead() throws Unrecodable {
        boolean wide = sevenBit && (part.encoding.equals("8bit") || part.encoding.equals("binary"));
        return wide && !part.sealed ? encodedAs("7bit") : part.head;
    }

    private Head encodedAs(String encoding) {
        byte[] field = ("Content-Transfer-Encoding: " + encoding + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        boolean has = part.head.first("Content-Transfer-Encoding").isPresent();
        return part.head.edit(f -> f.is("Content-Transfer-Encoding") ? field : null, NONE,
                has ? NONE : field);
    }

    /** Writes a part's header anew where it has to be. The root's is the message's own. */
    private void headEdit(Head wanted) throws Unrecodable {
        if (part.root) {
            rootHead = wanted;
            return;
        }
        if (wanted == null) {
            checkDoubtfulHead();
            return;
        }
        Head head = sevenBit ? AsciiHead.of(wanted) : wanted;
        try {
            head = head.refolded();
        } catch (Malformed e) {
            throw new Unrecodable("a part's header can't be folded: " + e.getMessage());
        }
        if (head != part.head) {
            if (part.sealed && !levels.isEmpty() && levels.getLast().sealed) {
                throw sealedPart();
            }
            edits.add(new Recoding.Edit(part.headStart, part.headStart + part.head.bytes().length,
                    Recoding.Way.LITERAL, head.bytes()));
        }
    }

    private void checkDoubtfulHead() throws Unrecodable {
        int run = 0;
        for (int i = 0; i < partHead.size(); i++) {
            byte c = partHead.array()[i];
            run = c == '\n' ? 0 : run + 1;
            if (sevenBit && c < 0 || run > Head.LINE_MAX + 1) {
                throw new Unrecodable("a part's header is malformed and can't be rewritten");
            }
        }
    }

    /** The end of what is being read. */
    private void close(long end) throws Unrecodable {
        if (mode == Mode.HEADERS) {
            readHead();
            describe();
            headEdit(part.head);
            return;
        }
        if (mode == Mode.OUTSIDE) {
            return;
        }
        if (messages == 0 && !part.sealed && !part.doubtful && part.type.clean()) {
            TextParts.leaf(part.root, part.head, part.type, part.encoding, part.bodyStart, end)
                    .ifPresent(texts);
        }
        boolean needed = part.longLine || sevenBit && part.eightBit;
        if (!needed) {
            headEdit(part.head);
            return;
        }
        if (part.sealed) {
            throw sealedPart();
        }
        if (part.doubtful) {
            throw new Unrecodable("a part that would have to be re-encoded has a header with no"
                    + " one meaning");
        }
        leaf(end);
    }

    private static Unrecodable sealedPart() {
        return new Unrecodable("a signed or encrypted part would have to be re-encoded, which would"
                + " break it");
    }

    private void leaf(long end) throws Unrecodable {
        switch (part.encoding) {
            case "", "7bit", "8bit", "binary" -> encode(end);
            case "quoted-printable" -> {
                headEdit(part.head);
                add(end, Recoding.Way.REPAIR_QUOTED_PRINTABLE);
            }
            case "base64" -> {
                if (part.notBase64 > 0) {
                    throw new Unrecodable("a part says base64 and holds something else");
                }
                headEdit(part.head);
                add(end, Recoding.Way.REWRAP_BASE64);
            }
            default -> throw new Unrecodable("a part that would have to be re-encoded has the"
                    + " unknown encoding " + brief(part.encoding));
        }
    }

    private static String brief(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private void encode(long end) throws Unrecodable {
        String type = part.type.type();
        if (type.startsWith("message/") && !type.equals("message/global")) {
            throw new Unrecodable("a part of type " + brief(type)
                    + " would have to be re-encoded, which RFC 2046 forbids");
        }
        boolean text = type.startsWith("text/") && !part.nul;
        // The shorter one: quoted-printable makes three of one, base64 four of three.
        boolean quoted = text && part.escapes * 6 <= end - part.bodyStart;
        String name = quoted ? "quoted-printable" : "base64";
        Head head = encodedAs(name);
        headEdit(part.root ? described(head) : head);
        add(end, quoted ? Recoding.Way.QUOTED_PRINTABLE : Recoding.Way.BASE64);
        if (part.root && !quoted) {
            edits.add(new Recoding.Edit(end, end, Recoding.Way.LITERAL, new byte[] {'\r', '\n'}));
        }
    }

    private void add(long end, Recoding.Way way) {
        edits.add(new Recoding.Edit(part.bodyStart, end, way, NONE));
    }

    /** What has an encoding has to be MIME, and then to say what it is. */
    private Head described(Head head) {
        StringBuilder more = new StringBuilder();
        if (head.first("MIME-Version").isEmpty()) {
            more.append("MIME-Version: 1.0\r\n");
        }
        if (head.first("Content-Type").isEmpty()) {
            // RFC 1428 §3 has the name for octets of which nobody said what they are.
            more.append("Content-Type: text/plain; charset=").append(!part.eightBit ? "us-ascii"
                    : utf8.good() ? "utf-8" : "unknown-8bit").append("\r\n");
        }
        return head.with(NONE, more.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether octets are UTF-8, one at a time; that overlong forms pass costs nobody anything. */
    private static final class Utf8Check {
        private int more;
        private boolean bad;

        void put(byte b) {
            int c = b & 255;
            if (more > 0) {
                bad |= (c & 0xc0) != 0x80;
                more--;
            } else if (c >= 0x80) {
                bad |= c < 0xc2 || c > 0xf4;
                more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
            }
        }

        boolean good() {
            return !bad && more == 0;
        }
    }
}
