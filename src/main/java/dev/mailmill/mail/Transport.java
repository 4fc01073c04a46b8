package dev.mailmill.mail;

import java.time.Duration;

/** A way out. Thread-safe; blocks the caller's virtual thread, with a deadline on every wait. */
public interface Transport {
    /**
     * The queue in which a delivery waits: deliveries of one lane go to the same place and may
     * share connections. Cheap and without network.
     */
    String lane(Delivery delivery);

    /** How many attempts of one lane may run at once. */
    int attemptsMax(String lane);

    /**
     * One attempt, from connecting to the final reply. Never throws for what a peer does: that is
     * an outcome. Connections are given back before it returns.
     */
    Outcome attempt(Attempt attempt);

    /** What one attempt may ask of the core. Used by one thread. */
    interface Attempt {
        Delivery delivery();

        Message message();

        /** The bytes for this peer; asked after EHLO, since nothing is signed for a dead line. */
        Composer.Outgoing compose(Composer.PeerCapabilities peer) throws Composer.Uncomposable;

        /** Asks the store to note that the dot may be sent; returns at once. Called at MAIL. */
        void askIntent();

        /**
         * Waits until the intent is durable. False: we no longer own the delivery, or it could not
         * be noted in time, and the dot must not be sent (decision 6).
         */
        boolean awaitIntent(Duration atMost);

        /** Keeps what was said, for the first and last failure (decision 13). May stay uncalled. */
        void conversation(String transcript);
    }
}
