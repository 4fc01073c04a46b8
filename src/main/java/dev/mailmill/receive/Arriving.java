package dev.mailmill.receive;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.StoreException;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpReply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mail while it arrives, header and body as they are: small ones in memory, others on disk. */
final class Arriving implements SmtpHandler.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(Arriving.class);
    static final SmtpReply NOT_NOW = new SmtpReply(451, "4.3.0",
            "The mail could not be stored, and nothing was taken; send it again later");

    private final Bodies.Draft draft;
    private final Function<Body, SmtpReply> then;
    private boolean broken;

    Arriving(Bodies.Draft draft, Function<Body, SmtpReply> then) {
        this.draft = draft;
        this.then = then;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (broken) {
            return;
        }
        try {
            draft.write(bytes, offset, length);
        } catch (StoreException | IOException | UncheckedIOException e) {
            LOG.warn("mail that arrives can't be stored: {}", e.getMessage());
            broken = true;
        }
    }

    @Override
    public SmtpReply done() {
        try (draft) {
            if (broken) {
                return NOT_NOW;
            }
            Body whole = draft.keep();
            try {
                return then.apply(whole);
            } finally {
                // what is kept was copied
                whole.discard();
            }
        } catch (StoreException | IOException e) {
            LOG.warn("mail that arrived could not be taken: {}", e.getMessage());
            return NOT_NOW;
        }
    }

    @Override
    public void drop() {
        draft.close();
    }
}
