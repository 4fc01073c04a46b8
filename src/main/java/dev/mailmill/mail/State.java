package dev.mailmill.mail;

import java.util.Locale;

/** Where one delivery stands. Four states are open, eight are final and never change again. */
public enum State {
    /** Waits for a time that the sender chose. */
    SCHEDULED(1),
    /** Due: waits for its turn in a lane. */
    QUEUED(2),
    /** Was tried; waits for the next try. */
    DEFERRED(3),
    /** Kept back until a person or a rule lets it go. */
    HELD(4),
    /** The recipient's own server said 2xx. */
    DELIVERED(10),
    /** A smart host or an API took it. */
    RELAYED(11),
    /** Kept and shown, never sent. */
    CAPTURED(12),
    /** The recipient's server refused it for good. */
    BOUNCED(13),
    /** Not sent: the recipient must not be mailed. */
    SUPPRESSED(14),
    /** Its time ran out before a server took it. */
    EXPIRED(15),
    /** The sender took it back. */
    CANCELLED(16),
    /** We could not make or sign it. */
    FAILED(17);

    private final int code;

    State(int code) {
        this.code = code;
    }

    /** The number that is stored; stable for ever. */
    public int code() {
        return code;
    }

    /** Whether more can happen to the delivery. */
    public boolean open() {
        return code < 10;
    }

    /** The word that the API and the pages use: {@code queued}, {@code delivered}, … */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when no state has this code: a damaged row */
    public static State of(int code) {
        for (State s : values()) {
            if (s.code == code) {
                return s;
            }
        }
        throw new IllegalArgumentException("no state has code " + code);
    }
}
