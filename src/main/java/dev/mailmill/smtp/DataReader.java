package dev.mailmill.smtp;

import java.io.IOException;

/**
 * Reads a message after 354. Only CRLF {@code .} CRLF ends it; a line's first dot is removed where
 * more follows (RFC 5321 §4.5.2). A bare CR, a bare LF or a NUL spoils the message: the rest is
 * read away up to the true end, for a line end that others would see is not ours to believe in.
 */
final class DataReader {
    /** How it ended. */
    enum End {
        COMPLETE, BARE_CR_OR_LF, NUL, TOO_LARGE, CLOSED
    }

    private enum State {
        LINE_START, TEXT, CR, DOT, DOT_CR
    }

    private final WireInput input;
    private final SmtpHandler.Sink sink;
    private final SmtpLimits limits;
    private End trouble = End.COMPLETE;
    private State state = State.LINE_START;
    private final Pace pace;
    private long size;

    DataReader(WireInput input, SmtpHandler.Sink sink, SmtpLimits limits) {
        this.input = input;
        this.sink = sink;
        this.limits = limits;
        pace = new Pace(limits.times());
    }

    /** @param latest the transaction's end */
    End read(long latest) throws IOException {
        while (true) {
            if (!input.pending() && !pace.refill(input, latest)) {
                sink.drop();
                return End.CLOSED;
            }
            if (scan()) {
                if (trouble != End.COMPLETE) {
                    sink.drop();
                }
                return trouble;
            }
        }
    }

    /** Looks through the buffer; true at the end of the message. */
    private boolean scan() {
        byte[] bytes = input.bytes;
        int end = input.end;
        int run = input.position;
        for (int i = run; i < end; i++) {
            byte b = bytes[i];
            switch (state) {
                case TEXT -> {
                    while ((b > '\r' || b < 0) && ++i < end) {
                        b = bytes[i];
                    }
                    if (i < end) {
                        text(b);
                    }
                }
                case LINE_START -> {
                    if (b == '.') {
                        emit(run, i);
                        run = i + 1;
                        state = State.DOT;
                    } else {
                        text(b);
                    }
                }
                case CR -> {
                    if (b == '\n') {
                        state = State.LINE_START;
                    } else {
                        spoil(End.BARE_CR_OR_LF);
                        text(b);
                    }
                }
                case DOT -> {
                    text(b);
                    if (b == '\r') {
                        state = State.DOT_CR;
                    }
                }
                case DOT_CR -> {
                    if (b == '\n') {
                        input.position = i + 1;
                        return true;
                    }
                    spoil(End.BARE_CR_OR_LF);
                    text(b);
                }
            }
        }
        // the CR after a lone dot is not the message's: it waits for its LF
        emit(run, state == State.DOT_CR ? Math.max(run, end - 1) : end);
        input.position = end;
        return false;
    }

    private void text(byte b) {
        state = b == '\r' ? State.CR : State.TEXT;
        if (b == '\n') {
            spoil(End.BARE_CR_OR_LF);
        } else if (b == 0) {
            spoil(End.NUL);
        }
    }

    private void spoil(End why) {
        if (trouble != End.BARE_CR_OR_LF) {
            trouble = why;
        }
    }

    private void emit(int from, int to) {
        size += to - from;
        if (trouble == End.COMPLETE && size > limits.sizes().messageBytesMax()) {
            trouble = End.TOO_LARGE;
        }
        if (trouble == End.COMPLETE && to > from) {
            sink.write(input.bytes, from, to - from);
        }
    }
}
