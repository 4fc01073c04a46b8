package dev.mailmill.send;

import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Troubles;
import dev.mailmill.mail.StoreException;
import java.util.Optional;

/** What a client hears of a store in trouble, on every route: come again, and what was kept. */
public final class StoreTrouble implements Troubles {
    static final int SOON_SECONDS = 2;
    static final int LATER_SECONDS = 10;
    static final int ROOM_SECONDS = 60;

    @Override
    public Optional<Problem> problem(RuntimeException trouble) {
        return trouble instanceof StoreException store ? of(store.kind()) : Optional.empty();
    }

    private static Optional<Problem> of(StoreException.Kind kind) {
        return switch (kind) {
            case BUSY -> Optional.of(ProblemType.BUSY.problem("More is asked of the store at once "
                    + "than it takes. Send the same request again.", SOON_SECONDS));
            case FULL -> Optional.of(ProblemType.STORE_FULL.problem("The disk is nearly full. What "
                    + "is accepted is still delivered; new mail has to wait.", ROOM_SECONDS));
            case DOWN, BROKEN -> Optional.of(ProblemType.STORE_DOWN.problem("The store can't be "
                    + "used now. Send the same request again, with its Idempotency-Key.",
                    LATER_SECONDS));
            case UNSURE -> Optional.of(ProblemType.MAYBE_KEPT.problem("The store was lost while it "
                    + "wrote: the change may have been made. Look before you send it again.",
                    LATER_SECONDS));
            // the unit itself was wrong, which is our defect
            case REJECTED -> Optional.empty();
        };
    }
}
