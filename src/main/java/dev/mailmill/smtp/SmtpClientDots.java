package dev.mailmill.smtp;

import java.time.Duration;

/**
 * Content on its way out: dots doubled at the begin of a line (RFC 5321 §4.5.2), and CR and LF let
 * through only as a pair. This is the last place where a bare one can be stopped.
 */
final class SmtpClientDots implements SmtpClientContent {
    /** Octets looked at in one go; a dot doubles them at worst. */
    private static final int CHUNK = 8 * 1024;

    private final SmtpClientWire wire;
    private final Duration block;
    private boolean lineBegin = true;
    private boolean afterCr;
    private long octets;

    SmtpClientDots(SmtpClientWire wire, Duration block) {
        this.wire = wire;
        this.block = block;
    }

    @Override
    public long octets() {
        return octets;
    }

    /** Only the dot ends it, and that is not in here. */
    @Override
    public boolean endsWithin(int more) {
        return false;
    }

    @Override
    public void write(byte[] b, int from, int length) throws SmtpClientException {
        octets += length;
        for (int at = from, end = from + length; at < end; at += CHUNK) {
            chunk(b, at, Math.min(end, at + CHUNK));
        }
    }

    private void chunk(byte[] b, int from, int end) throws SmtpClientException {
        byte[] to = wire.room(2 * (end - from), SmtpClientStage.CONTENT, block);
        int put = wire.outputEnd();
        boolean begin = lineBegin;
        boolean cr = afterCr;
        for (int at = from; at < end; at++) {
            byte c = b[at];
            if (cr != (c == '\n')) {
                throw SmtpClientContent.bare(wire, cr ? "CR" : "LF");
            }
            if (begin && c == '.') {
                to[put++] = '.';
            }
            to[put++] = c;
            begin = cr;
            cr = c == '\r';
        }
        lineBegin = begin;
        afterCr = cr;
        wire.outputEnd(put);
    }

    /** A last line without end gets one (RFC 5321 §4.1.1.4); then the dot. */
    @Override
    public void end() throws SmtpClientException {
        if (afterCr) {
            throw SmtpClientContent.bare(wire, "CR");
        }
        byte[] to = wire.room(5, SmtpClientStage.CONTENT, block);
        int put = wire.outputEnd();
        if (!lineBegin) {
            to[put++] = '\r';
            to[put++] = '\n';
        }
        to[put++] = '.';
        to[put++] = '\r';
        to[put++] = '\n';
        wire.outputEnd(put);
    }
}
