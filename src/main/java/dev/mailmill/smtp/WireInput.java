package dev.mailmill.smtp;

import java.io.IOException;

/**
 * The one buffer of what the client sends. Lines end in CRLF and in nothing else (RFC 5321
 * §2.3.8): whoever sees a line end in a bare CR or LF sees other commands than we do.
 */
final class WireInput {
    /** A whole AUTH line fits. */
    static final int CAPACITY = 16_384;
    private static final byte[] BDAT = {'B', 'D', 'A', 'T'};

    /** What {@link #line} came to. */
    enum Found {
        /** A line; its text can be asked for. */
        LINE,
        /** A line with a CR that is no line end; read away. */
        BARE_CR,
        /** A line with a NUL; read away. */
        NUL,
        /** Over the limit; read away. */
        TOO_LONG,
        /** A LF that is no line end: where the next command begins is in doubt. */
        BARE_LF,
        /** Over every limit, and no line end seen. */
        FLOOD,
        /** The client is gone. */
        CLOSED
    }

    private final Connection connection;
    private final int overlongBytesMax;
    final byte[] bytes = new byte[CAPACITY];
    int position;
    int end;
    private int lineStart;
    private int lineEnd;
    private boolean announced;

    WireInput(Connection connection, int overlongBytesMax) {
        this.connection = connection;
        this.overlongBytesMax = overlongBytesMax;
    }

    /** Whether the client has sent more than we looked at. */
    boolean pending() {
        return position < end;
    }

    /** Waits for more; the buffer must be looked through. False when the client has gone. */
    boolean refill(long until) throws IOException {
        position = 0;
        end = 0;
        int n = connection.read(bytes, 0, CAPACITY, until);
        end = Math.max(n, 0);
        return n >= 0;
    }

    /**
     * The next line.
     *
     * @param bytesMax with its CRLF
     * @param latest   the session's or transaction's own end
     */
    Found line(int bytesMax, long latest) throws IOException {
        SmtpLimits.Times times = connection.times();
        if (!pending() && !refill(Math.min(latest, Ticks.in(times.idle())))) {
            return Found.CLOSED;
        }
        long until = Ticks.NEVER;
        Found found = Found.LINE;
        lineStart = position;
        int scan = position;
        while (true) {
            for (; scan < end; scan++) {
                byte b = bytes[scan];
                if (b == '\n') {
                    boolean afterCr = scan > lineStart && bytes[scan - 1] == '\r';
                    announced = announcesChunk(scan);
                    lineEnd = scan - 1;
                    position = scan + 1;
                    return afterCr ? found : Found.BARE_LF;
                }
                if (scan > lineStart && bytes[scan - 1] == '\r') {
                    found = Found.BARE_CR;
                } else if (b == 0) {
                    found = Found.NUL;
                }
                if (scan - lineStart >= bytesMax) {
                    position = scan;
                    announced = announcesChunk(scan);
                    return readAway(Math.min(latest, Ticks.in(times.command())));
                }
            }
            if (until == Ticks.NEVER) {
                until = Math.min(latest, Ticks.in(times.command()));
            }
            if (!more(until)) {
                return Found.CLOSED;
            }
            scan = end - added;
        }
    }

    private int added;

    /** Keeps the unfinished line and reads on behind it. */
    private boolean more(long until) throws IOException {
        int kept = end - lineStart;
        System.arraycopy(bytes, lineStart, bytes, 0, kept);
        lineStart = 0;
        position = kept;
        end = kept;
        added = connection.read(bytes, kept, CAPACITY - kept, until);
        if (added < 0) {
            return false;
        }
        end = kept + added;
        return true;
    }

    /** From inside a line that is too long to its end. */
    private Found readAway(long until) throws IOException {
        boolean afterCr = position > 0 && bytes[position - 1] == '\r';
        for (int n = 0; n < overlongBytesMax; n++) {
            if (!pending() && !refill(until)) {
                return Found.CLOSED;
            }
            byte b = bytes[position++];
            if (b == '\n') {
                return afterCr ? Found.TOO_LONG : Found.BARE_LF;
            }
            afterCr = b == '\r';
        }
        return Found.FLOOD;
    }

    /** The blanks before it and what stands behind it do not matter. */
    private boolean announcesChunk(int to) {
        int at = lineStart;
        while (at < to && bytes[at] >= 0 && bytes[at] <= ' ') {
            at++;
        }
        for (int i = 0; i < BDAT.length; i++) {
            // a letter's case is one bit
            if (at + i >= to || (bytes[at + i] & ~0x20) != BDAT[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the last line, good or not, began as a BDAT: if we can't read it, somebody else may,
     * and take what follows for octets of a message.
     */
    boolean announcedChunk() {
        return announced;
    }

    /** The line's length in octets without CRLF. */
    int lineLength() {
        return lineEnd - lineStart;
    }

    /** The line decoded as UTF-8; null when it is none. */
    String lineText() {
        return Utf8.strict(bytes, lineStart, lineEnd - lineStart);
    }
}
