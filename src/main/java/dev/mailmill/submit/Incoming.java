package dev.mailmill.submit;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.StoreException;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpReply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message while it arrives: the header gathers in memory, the body goes to the store, the empty
 * line between them is nobody's. A message without an empty line is all header.
 */
final class Incoming implements SmtpHandler.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(Incoming.class);
    private static final int HEAD_USUAL = 1024;

    private final Bodies.Draft draft;
    private final int headerBytesMax;
    private final Function<Content.Raw, SmtpReply> submit;
    private byte[] head = new byte[HEAD_USUAL];
    private int headLength;
    private boolean inBody;
    /** Set once it can't be taken any more; the rest is not kept. */
    private SmtpReply refusal;

    Incoming(Bodies.Draft draft, int headerBytesMax, Function<Content.Raw, SmtpReply> submit) {
        this.draft = draft;
        this.headerBytesMax = headerBytesMax;
        this.submit = submit;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (refusal != null) {
            return;
        }
        int at = offset;
        int end = offset + length;
        while (!inBody && at < end) {
            int line = at;
            while (at < end && bytes[at] != '\n') {
                at++;
            }
            boolean whole = at < end;
            at = whole ? at + 1 : at;
            if (!gather(bytes, line, at)) {
                return;
            }
            if (whole && endsInEmptyLine()) {
                headLength -= 2;
                inBody = true;
            }
        }
        if (at < end) {
            store(bytes, at, end - at);
        }
    }

    private boolean gather(byte[] bytes, int from, int to) {
        int needed = headLength + to - from;
        // two more for the empty line, which does not count
        if (needed > headerBytesMax + 2) {
            refusal = Replies.HEADER_TOO_LARGE;
            return false;
        }
        if (needed > head.length) {
            head = Arrays.copyOf(head, Math.max(needed, head.length * 2));
        }
        System.arraycopy(bytes, from, head, headLength, to - from);
        headLength = needed;
        return true;
    }

    /** The caller guarantees that a LF always follows a CR. */
    private boolean endsInEmptyLine() {
        return headLength == 2 || headLength > 2 && head[headLength - 3] == '\n';
    }

    private void store(byte[] bytes, int offset, int length) {
        try {
            draft.write(bytes, offset, length);
        } catch (StoreException e) {
            refusal = Replies.of(e);
        } catch (IOException | UncheckedIOException e) {
            LOG.error("a body could not be stored", e);
            refusal = Replies.unavailable();
        }
    }

    @Override
    public SmtpReply done() {
        try (draft) {
            if (refusal == null && headLength > headerBytesMax) {
                refusal = Replies.HEADER_TOO_LARGE;
            }
            if (refusal != null) {
                return refusal;
            }
            return submit.apply(new Content.Raw(Arrays.copyOf(head, headLength), draft.keep()));
        } catch (StoreException e) {
            LOG.warn("a message could not be taken: {}", e.getMessage());
            return Replies.of(e);
        } catch (IOException e) {
            LOG.error("a body could not be stored", e);
            return Replies.unavailable();
        }
    }

    @Override
    public void drop() {
        draft.close();
    }
}
