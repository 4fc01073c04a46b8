package dev.mailmill.compose;

import dev.mailmill.mail.Stream;
import dev.mailmill.tracking.Marking;
import java.io.DataInput;
import java.io.IOException;
import java.util.Optional;

/** How the links of a message that we write are led past us. Thread-safe. */
public interface LinkMarks {
    /** Nobody asks who reads what. */
    LinkMarks NONE = new LinkMarks() {
        @Override
        public Optional<Marking> of(Stream.Tracking mode, Stream stream, String authorDomain,
                long message, int recipients) {
            return Optional.empty();
        }

        @Override
        public Optional<String> wayOut(Stream stream, String authorDomain, long delivery) {
            return Optional.empty();
        }

        @Override
        public Marking read(DataInput in) throws IOException {
            throw new IOException("links are not marked here");
        }
    };

    /** Empty where they lead where they lead. */
    Optional<Marking> of(Stream.Tracking mode, Stream stream, String authorDomain, long message,
            int recipients);

    /** Where one click ends the stream for the recipient of this delivery. */
    Optional<String> wayOut(Stream stream, String authorDomain, long delivery);

    /** What {@link Marking#write} has written. */
    Marking read(DataInput in) throws IOException;
}
