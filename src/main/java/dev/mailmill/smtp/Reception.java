package dev.mailmill.smtp;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a session that takes messages: DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030). What
 * follows a BDAT is read away to its last octet before it is answered, or the connection closes:
 * whoever read a refused chunk as commands would obey what somebody wrote into a message.
 */
final class Reception {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    /** Of one message: 5 KB each for the largest message there may be. */
    static final int CHUNKS_MAX = 10_000;
    /** Of refused chunks so much is read away between two messages, as a part of the size limit. */
    private static final int AWAY_FACTOR = 2;

    /** What the session does next. */
    enum Then {
        SAY,
        /** The message is ours: say so, and forget what errors led to it. */
        TAKEN,
        /** It was the client's mistake: say so and count it. */
        MISTAKE,
        /** The framing was in doubt, so what follows may be a part of the message. */
        HEAR_ONLY_QUIT,
        CLOSE,
        /** The client has gone. */
        GONE
    }

    /** @param reply null when nobody is there to hear it */
    record Received(Then then, SmtpReply reply) {
    }

    private static final Received GONE = new Received(Then.GONE, null);

    private final WireInput input;
    private final WireOutput output;
    private final SmtpLimits limits;
    private final MailTransaction transaction;
    /** Null unless a message is coming in chunks. */
    private ChunkReader chunks;
    /** A chunk was refused: the rest of its message follows, perhaps, and is nobody's. */
    private boolean failed;
    private int count;
    private long away;
    private int chunksAway;

    Reception(WireInput input, WireOutput output, SmtpLimits limits,
            MailTransaction transaction) {
        this.input = input;
        this.output = output;
        this.limits = limits;
        this.transaction = transaction;
    }

    /** Whether a chunk has come: then neither RCPT nor DATA may (RFC 3030 §2). */
    boolean inChunks() {
        return chunks != null || failed;
    }

    /** Whatever has come of a message is dropped, and its transaction is over. */
    void reset() {
        drop();
        failed = false;
        transaction.reset();
    }

    private void drop() {
        ChunkReader open = chunks;
        chunks = null;
        count = 0;
        if (open != null) {
            open.drop();
        }
    }

    // ---- DATA

    /** From 354 on. */
    Received data(SmtpHandler.Sink sink, long latest) throws IOException {
        output.plain(354, true, "Send the message; end with a dot alone on a line");
        DataReader.End end;
        try {
            end = new DataReader(input, sink, limits).read(latest);
        } catch (IOException e) {
            sink.drop();
            throw e;
        } catch (RuntimeException e) {
            sink.drop();
            return defect(e);
        }
        Received received = switch (end) {
            case COMPLETE -> taken(MailTransaction.asked(sink::done));
            // RFC 5321 §4.1.1.4 knows one end, others may know another
            case BARE_CR_OR_LF, NUL -> new Received(Then.HEAR_ONLY_QUIT, refusal(end));
            case TOO_LARGE -> new Received(Then.SAY, refusal(end));
            case CLOSED -> GONE;
        };
        transaction.reset();
        return received;
    }

    private Received taken(SmtpReply reply) {
        if (!reply.positive()) {
            return new Received(Then.SAY, reply);
        }
        away = 0;
        chunksAway = 0;
        return new Received(Then.TAKEN, reply);
    }

    private Received defect(RuntimeException e) {
        LOG.error("a message could not be taken while it arrived", e);
        return new Received(Then.CLOSE, new SmtpReply(421, "4.3.0",
                "The server has a problem and took nothing; connect again later"));
    }

    private SmtpReply refusal(DataReader.End end) {
        return switch (end) {
            case NUL -> new SmtpReply(550, "5.5.2",
                    "Message refused: it has a NUL; encode it, for example as base64");
            case BARE_CR_OR_LF -> new SmtpReply(550, "5.5.2",
                    "Message refused: it has a bare CR or LF; lines end in CRLF");
            case TOO_LARGE -> transaction.tooLarge();
            case COMPLETE, CLOSED -> throw new IllegalArgumentException(end + " is no refusal");
        };
    }

    // ---- BDAT

    /**
     * @param rest    what follows the verb
     * @param handler asked for a sink at a message's first chunk
     */
    Received chunk(String rest, SmtpHandler handler, MailTransaction.Greeting greeting,
            long latest) throws IOException {
        Chunk chunk;
        try {
            chunk = Chunk.parse(rest);
        } catch (SyntaxException e) {
            return new Received(Then.CLOSE, e.reply());
        }
        boolean followsRefused = failed;
        SmtpReply refusal = chunk.strange()
                ? new SmtpReply(501, "5.5.4", "BDAT is BDAT octets or BDAT octets LAST")
                : refusal(chunk, handler, greeting);
        if (refusal != null) {
            // RFC 3030 §2: of a pipelined message all chunks are sent before the first is answered
            boolean mistake = !followsRefused && refusal.code() != 451 && refusal.code() != 552;
            return readAway(chunk, refusal, mistake ? Then.MISTAKE : Then.SAY, latest);
        }
        DataReader.End end;
        try {
            end = chunks.read(chunk.octets(), latest);
            if (end == DataReader.End.COMPLETE && chunk.last()) {
                end = chunks.end();
            }
        } catch (RuntimeException e) {
            drop();
            return defect(e);
        }
        return switch (end) {
            case COMPLETE -> chunk.last() ? finish() : new Received(Then.SAY,
                    new SmtpReply(250, "2.0.0", chunk.octets() + " octets taken"));
            case BARE_CR_OR_LF, NUL, TOO_LARGE -> {
                SmtpReply why = refusal(end);
                fail(chunk);
                yield new Received(Then.SAY, why);
            }
            case CLOSED -> GONE;
        };
    }

    private Received finish() {
        ChunkReader whole = chunks;
        chunks = null;
        count = 0;
        Received received = taken(whole.done());
        transaction.reset();
        return received;
    }

    /** Why the chunk is not wanted; null when there is a reader for it now. */
    private SmtpReply refusal(Chunk chunk, SmtpHandler handler, MailTransaction.Greeting greeting) {
        if (failed) {
            return new SmtpReply(503, "5.5.1", "The message was refused with a chunk before;"
                    + " RSET and send it anew");
        }
        if (!greeting.extended()) {
            return new SmtpReply(503, "5.5.1", "Say EHLO, MAIL and RCPT before BDAT");
        }
        if (chunks == null) {
            try {
                transaction.checkReady("BDAT");
                chunks = new ChunkReader(input, handler.data(transaction.handOver(greeting)),
                        limits);
            } catch (SyntaxException e) {
                return e.reply();
            } catch (RuntimeException e) {
                return MailTransaction.failed(e);
            }
        }
        if (++count > CHUNKS_MAX) {
            return new SmtpReply(552, "5.3.4", "Too many chunks: a message has at most "
                    + CHUNKS_MAX + "; send larger ones");
        }
        return chunks.fits(chunk.octets()) ? null : transaction.tooLarge();
    }

    /**
     * RFC 3030 §2: discard first, then answer. What is too much to discard closes, unread.
     */
    private Received readAway(Chunk chunk, SmtpReply why, Then then, long latest)
            throws IOException {
        long bytesMax = AWAY_FACTOR * limits.sizes().messageBytesMax();
        if (chunk.octets() > bytesMax - away || ++chunksAway > CHUNKS_MAX) {
            fail(chunk);
            return new Received(Then.CLOSE, new SmtpReply(552, "5.3.4",
                    "Closing, for that is too much to read away: " + why.text()));
        }
        away += chunk.octets();
        Pace pace = new Pace(limits.times());
        for (long left = chunk.octets(); left > 0; ) {
            if (!input.pending() && !pace.refill(input, latest)) {
                return GONE;
            }
            int some = (int) Math.min(left, input.end - input.position);
            input.position += some;
            left -= some;
        }
        fail(chunk);
        return new Received(then, why);
    }

    /** The message is lost; with its last chunk it is also over. */
    private void fail(Chunk chunk) {
        drop();
        failed = !chunk.last();
        if (chunk.last()) {
            transaction.reset();
        }
    }
}
