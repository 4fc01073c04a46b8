package dev.mailmill.smtp;

import java.io.IOException;

/**
 * Reads a message that comes in chunks (RFC 3030 §2). How many octets are the message's was said
 * before them, so dots are dots and nothing of them is a command. Its lines end in CRLF as after
 * DATA, for BINARYMIME is not offered: a bare CR, a bare LF or a NUL spoils the message. A CRLF may
 * lie in two chunks.
 */
final class ChunkReader {
    private static final byte[] CRLF = {'\r', '\n'};

    private final WireInput input;
    private final SmtpHandler.Sink sink;
    private final long bytesMax;
    private final Pace pace;
    private DataReader.End trouble = DataReader.End.COMPLETE;
    private byte before = '\n';
    private long size;

    ChunkReader(WireInput input, SmtpHandler.Sink sink, SmtpLimits limits) {
        this.input = input;
        this.sink = sink;
        bytesMax = limits.sizes().messageBytesMax();
        pace = new Pace(limits.times());
    }

    boolean fits(long octets) {
        return octets <= bytesMax - size;
    }

    /** Exactly one chunk, whatever is in it; COMPLETE when all is well so far. */
    DataReader.End read(long octets, long latest) throws IOException {
        for (long left = octets; left > 0; ) {
            if (!input.pending() && !pace.refill(input, latest)) {
                return DataReader.End.CLOSED;
            }
            int from = input.position;
            int count = (int) Math.min(left, input.end - from);
            input.position = from + count;
            left -= count;
            take(from, count);
        }
        return trouble;
    }

    private void take(int from, int count) {
        byte[] bytes = input.bytes;
        byte last = before;
        for (int i = from; i < from + count; i++) {
            byte b = bytes[i];
            if (last == '\r' != (b == '\n')) {
                trouble = DataReader.End.BARE_CR_OR_LF;
            } else if (b == 0 && trouble == DataReader.End.COMPLETE) {
                trouble = DataReader.End.NUL;
            }
            last = b;
        }
        before = last;
        size += count;
        if (trouble == DataReader.End.COMPLETE && count > 0) {
            sink.write(bytes, from, count);
        }
    }

    /**
     * The last chunk is here. A last line without its end gets it, as RFC 5321 §4.1.1.4 tells
     * whoever passes such a message on; nothing at all stays nothing.
     */
    DataReader.End end() {
        if (before == '\r') {
            return DataReader.End.BARE_CR_OR_LF;
        }
        if (before != '\n') {
            if (!fits(CRLF.length)) {
                return DataReader.End.TOO_LARGE;
            }
            sink.write(CRLF, 0, CRLF.length);
        }
        return DataReader.End.COMPLETE;
    }

    SmtpReply done() {
        return MailTransaction.asked(sink::done);
    }

    void drop() {
        sink.drop();
    }
}
