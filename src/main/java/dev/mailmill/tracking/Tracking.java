package dev.mailmill.tracking;

import dev.mailmill.account.Secrets;
import dev.mailmill.mail.Stream;
import dev.mailmill.tracking.LinkToken.Mark;
import java.io.DataInput;
import java.io.IOException;
import java.util.Optional;

/** Which messages have their links led past us, and how. Thread-safe. */
public final class Tracking {
    private final LinkToken tokens;
    private final LinkHosts hosts;

    public Tracking(Secrets secrets, LinkHosts hosts) {
        this.tokens = new LinkToken(secrets.ring("links"));
        this.hosts = hosts;
    }

    LinkToken tokens() {
        return tokens;
    }

    /**
     * How links are marked; empty where they are left alone.
     *
     * @param domain     that signs
     * @param message    its id
     * @param recipients of the message
     */
    public Optional<Marking> of(Stream.Tracking mode, long stream, String domain, long message,
            int recipients) {
        boolean alone = recipients == 1;
        Mark mark = switch (mode) {
            case NONE -> null;
            // a message with one recipient names its recipient: then only the stream is told
            case AGGREGATE -> new Mark(false, stream, alone ? 0 : message);
            case INDIVIDUAL -> new Mark(true, stream, message);
        };
        return Optional.ofNullable(mark).flatMap(m -> hosts.prefix(domain)
                .map(prefix -> new Marking(tokens, prefix, m)));
    }

    /** What {@link Marking#write} has written. */
    public Marking read(DataInput in) throws IOException {
        return Marking.read(tokens, in);
    }
}
