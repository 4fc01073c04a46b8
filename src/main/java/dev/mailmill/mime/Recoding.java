package dev.mailmill.mime;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What has to change in a message so that a peer can take it: a list of places in the body, and the
 * head. Everything between the places is copied octet for octet. It holds no body, so a message of
 * 50 MB costs as little memory as a small one.
 */
public final class Recoding {
    private final Head head;
    private final List<Edit> edits;

    enum Way { LITERAL, BASE64, QUOTED_PRINTABLE, REWRAP_BASE64, REPAIR_QUOTED_PRINTABLE }

    /** From octet {@code from} up to {@code to} of the body. */
    record Edit(long from, long to, Way way, byte[] literal) {
        Transfer transfer() {
            return switch (way) {
                case LITERAL -> throw new IllegalStateException("a literal is not encoded");
                case BASE64 -> Transfer.base64();
                case QUOTED_PRINTABLE -> Transfer.quotedPrintable();
                case REWRAP_BASE64 -> Transfer.rewrapBase64();
                case REPAIR_QUOTED_PRINTABLE -> Transfer.repairQuotedPrintable();
            };
        }
    }

    Recoding(Head head, List<Edit> edits) {
        this.head = head;
        this.edits = List.copyOf(edits);
    }

    /** One that puts other octets in the place of some, in order and apart. */
    static Recoding literal(Head head, List<TextParts.Change> changes) {
        return new Recoding(head, changes.stream().map(c -> new Edit(c.leaf().from(),
                c.leaf().to(), Way.LITERAL, c.octets())).toList());
    }

    /**
     * Reads the body once. Lines over 998 octets are always taken care of; octets over 127 where
     * asked.
     *
     * @throws Unrecodable when a part is signed or encrypted, or has no one reading
     */
    public static Recoding plan(Head head, InputStream body, boolean sevenBit)
            throws IOException, Unrecodable {
        RecodingScan scan = new RecodingScan(head, sevenBit);
        byte[] chunk = new byte[16 * 1024];
        for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
            scan.put(chunk, n);
        }
        return scan.end();
    }

    public Head head() {
        return head;
    }

    /** Whether the body stays as it is. */
    public boolean sameBody() {
        return edits.isEmpty();
    }

    /** The new body, made from the old one while it is read. */
    public InputStream open(InputStream body) {
        return new Recoded(body, edits);
    }

    private static final class Recoded extends InputStream {
        private final InputStream in;
        private final List<Edit> edits;
        private final byte[] chunk = new byte[8 * 1024];
        private final Octets out = new Octets(16 * 1024);
        private int next;
        private long position;
        private Transfer active;
        private int read;
        private boolean over;

        Recoded(InputStream in, List<Edit> edits) {
            this.in = in;
            this.edits = edits;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
        }

        @Override
        public int read(byte[] b, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (read == out.size() && !fill()) {
                return -1;
            }
            int n = Math.min(length, out.size() - read);
            System.arraycopy(out.array(), read, b, offset, n);
            read += n;
            return n;
        }

        private boolean fill() throws IOException {
            out.cut(0);
            read = 0;
            while (out.size() == 0 && !over) {
                step();
            }
            return out.size() > 0;
        }

        private void step() throws IOException {
            Edit edit = next < edits.size() ? edits.get(next) : null;
            if (edit != null && active == null && position == edit.from) {
                if (edit.way == Way.LITERAL) {
                    out.put(edit.literal);
                    in.skipNBytes(edit.to - edit.from);
                    position = edit.to;
                    next++;
                    return;
                }
                active = edit.transfer();
            }
            long limit = edit == null ? Long.MAX_VALUE : active == null ? edit.from : edit.to;
            int n = in.read(chunk, 0, (int) Math.min(chunk.length, limit - position));
            if (n < 0) {
                over = true;
            } else {
                position += n;
            }
            if (active == null) {
                out.put(chunk, 0, Math.max(0, n));
                return;
            }
            active.put(chunk, 0, Math.max(0, n), out);
            if (n < 0 || position == limit) {
                active.end(out);
                active = null;
                next++;
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
