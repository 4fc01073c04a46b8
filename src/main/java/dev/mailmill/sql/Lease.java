package dev.mailmill.sql;

/** This node's number and epoch (decision 5). */
interface Lease extends AutoCloseable {
    /** The number in our ids; nobody else's while the lease holds. */
    int node();

    /** What our deliveries carry as owner. */
    long epoch();

    /** Whether the epoch is surely ours, by the local monotonic clock. */
    boolean alive();

    @Override
    void close();

    /** One process, one file: the epoch is ours until the process ends. */
    record Sole(long epoch) implements Lease {
        @Override
        public int node() {
            return 0;
        }

        @Override
        public boolean alive() {
            return true;
        }

        @Override
        public void close() {
        }
    }
}
