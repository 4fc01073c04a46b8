package dev.mailmill.mail;

import java.time.Duration;

/**
 * Why Intake does not take a submission; a door says it in its own dialect.
 *
 * @param index  which submission of the call, from 0
 * @param field  what is wrong, as a path a door can translate: {@code from}, {@code headers/X-A},
 *               {@code recipients/3}; empty when it is the whole
 * @param detail what happened, to what, and what to do: one sentence a user can act on
 * @param lasts  how long the same submission is refused for sure; zero where nobody knows
 */
public record Refusal(int index, Reason reason, String field, String detail, Duration lasts) {

    public Refusal(int index, Reason reason, String field, String detail) {
        this(index, reason, field, detail, Duration.ZERO);
    }

    /** Closed set: a door decides its reply by it. */
    public enum Reason {
        /** The message is malformed and would not survive the trip. */
        BAD_CONTENT,
        /** The message has been through too many servers. */
        LOOP,
        /** A recipient or sender address is no address. */
        BAD_ADDRESS,
        /** Over a size limit. */
        TOO_LARGE,
        /** Over 1,000 recipients. */
        TOO_MANY_RECIPIENTS,
        /** The author's domain is not proven for this tenant. */
        NOT_YOURS,
        /** Over a quota; comes back later. */
        OVER_QUOTA,
        /** The tenant or credential may not send. */
        SUSPENDED,
        /** The same idempotency key with another body. */
        KEY_CONFLICT,
        /** Too much at once; try again at once. */
        BUSY,
        /** The disk is nearly full; delivery goes on and makes room. */
        STORE_FULL,
        /** The store can't be reached or is broken; nothing was kept. */
        STORE_DOWN,
        /** The store was lost while it wrote: it may have been kept, and again may be a copy. */
        MAYBE_KEPT;

        /** Whether the same submission can succeed later without a change. */
        public boolean temporary() {
            return switch (this) {
                case OVER_QUOTA, BUSY, STORE_FULL, STORE_DOWN, MAYBE_KEPT -> true;
                case BAD_CONTENT, LOOP, BAD_ADDRESS, TOO_LARGE, TOO_MANY_RECIPIENTS, NOT_YOURS,
                        SUSPENDED, KEY_CONFLICT -> false;
            };
        }
    }

    /** The first submission's. */
    public static Refusal of(Reason reason, String field, String detail) {
        return new Refusal(0, reason, field, detail);
    }

    /** The same, refused for sure for so long. */
    public Refusal lasting(Duration time) {
        return new Refusal(index, reason, field, detail, time);
    }

    Refusal at(int place) {
        return new Refusal(place, reason, field, detail, lasts);
    }
}
