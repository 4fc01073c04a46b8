package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How much a way out bears: what receivers' rules, their replies and the age of our own sources
 * allow. Answers from memory; thread-safe.
 */
public interface Traffic {
    /** The road that a delivery takes to a site: chooses among our sources. */
    Road road(Transport.Site site, Delivery delivery, Message message);

    /** The keys of all roads that a pool's sources have to a site; at least one. */
    List<String> roads(Transport.Site site, String pool);

    /** Whose mail: flows take turns, so that nobody's bulk delays another's. */
    record Flow(long tenant, long stream, String author, TrafficClass carries) {
    }

    /** Everything that goes to one site from one of our sources. */
    interface Road {
        /** Site and source: unique among roads. */
        String key();

        Transport.Site site();

        /** By name; empty where there is only one way out. */
        String source();

        /** Attempts side by side, of both classes together. */
        int attemptsMax();

        /** Those of them that bulk may have: the rest is kept for transactional mail. */
        int bulkMax();

        /** Whether anything went well there lately. */
        boolean proven();

        /** What keeps a flow back now. */
        Optional<Hold> hold(Flow flow, Instant now);

        /**
         * When the next attempt may begin. Up to {@code now + grace} the place in the rate is
         * taken; a later one is only told.
         */
        Instant pace(Instant now, Duration grace);

        /** Messages that one connection may carry; 0 for the transport's own number. */
        int messagesMax();

        /** As {@link #pace}, for opening a connection. */
        Instant connect(Instant now, Duration grace);

        /** A delivery of the flow is taken for an attempt ... */
        void began(Flow flow);

        /** ... and that is over, whatever came of it. */
        void ended(Flow flow);

        /** Learns from an attempt. */
        Effect told(Flow flow, Outcome outcome, Instant now);

        /** For people and programs. */
        Picture picture(Instant now);
    }

    /**
     * What an outcome says about the road.
     *
     * @param fault whether the road is at fault, so that the delivery spends no attempt
     * @param pause how long it waits then
     */
    record Effect(boolean fault, Duration pause) {
        public static final Effect NONE = new Effect(false, Duration.ZERO);
    }

    /**
     * Why nothing goes.
     *
     * @param reason     for people, without a full stop
     * @param until      when it ends; {@link Instant#MAX} when a person has to end it
     * @param reply      what a server said; local and empty where none did
     * @param reach      whom it concerns
     */
    record Hold(Constraint constraint, String reason, Instant until, Reply reply, Reach reach) {
        /** What kind of reason it is; its word is stable for programs. */
        public enum Constraint {
            /** The site is at fault: no connection, 421, 4.7.x. */
            LANE,
            /** A rule's reaction to a reply. */
            RULE,
            /** Too many refusals by policy. */
            BREAKER,
            /** Our own care with what is new: it must not make mail too old. */
            WARM_UP,
            /** A person's word. */
            PAUSED,
            /** No source of ours takes it. */
            SOURCE;

            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        /** How far a hold reaches. */
        public enum Reach {
            ROAD, CLASS, FLOW
        }
    }

    /**
     * How a road stands.
     *
     * @param allowed    attempts that may run now
     * @param ceiling    what they may grow to
     * @param rate       of the rules, {@code 100/min}, with the reason where it is halved; empty
     *                   for none
     * @param delivered  in the last full minute, or in this one when that is more; as the next two
     * @param last       what was said last
     * @param fault      what was said when it last failed as a whole
     */
    record Picture(int allowed, int ceiling, String rate, int delivered, int deferred,
            int refused, Reply last, Reply fault) {
    }
}
