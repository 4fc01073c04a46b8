package dev.mailmill.mail;

/**
 * The store could not do what was asked. Nothing of the failed unit was kept, unless {@link
 * Kind#UNSURE} or the method says so.
 */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is the matter. */
    public enum Kind {
        /** More is asked at once than its queue holds; try again soon. */
        BUSY,
        /** No room on disk. */
        FULL,
        /** Not reachable now; comes back by itself. */
        DOWN,
        /** An fsync failed: nothing may be accepted or delivered until a restart (decision 4). */
        BROKEN,
        /** It was lost while it wrote: the unit may have been kept, and nobody can tell. */
        UNSURE,
        /** The unit itself was wrong: a defect, and only this unit's. */
        REJECTED
    }

    private final Kind kind;

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
