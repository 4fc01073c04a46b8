package dev.mailmill.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * How often a second factor may be tried. Who gets here knows the password, from whatever network,
 * so a person's wrong codes are counted, not a network's: six digits bear no guessing. Thread-safe;
 * there are no more entries than people.
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

    /** How long no code of this person is looked at; zero for not at all. */
    synchronized Duration wait(String person) {
        Wrong tries = wrong.get(person);
        if (tries == null || tries.count() < FREE) {
            return Duration.ZERO;
        }
        Duration all = WAIT.multipliedBy(1L << Math.min(tries.count() - FREE, 10));
        Duration left = Duration.between(clock.instant(), tries.last()
                .plus(all.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : all));
        return left.isNegative() ? Duration.ZERO : left;
    }

    synchronized void failed(String person) {
        wrong.merge(person, new Wrong(1, clock.instant()),
                (before, one) -> new Wrong(before.count() + 1, one.last()));
    }

    synchronized void passed(String person) {
        wrong.remove(person);
    }
}
