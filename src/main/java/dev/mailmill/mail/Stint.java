package dev.mailmill.mail;

/**
 * How long a thread has computed without a pause. A virtual thread that does so for long keeps a
 * processor from all that have only a few steps to go, such as a click beside a batch of 500 mails:
 * in between it goes to the end of the queue. One thread.
 */
public final class Stint {
    private static final long AT_MOST_NANOS = 5_000_000;

    private long began = System.nanoTime();

    /** Between two pieces of work of less than some milliseconds each. */
    public void pause() {
        if (System.nanoTime() - began >= AT_MOST_NANOS) {
            Thread.yield();
            began = System.nanoTime();
        }
    }
}
