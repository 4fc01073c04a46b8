package dev.mailmill.exit;

import dev.mailmill.mail.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How each exit did last, on this node since its start. Thread-safe. */
final class Standings {
    private final Map<String, Standing> byId = new ConcurrentHashMap<>();
    private final InstantSource clock;

    Standings(InstantSource clock) {
        this.clock = clock;
    }

    /** The word is stable for programs. */
    enum State {
        UNUSED, GOOD, RESTING, FAILING
    }

    /**
     * @param good  when mail was last taken, or a recipient refused there, which shows it works;
     *              {@link Instant#MIN} for never
     * @param bad   when the exit itself last failed; as above
     * @param error what was said then
     * @param rests until when others have its mail
     */
    record Standing(Instant good, Instant bad, String error, Instant rests) {
        static final Standing NONE = new Standing(Instant.MIN, Instant.MIN, "", Instant.MIN);

        State state(Instant now) {
            return rests.isAfter(now) ? State.RESTING
                    : bad.isAfter(good) ? State.FAILING
                    : good.equals(Instant.MIN) ? State.UNUSED : State.GOOD;
        }
    }

    Standing of(Exit exit) {
        return byId.getOrDefault(exit.id(), Standing.NONE);
    }

    void worked(Exit exit) {
        Instant now = clock.instant();
        byId.compute(exit.id(), (_, s) -> new Standing(now,
                s == null ? Instant.MIN : s.bad(), s == null ? "" : s.error(), Instant.MIN));
    }

    /** @param rest zero for none */
    void failed(Exit exit, Reply why, Duration rest) {
        Instant now = clock.instant();
        String who = why.host().isEmpty() ? "" : why.host() + ": ";
        byId.compute(exit.id(), (_, s) -> new Standing(s == null ? Instant.MIN : s.good(), now,
                who + why, now.plus(rest)));
    }
}
