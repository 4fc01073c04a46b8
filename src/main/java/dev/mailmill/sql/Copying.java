package dev.mailmill.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Large bodies lie outside the snapshot that a copy is made of: as long as one is made they stay.
 *
 * <p>Nothing is forgotten before the change by which no message refers to it is committed. So what
 * is forgotten at once was not in any snapshot that is taken later.
 */
final class Copying {
    private final List<Runnable> owed = new ArrayList<>();
    private int running;

    synchronized void begin() {
        running++;
    }

    /** Forgets what was to be forgotten meanwhile. */
    void end() {
        List<Runnable> now = List.of();
        synchronized (this) {
            running--;
            if (running == 0) {
                now = List.copyOf(owed);
                owed.clear();
            }
        }
        now.forEach(Runnable::run);
    }

    /** At once, or when no copy is made any more. */
    void forget(Runnable what) {
        synchronized (this) {
            if (running > 0) {
                owed.add(what);
                return;
            }
        }
        what.run();
    }
}
