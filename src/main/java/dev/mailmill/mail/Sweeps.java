package dev.mailmill.mail;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A person's word on all mail of a kind that waits in the store, piece by piece. */
public interface Sweeps {
    /**
     * Whose mail. Everything that is said must fit.
     *
     * @param tenant  0 for all
     * @param stream  0 for all
     * @param state   empty for all that waits; then what its sender wants later is not tried now
     * @param domains of recipients
     */
    record Which(long tenant, long stream, Optional<State> state, Predicate<String> domains) {
    }

    /** What is done with it. */
    sealed interface Act {
        /** Tried now. */
        record Flush() implements Act {
        }

        record Cancel() implements Act {
        }

        /** @param reply what its events say */
        record Bounce(Reply reply) implements Act {
        }
    }

    /**
     * Acts on what waits and nobody has in memory, with a fact each where a state changes.
     *
     * @param most of them
     * @return how many there were; fewer than {@code most}: there are no more
     */
    int sweep(Act act, Which which, int most);

    /**
     * How many an act would concern now, those in a node's memory too. What is being sent at this
     * moment is not counted.
     *
     * @param most that are counted
     */
    int count(Act act, Which which, int most);

    /** Flows that wait: their tenant, stream and domain, the first of them all. */
    List<Waiting> waiting(int most);

    /** @param count of deliveries, at most {@link #COUNTED} */
    record Waiting(long tenant, long stream, TrafficClass carries, String domain, int count,
            long due) {
    }

    /** No flow is counted further: its page says "or more". */
    int COUNTED = 10_000;
}
