package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import java.util.Optional;

/** What is the matter with a store: the worst that is known. */
final class Health {
    private volatile boolean broken;
    private volatile boolean down;
    private volatile boolean unreached;
    private volatile boolean full;

    Optional<Kind> trouble() {
        return Optional.ofNullable(
                broken ? Kind.BROKEN : down || unreached ? Kind.DOWN : full ? Kind.FULL : null);
    }

    boolean broken() {
        return broken;
    }

    boolean full() {
        return full;
    }

    void broke() {
        broken = true;
    }

    void down(boolean is) {
        down = is;
    }

    /** The lease's own word, apart from the writer's: who writes nothing notices nothing. */
    void unreached(boolean is) {
        unreached = is;
    }

    void full(boolean is) {
        full = is;
    }

    /** @throws StoreException when new mail can't be taken now: before anything is written */
    void mustTakeMail() {
        Optional<Kind> kind = trouble();
        if (kind.isPresent()) {
            throw error(kind.get(), null);
        }
    }

    static StoreException error(Kind kind, Throwable cause) {
        String text = switch (kind) {
            case BUSY -> "the store has too much to do at once; try again soon";
            case FULL -> "no room is left on the store's disk";
            case DOWN -> "the store can't be reached now";
            case BROKEN -> "the store's disk failed to keep what was written; it needs a restart";
            case UNSURE -> "the store was lost while it wrote; the change may have been kept";
            case REJECTED -> "the store refused the change: "
                    + (cause == null ? "" : cause.getMessage());
        };
        return new StoreException(kind, text, cause);
    }
}
