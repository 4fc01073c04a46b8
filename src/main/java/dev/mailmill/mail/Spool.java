package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The mail in flight: the only mutable truth about deliveries. Every change carries its fact, in
 * the same transaction, and is fsynced when the call (or the {@link Pending}) answers. All methods
 * throw {@link StoreException}.
 */
public interface Spool {
    /**
     * One unit, all or nothing: messages, deliveries and their first facts.
     *
     * @param owned whether this node delivers them from memory; else they wait to be claimed
     */
    Added add(List<Addition> additions, Optional<Submission.Idempotency> idempotency,
            boolean owned);

    /**
     * What {@link #add} would answer for the key alone, adding nothing; empty when the key is new.
     * Never {@link Added.Stored}.
     */
    default Optional<Added> earlier(long tenant, Submission.Idempotency idempotency) {
        return Optional.empty();
    }

    /** @param first the facts of each delivery, in the deliveries' order, each at least one */
    record Addition(Message message, List<Delivery> deliveries, List<List<Fact>> first) {
    }

    /**
     * What became of {@link #add}.
     *
     * <p>An epoch is an opaque number that tells under which ownership a delivery was taken; who
     * has a delivery in memory hands it back with each change, so that a copy that outlived its
     * ownership changes nothing.
     */
    sealed interface Added {
        /** @param epoch of the deliveries that this node owns */
        record Stored(long epoch) implements Added {
        }

        /** The key was used by an equal request: its receipts, as they were then. */
        record Replayed(List<Admission.Receipt> receipts) implements Added {
        }

        /** The key was used by another request. */
        record Conflict() implements Added {
        }
    }

    /** Notes that the attempt may send its dot. False when the delivery is no longer ours. */
    Pending intend(Delivery delivery, long epoch);

    /**
     * The outcome of an attempt, with its fact. False when the delivery is no longer ours (or was
     * cancelled): somebody else has settled it or will.
     */
    Pending settle(Settlement settlement);

    /**
     * @param delivery   as it was claimed
     * @param next       its new state; a final one ends our ownership, an open one too
     * @param attempts   spent in all
     * @param due        when it is tried next; ignored for final states
     * @param facts      at least one, in order
     * @param transcript the conversation to keep; empty for none
     * @param epoch      under which it was taken
     */
    record Settlement(Delivery delivery, State next, int attempts, Instant due, List<Fact> facts,
            String transcript, long epoch) {
    }

    /** Something the writer will answer. */
    interface Pending {
        /**
         * Blocks until it is durable.
         *
         * @return whether it took effect
         * @throws StoreException when it failed or the time is over: then it may still happen
         */
        boolean await(Duration atMost);
    }

    /**
     * Takes deliveries that are due and nobody's into this node's memory, the least-served flow
     * first. Blocks. Fewer than asked for means there were no more.
     *
     * @param unwanted passed over
     */
    List<Job> claim(TrafficClass carries, int countMax, long bytesMax, Instant now,
            Unwanted unwanted);

    /** Mail whose lane is shut or full: one stream's may be when another's to the domain is not. */
    interface Unwanted {
        /** Everything is wanted. */
        Unwanted NOTHING = (_, _) -> false;

        boolean has(long stream, String domain);
    }

    /**
     * A delivery and its message, ready to be attempted.
     *
     * @param epoch under which it was taken
     */
    record Job(Delivery delivery, Message message, long epoch) {
    }

    /** When the next delivery that nobody owns falls due; empty when there is none. */
    Optional<Instant> nextDue(TrafficClass carries);

    /**
     * Gives deliveries back, unattempted: no fact, no attempt spent. Their end is stored as they
     * say it.
     */
    Pending release(List<Delivery> deliveries, long epoch, Instant due);

    /**
     * Ends open deliveries whose time is over and that nobody owns, with an expired fact each.
     *
     * @param untried what was never tried ends only when its time was over by then
     * @return how many, at most {@code max}
     */
    int expire(Instant now, Instant untried, int max);

    /**
     * After a start: every delivery that a dead owner held falls due again, those with an intent
     * and no outcome as ambiguous (decision 6).
     *
     * @return how many were ambiguous
     */
    int recover(Instant now, Streams streams);

    /** Lets held deliveries of the hold mode go. */
    int releaseHeld(Instant now, int max);

    /**
     * Takes open deliveries of one message back, whoever owns them, each with a cancelled fact.
     * Wins only while no intent is noted: then no dot follows; else the attempt goes on.
     *
     * @param deliveries  of one message, at least one
     * @param idempotency remembered when something was done: the same request again does nothing
     */
    Acted cancel(List<Delivery> deliveries, Optional<Submission.Idempotency> idempotency);

    /**
     * Lets held deliveries of one message go on: queued, or, with a scheduled fact, scheduled.
     *
     * @param due when they are to be attempted; before {@code now} counts as now
     */
    Acted letGo(List<Delivery> deliveries, Instant due, Instant now,
            Optional<Submission.Idempotency> idempotency);

    /** What became of {@link #cancel} or {@link #letGo}. */
    sealed interface Acted {
        /**
         * @param standings of those that were asked for, in their order
         * @param replayed  the key was used by an equal request: these are its standings of then
         */
        record Done(List<Standing> standings, boolean replayed) implements Acted {
            public Done {
                standings = List.copyOf(standings);
            }

            /** Whether the request has taken effect on anybody, now or when it was first made. */
            public boolean any() {
                return standings.stream().anyMatch(Standing::changed);
            }
        }

        /** The key was used by another request. */
        record Conflict() implements Acted {
        }
    }

    /**
     * How one delivery stands after a change was asked for.
     *
     * @param address  as submitted
     * @param changed  whether it is as was asked for: now, or cancelled before
     * @param underWay an attempt of it has noted its intent and has no outcome yet
     */
    record Standing(String address, State state, boolean changed, boolean underWay) {
    }

    /**
     * The later word of who took a message over, proven to be theirs: what is relayed becomes
     * delivered or bounced, once, with its fact.
     *
     * @param next {@link State#DELIVERED} or {@link State#BOUNCED}
     */
    default Told told(long delivery, State next, Reply reply) {
        return Told.UNKNOWN;
    }

    /**
     * What is said of a delivery after it left, by a word that is proven to be about it: each kind
     * counts once. A bounce of what its recipient's server had taken is a fact beside the state.
     */
    default Told heard(long delivery, Heard what) {
        return Told.UNKNOWN;
    }

    /** Takes down facts that change no state and are nobody's word: all of them, or throws. */
    default void note(List<Noted> all) {
    }

    /**
     * A step of who follows the journal and adds facts to it: the facts and the step of its cursor
     * in one transaction, so that each is said once.
     *
     * @return false when the cursor was not where the step begins: nothing was written
     */
    default boolean step(Step step) {
        return false;
    }

    /** Where such a follower is; empty before its first step. */
    default Optional<String> cursor(String name) {
        return Optional.empty();
    }

    /**
     * @param from   empty for the first step
     * @param to     where it is afterwards
     */
    record Step(String cursor, String from, String to, List<Ruling> rulings) {
        public Step {
            rulings = List.copyOf(rulings);
        }
    }

    /**
     * A verdict, about to be written.
     *
     * @param day    since 1970, within which a key counts once
     * @param key    of who called for what: the second of a day is {@link Fact.Verdict#again}; 0
     *               where each counts
     */
    record Ruling(long tenant, long stream, long message, long delivery, Fact.Verdict verdict,
            long day, long key) {
    }

    /** @param message and {@code delivery}: 0 where it is not known which */
    record Noted(long tenant, long stream, long message, long delivery, Fact fact) {
    }

    /** Something that {@link #heard} takes down. */
    sealed interface Heard {
        record Delivered(Reply reply) implements Heard {
        }

        record Bounced(Reply reply) implements Heard {
        }

        /** @param kind and {@code by}: {@link Fact.Complained} */
        record Complained(String kind, String by) implements Heard {
        }

        /** @param by and {@code all}: {@link Fact.Unsubscribed} */
        record Unsubscribed(String by, boolean all) implements Heard {
            public Unsubscribed(String by) {
                this(by, false);
            }
        }

        /** @param automatic nobody wrote it */
        record Replied(boolean automatic) implements Heard {
        }
    }

    /** What a later word has found. */
    enum Told {
        /** It is taken down: relayed has become what was said, or a fact says it. */
        SETTLED,
        /** Its attempt has no outcome yet: the word came before, and should come again. */
        TOO_EARLY,
        /** It ended otherwise, or somebody's word was first. */
        OVER,
        /** There is no such delivery. */
        UNKNOWN
    }

    /** Whether a fact says that an attempt of it may have been taken. */
    default boolean doubtful(Delivery delivery) {
        return false;
    }

    /** One message of a tenant with its deliveries; empty when there is none. */
    Optional<Sight> find(long tenant, long messageId);

    /** @param deliveries in the envelope's order */
    record Sight(Message message, List<Delivery> deliveries) {
    }

    /** How many deliveries are open, by state; from a running count, not a scan. */
    long open();

    /** Whether the store takes mail now: reachable, not broken, room on disk. Empty if it does. */
    Optional<StoreException.Kind> trouble();
}
