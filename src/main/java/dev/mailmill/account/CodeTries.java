package dev.mailmill.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * How often a second factor may be tried. Who gets here knows the password, from whatever network,
 * so a person's wrong codes are counted, not a network's: six digits bear no guessing. Thread-safe;
 * there are no more entries than two of each person.
 */
final class CodeTries {
    static final int FREE = 5;
    static final Duration WAIT_MAX = Duration.ofHours(1);
    private static final Duration WAIT = Duration.ofSeconds(30);

    private record Wrong(int count, Instant last) {
    }

    private final InstantSource clock;
    private final Map<String, Wrong> wrong = new HashMap<>();

    CodeTries(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Begins a try, which counts as a wrong one until it has {@link #passed}: a thousand that come
     * at once are a thousand tries. Else how long no code of this person is looked at.
     */
    synchronized Duration begin(String person) {
        Instant now = clock.instant();
        Duration left = left(wrong.get(person), now);
        if (left.isZero()) {
            wrong.merge(person, new Wrong(1, now),
                    (before, one) -> new Wrong(before.count() + 1, one.last()));
        }
        return left;
    }

    private static Duration left(Wrong tries, Instant now) {
        // a clock that was set back is no reason to wait for hours
        if (tries == null || tries.count() < FREE || now.isBefore(tries.last())) {
            return Duration.ZERO;
        }
        Duration all = WAIT.multipliedBy(1L << Math.min(tries.count() - FREE, 10));
        Duration left = Duration.between(now, tries.last()
                .plus(all.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : all));
        return left.isNegative() ? Duration.ZERO : left;
    }

    synchronized void passed(String person) {
        wrong.remove(person);
    }
}
