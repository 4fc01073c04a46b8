package dev.mailmill.template;

import java.util.concurrent.Semaphore;

/**
 * What works on templates longer than sending does takes turns: it occupies half of the processors
 * at most, and the other half is left to mail, whoever tries what. Thread-safe.
 */
final class Turns {
    private final Semaphore turns =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    /** Some work that may be refused. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    <T, E extends Exception> T take(Work<T, E> work) throws E {
        turns.acquireUninterruptibly();
        try {
            return work.run();
        } finally {
            turns.release();
        }
    }
}
