package dev.mailmill.lane;

import dev.mailmill.mail.Outcome;
import java.time.Instant;

/** What became of attempts in this minute and the last. Guarded by its road. */
final class Minute {
    private static final int DELIVERED = 0;
    private static final int DEFERRED = 1;
    private static final int REFUSED = 2;

    private int[] now = new int[3];
    private int[] before = new int[3];
    private long minute = Long.MIN_VALUE;

    void count(Outcome outcome, Instant at) {
        turn(at);
        switch (outcome) {
            case Outcome.Delivered _, Outcome.Relayed _, Outcome.Captured _ -> now[DELIVERED]++;
            case Outcome.Deferred _, Outcome.Ambiguous _ -> now[DEFERRED]++;
            case Outcome.Bounced _, Outcome.Failed _ -> now[REFUSED]++;
            case Outcome.Held _ -> { }
        }
    }

    private void turn(Instant at) {
        long current = at.getEpochSecond() / 60;
        if (current > minute) {
            before = current == minute + 1 ? now : new int[3];
            now = new int[3];
            minute = current;
        }
    }

    int delivered(Instant at) {
        return of(DELIVERED, at);
    }

    int deferred(Instant at) {
        return of(DEFERRED, at);
    }

    int refused(Instant at) {
        return of(REFUSED, at);
    }

    /** The last full minute, or what there is of this one when that is more. */
    private int of(int kind, Instant at) {
        turn(at);
        return Math.max(before[kind], now[kind]);
    }
}
