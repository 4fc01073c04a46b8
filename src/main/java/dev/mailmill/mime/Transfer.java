package dev.mailmill.mime;

import java.util.Base64;

/**
 * Content-Transfer-Encodings (RFC 2045 §6) as octets stream by. One use, one thread. None writes a
 * line end after its last line: that one belongs to what follows.
 */
public abstract sealed class Transfer {
    private static final int LINE_OCTETS = 57;
    /** Of 76, with room for the soft line break's equals sign. */
    private static final int COLUMN_MAX = 75;
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(
            java.nio.charset.StandardCharsets.US_ASCII);

    private Transfer() {
    }

    public abstract void put(byte[] b, int offset, int length, Octets out);

    public abstract void end(Octets out);

    public static Transfer base64() {
        return new ToBase64();
    }

    /** For text: CRLF is a line end and stays one. */
    public static Transfer quotedPrintable() {
        return new ToQuotedPrintable();
    }

    /** What is base64 already, into lines of 76. */
    static Transfer rewrapBase64() {
        return new Rewrap();
    }

    /** What is quoted-printable already, its long lines broken and 8-bit octets escaped. */
    static Transfer repairQuotedPrintable() {
        return new Repair();
    }

    private static final class ToBase64 extends Transfer {
        private final byte[] line = new byte[LINE_OCTETS];
        private int size;
        private boolean begun;

        @Override
        public void put(byte[] b, int offset, int length, Octets out) {
            int at = offset;
            int end = offset + length;
            while (at < end) {
                if (size == LINE_OCTETS) {
                    line(out);
                }
                int n = Math.min(LINE_OCTETS - size, end - at);
                System.arraycopy(b, at, line, size, n);
                size += n;
                at += n;
            }
        }

        private void line(Octets out) {
            if (begun) {
                out.crlf();
            }
            begun = true;
            out.put(Base64.getEncoder().encode(
                    size == LINE_OCTETS ? line : java.util.Arrays.copyOf(line, size)));
            size = 0;
        }

        @Override
        public void end(Octets out) {
            if (size > 0) {
                line(out);
            }
        }
    }

    private static final class ToQuotedPrintable extends Transfer {
        private int column;
        private int space = -1;
        private boolean cr;

        @Override
        public void put(byte[] b, int offset, int length, Octets out) {
            for (int i = offset; i < offset + length; i++) {
                int c = b[i] & 255;
                if (c == '\n' && cr) {
                    cr = false;
                    endSpace(out);
                    out.crlf();
                    column = 0;
                    continue;
                }
                if (cr) {
                    cr = false;
                    escape('\r', out);
                }
                if (c == '\r') {
                    cr = true;
                    continue;
                }
                if (space >= 0) {
                    plain(space, out);
                    space = -1;
                }
                if (c == ' ' || c == '\t') {
                    space = c;
                } else if (c > 32 && c < 127 && c != '=') {
                    plain(c, out);
                } else {
                    escape(c, out);
                }
            }
        }

        /** White space that a line end follows would be lost on the way. */
        private void endSpace(Octets out) {
            if (space >= 0) {
                escape(space, out);
                space = -1;
            }
        }

        private void plain(int c, Octets out) {
            if (column + 1 > COLUMN_MAX) {
                out.put('=').crlf();
                column = 0;
            }
            out.put(c);
            column++;
        }

        private void escape(int c, Octets out) {
            if (space >= 0 && c == '\r') {
                plain(space, out);
                space = -1;
            }
            if (column + 3 > COLUMN_MAX) {
                out.put('=').crlf();
                column = 0;
            }
            out.put('=').put(HEX[c >> 4]).put(HEX[c & 15]);
            column += 3;
        }

        @Override
        public void end(Octets out) {
            if (cr) {
                escape('\r', out);
            }
            endSpace(out);
        }
    }

    private static final class Rewrap extends Transfer {
        private int column;

        @Override
        public void put(byte[] b, int offset, int length, Octets out) {
            for (int i = offset; i < offset + length; i++) {
                if (b[i] > ' ') {
                    if (column == 76) {
                        out.crlf();
                        column = 0;
                    }
                    out.put(b[i]);
                    column++;
                }
            }
        }

        @Override
        public void end(Octets out) {
            // Whole quanta came in, whole quanta went out.
        }
    }

    private static final class Repair extends Transfer {
        private final byte[] unit = new byte[3];
        private int size;
        private int column;

        @Override
        public void put(byte[] b, int offset, int length, Octets out) {
            for (int i = offset; i < offset + length; i++) {
                byte c = b[i];
                if (c == '\r' || c == '\n') {
                    flush(out);
                    out.put(c);
                    column = 0;
                } else if (c < 0) {
                    flush(out);
                    unit[0] = '=';
                    unit[1] = HEX[c >> 4 & 15];
                    unit[2] = HEX[c & 15];
                    size = 3;
                    flush(out);
                } else {
                    if (c == '=') {
                        flush(out);
                    }
                    unit[size++] = c;
                    if (unit[0] != '=' || size == 3) {
                        flush(out);
                    }
                }
            }
        }

        private void flush(Octets out) {
            if (size > 0) {
                // A soft break's own equals sign stays on its line.
                if (column + size > COLUMN_MAX && !(size == 1 && unit[0] == '=')) {
                    out.put('=').crlf();
                    column = 0;
                }
                out.put(unit, 0, size);
                column += size;
                size = 0;
            }
        }

        @Override
        public void end(Octets out) {
            flush(out);
        }
    }
}
