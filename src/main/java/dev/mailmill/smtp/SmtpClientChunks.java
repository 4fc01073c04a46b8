package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;
import java.time.Duration;

/**
 * Content in chunks (RFC 3030): as it is, counted beforehand. One chunk may be under way while the
 * reply to the one before is awaited; LAST is said only when all others were taken, for a peer that
 * refused one and took LAST would keep a message with a hole.
 */
final class SmtpClientChunks implements SmtpClientContent {
    /** Octets of one chunk. */
    static final int chunkMax = 1024 * 1024;
    private static final int PIECE = 8 * 1024;
    private static final int UNANSWERED_MAX = 2;

    private final SmtpClientWire wire;
    private final SmtpClientTranscript transcript;
    private final Duration block;
    private final long size;
    private long octets;
    /** Of the chunk that was announced. */
    private long chunkLeft;
    private int unanswered;
    private boolean afterCr;

    /** @param size of the whole message: BDAT says it first */
    SmtpClientChunks(SmtpClientWire wire, SmtpClientTranscript transcript, Duration block,
            long size) {
        this.wire = wire;
        this.transcript = transcript;
        this.block = block;
        this.size = size;
    }

    @Override
    public long octets() {
        return octets;
    }

    @Override
    public boolean endsWithin(int more) {
        return octets + more > (size - 1) / chunkMax * chunkMax;
    }

    @Override
    public void write(byte[] b, int from, int length) throws SmtpClientException {
        if (octets + length > size) {
            throw miscounted();
        }
        int end = from + length;
        for (int at = from; at < end; ) {
            if (chunkLeft == 0) {
                announce();
            }
            int piece = (int) Math.min(Math.min(end - at, PIECE), chunkLeft);
            put(b, at, piece);
            at += piece;
            octets += piece;
            chunkLeft -= piece;
            if (chunkLeft == 0 && octets < size) {
                wire.flush(SmtpClientStage.CONTENT, block);
                unanswered++;
            }
        }
    }

    private void announce() throws SmtpClientException {
        chunkLeft = Math.min(chunkMax, size - octets);
        boolean last = chunkLeft == size - octets;
        while (unanswered > 0 && (last || unanswered == UNANSWERED_MAX)) {
            taken();
        }
        String line = "BDAT " + chunkLeft + (last ? " LAST" : "");
        transcript.said(line);
        wire.line(line, SmtpClientStage.CONTENT, block);
    }

    private void taken() throws SmtpClientException {
        SmtpClientReply reply = wire.reply(SmtpClientStage.CONTENT, block);
        transcript.heard(reply);
        unanswered--;
        if (reply.positive()) {
            return;
        }
        // behind a refused chunk nothing is worth to be said
        wire.kill();
        throw unknown(reply) ? lying(reply) : reply.temporary() || reply.permanent()
                ? new SmtpClientException(Kind.REFUSED, SmtpClientStage.CONTENT, reply)
                : wire.garbage(SmtpClientStage.CONTENT, "\"" + reply + "\" in answer to BDAT");
    }

    /** A reply about the command and not about the message. */
    static boolean unknown(SmtpClientReply reply) {
        return reply.code() >= 500 && reply.code() <= 504;
    }

    /** Something between us and the server does not know what the server offers. */
    static SmtpClientException lying(SmtpClientReply reply) {
        return new SmtpClientException(Kind.PROTOCOL, SmtpClientStage.CONTENT,
                "the peer offers CHUNKING and answers BDAT with \"" + reply + "\"", null);
    }

    /** The room flushes what was there before: the last octets stay until the end is flushed. */
    private void put(byte[] b, int from, int length) throws SmtpClientException {
        byte[] to = wire.room(length, SmtpClientStage.CONTENT, block);
        boolean cr = afterCr;
        for (int at = from; at < from + length; at++) {
            byte c = b[at];
            if (cr != (c == '\n')) {
                throw SmtpClientContent.bare(wire, cr ? "CR" : "LF");
            }
            cr = c == '\r';
        }
        afterCr = cr;
        System.arraycopy(b, from, to, wire.outputEnd(), length);
        wire.outputEnd(wire.outputEnd() + length);
    }

    @Override
    public void end() throws SmtpClientException {
        if (afterCr) {
            throw SmtpClientContent.bare(wire, "CR");
        }
        if (octets != size) {
            throw miscounted();
        }
    }

    private SmtpClientException miscounted() {
        wire.kill();
        return new SmtpClientException(Kind.CONTENT, SmtpClientStage.CONTENT,
                "the message does not have the " + size + " octets that it was said to have", null);
    }
}
