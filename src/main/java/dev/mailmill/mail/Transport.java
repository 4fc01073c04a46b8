package dev.mailmill.mail;

import java.time.Duration;
import java.util.Optional;

/** A way out. Thread-safe; blocks the caller's virtual thread, with a deadline on every wait. */
public interface Transport {
    /**
     * Where a delivery goes, if that is known without asking the network; else {@link #find} is
     * asked. Cheap.
     */
    Optional<Site> site(Delivery delivery);

    /** The same, found out: may ask the network, with a deadline. Never throws. */
    Site find(Delivery delivery);

    /**
     * A place that takes mail: deliveries to one site may share connections.
     *
     * @param name        unique; what people read
     * @param provider    who runs it, as the rules call it; empty where no receiver's rules hold
     * @param attemptsMax at once from one source; 0 where the provider's rules say
     * @param servers     the same servers: a connection made for one delivery fits another only if
     *                    this is equal
     */
    record Site(String name, String provider, int attemptsMax, String servers) {
        /** One of the operator's own. */
        public static Site own(String name, int attemptsMax) {
            return new Site(name, "", attemptsMax, name);
        }
    }

    /**
     * One attempt, from connecting to the final reply. Never throws for what a peer does: that is
     * an outcome. Connections are given back before it returns.
     */
    Outcome attempt(Attempt attempt);

    /** What one attempt may ask of the core. Used by one thread. */
    interface Attempt {
        Delivery delivery();

        Message message();

        /** The road it was given: site and source. */
        Traffic.Road road();

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
