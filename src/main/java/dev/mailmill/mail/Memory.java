package dev.mailmill.mail;

import java.util.List;

/**
 * How much mail may wait in memory, by count and by octets, with a share that bulk can't take from
 * transactional (decision 9). What does not fit waits in the store. Thread-safe.
 */
final class Memory {
    /** What a delivery costs besides its content, roughly. */
    private static final long OVERHEAD_BYTES = 500;
    /** Bulk leaves a quarter to transactional. */
    private static final double BULK_SHARE = 0.75;
    /** Of that the third that fresh bulk leaves to bulk of the store, where flows take turns. */
    private static final double NEW_BULK_SHARE = 0.5;

    private final int countMax;
    private final long bytesMax;
    private int count;
    private long bytes;

    Memory(int countMax, long bytesMax) {
        this.countMax = countMax;
        this.bytesMax = bytesMax;
    }

    static long cost(Message message, int sharedBy) {
        Letter letter = message.letter();
        long content = letter.head().length
                + switch (letter.body()) {
                    case Body.InMemory b -> b.size();
                    case Body.Made m -> m.recipe().length;
                    case Body _ -> 0;
                };
        return OVERHEAD_BYTES + content / Math.max(1, sharedBy);
    }

    static long cost(List<Spool.Job> jobs) {
        long sum = 0;
        for (Spool.Job job : jobs) {
            sum += cost(job.message(), 1);
        }
        return sum;
    }

    boolean reserve(TrafficClass carries, int moreCount, long moreBytes) {
        return reserve(carries == TrafficClass.BULK ? BULK_SHARE : 1, moreCount, moreBytes);
    }

    /** For what a door has just taken. */
    boolean reserveNew(TrafficClass carries, int moreCount, long moreBytes) {
        return reserve(carries == TrafficClass.BULK ? NEW_BULK_SHARE : 1, moreCount, moreBytes);
    }

    private synchronized boolean reserve(double share, int moreCount, long moreBytes) {
        if (count + moreCount > countMax * share || bytes + moreBytes > bytesMax * share) {
            return false;
        }
        count += moreCount;
        bytes += moreBytes;
        return true;
    }

    synchronized void release(int lessCount, long lessBytes) {
        count -= lessCount;
        bytes -= lessBytes;
    }

    synchronized int count() {
        return count;
    }
}
