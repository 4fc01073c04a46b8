package dev.mailmill.compose;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content.Attachment;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A body that is written around attachments which stay where they are kept: each of a thousand
 * recipients has a text of their own, and of the attachments no one has a copy in memory. Written
 * once, then {@link #body}.
 */
final class Woven extends OutputStream {
    /** Some octets of what is kept beside, which go out in base64. */
    private record Piece(long from, int octets) {
        /** Lines of 76 characters with their CRLF. */
        long encoded() {
            int rest = octets % Part.LINE_OCTETS;
            return octets / Part.LINE_OCTETS * (long) Part.LINE_ENCODED
                    + (rest == 0 ? 0 : (rest + 2) / 3 * 4 + 2);
        }
    }

    private final Body beside;
    private final Map<Attachment, Piece> places = new IdentityHashMap<>();
    /** Octets, or a Piece. */
    private final List<Object> strands = new ArrayList<>();
    private ByteArrayOutputStream now = new ByteArrayOutputStream();

    Woven(Body beside) {
        this.beside = beside;
    }

    /** Where an attachment's octets are. */
    void at(Attachment attachment, long from, int octets) {
        places.put(attachment, new Piece(from, octets));
    }

    /** Whether it is known where the attachment is; then its place in the body is here. */
    boolean takes(Attachment attachment) {
        Piece piece = places.get(attachment);
        if (piece == null) {
            return false;
        }
        knot();
        strands.add(piece);
        return true;
    }

    private void knot() {
        if (now.size() > 0) {
            strands.add(now.toByteArray());
            now = new ByteArrayOutputStream();
        }
    }

    @Override
    public void write(int octet) {
        now.write(octet);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
        now.write(bytes, from, count);
    }

    Body body() {
        knot();
        return strands.size() == 1 && strands.getFirst() instanceof byte[] all ? Body.of(all)
                : new Cloth(beside, List.copyOf(strands));
    }

    private record Cloth(Body beside, List<Object> strands) implements Body {
        @Override
        public long size() {
            return strands.stream().mapToLong(s -> s instanceof Piece p ? p.encoded()
                    : ((byte[]) s).length).sum();
        }

        @Override
        public long held() {
            return strands.stream().mapToLong(s -> s instanceof byte[] b ? b.length : 0).sum();
        }

        @Override
        public InputStream open() throws IOException {
            List<InputStream> all = new ArrayList<>(strands.size());
            for (Object strand : strands) {
                all.add(strand instanceof Piece p ? new Encoded(beside, p)
                        : new ByteArrayInputStream((byte[]) strand));
            }
            return new SequenceInputStream(Collections.enumeration(all));
        }
    }

    /** Opens what it reads when it is its turn. */
    private static final class Encoded extends InputStream {
        private final Body beside;
        private final Piece piece;
        private InputStream in;
        private int left;
        private ByteArrayInputStream ready = new ByteArrayInputStream(new byte[0]);

        Encoded(Body beside, Piece piece) {
            this.beside = beside;
            this.piece = piece;
            this.left = piece.octets();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            if (ready.available() == 0 && left > 0) {
                more();
            }
            return ready.read(into, from, count);
        }

        private void more() throws IOException {
            if (in == null) {
                in = beside.open();
                in.skipNBytes(piece.from());
            }
            byte[] slice = in.readNBytes(Math.min(left, Part.SLICE));
            if (slice.length < Math.min(left, Part.SLICE)) {
                throw new EOFException("what is kept beside is shorter than it was");
            }
            left -= slice.length;
            ByteArrayOutputStream out = new ByteArrayOutputStream(slice.length / 57 * 78 + 80);
            Part.base64(slice, out);
            ready = new ByteArrayInputStream(out.toByteArray());
        }

        @Override
        public void close() throws IOException {
            if (in != null) {
                in.close();
            }
        }
    }
}
