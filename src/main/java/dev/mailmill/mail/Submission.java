package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What every door hands over, whatever dialect it speaks.
 *
 * @param who      asked for it
 * @param stream   carries it
 * @param envelope who gets it
 * @param content  what they get
 * @param options  the rest
 */
public record Submission(Who who, Stream stream, Envelope envelope, Content content,
        Options options) {

    /**
     * @param tenant     whose mail it is
     * @param credential the key or login that asked, as shown to people
     * @param door       where it came in
     * @param trace      the text of our Received field after {@code Received: }, without date;
     *                   empty where the door writes none. It never names the client's address.
     */
    public record Who(long tenant, String credential, Door door, String trace) {
    }

    /**
     * @param expiresIn  from acceptance, or from {@code sendAt}; empty for the schedule's own end
     * @param sendAt     not before; empty for now, which a time that is over means too
     * @param tags       at most {@link #TAGS_MAX}, each of {@link #TAG_CHARS_MAX} characters
     * @param metadata   at most {@link #METADATA_MAX} pairs; comes back in the events' answer
     * @param test       handed in with a test credential: kept and shown, never sent
     * @param resentFrom the message that this one is sent again from; 0 for none
     * @param track      what is asked of openings and clicks when it is written; not kept
     */
    public record Options(Optional<Duration> expiresIn, Optional<Instant> sendAt, List<String> tags,
            Map<String, String> metadata, boolean test, long resentFrom, Track track) {
        public static final int TAGS_MAX = 10;
        public static final int TAG_CHARS_MAX = 100;
        public static final int METADATA_MAX = 20;
        public static final int METADATA_NAME_CHARS_MAX = 40;
        public static final int METADATA_CHARS_MAX = 500;
        public static final Options NONE =
                new Options(Optional.empty(), Optional.empty(), List.of(), Map.of());

        public Options {
            tags = List.copyOf(tags);
            metadata = Map.copyOf(metadata);
        }

        public Options(Optional<Duration> expiresIn, Optional<Instant> sendAt, List<String> tags,
                Map<String, String> metadata, boolean test, long resentFrom) {
            this(expiresIn, sendAt, tags, metadata, test, resentFrom, Track.USUAL);
        }

        /** Of a message that is sent for the first time. */
        public Options(Optional<Duration> expiresIn, Optional<Instant> sendAt, List<String> tags,
                Map<String, String> metadata) {
            this(expiresIn, sendAt, tags, metadata, false, 0);
        }

        /** The same, for who hands it in with a test credential or not. */
        public Options ofTest(boolean is) {
            return new Options(expiresIn, sendAt, tags, metadata, is, resentFrom, track);
        }

        /** The same with other metadata. */
        public Options with(Map<String, String> other) {
            return new Options(expiresIn, sendAt, tags, other, test, resentFrom, track);
        }

        /** The same, tracked so. */
        public Options with(Track asked) {
            return new Options(expiresIn, sendAt, tags, metadata, test, resentFrom, asked);
        }

        /** The same for another sending of the message with this id: at once; a test stays one. */
        Options again(long message, boolean asTest) {
            return new Options(expiresIn, Optional.empty(), tags, metadata, test || asTest,
                    message);
        }
    }

    /**
     * Of openings and clicks.
     *
     * @param mode    empty for the stream's
     * @param consent the recipient has agreed to be tracked individually
     */
    public record Track(Optional<Stream.Tracking> mode, boolean consent) {
        public static final Track USUAL = new Track(Optional.empty(), false);
    }

    /**
     * "The same request again" (decision 2). The key covers all submissions of one call.
     *
     * @param key  as the caller gave it, 1 to 255 characters
     * @param hash of the request's body: the same key with another body is a conflict
     */
    public record Idempotency(String key, byte[] hash) {
    }
}
