package dev.mailmill.mail;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that comes round by itself, on a thread of its own: each interval, or when facts have come.
 * A turn that fails is told once and taken again; nothing but {@link #close} ends it. Its times are
 * real ones, whatever the clock says. Thread-safe.
 */
public final class Routine implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Routine.class);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration CUT = Duration.ofMillis(500);
    private static final int DOUBLED_MAX = 10;

    /** What is done each time. */
    @FunctionalInterface
    public interface Work {
        /** @throws Exception to be taken again; one that is no defect comes without its stack */
        void turn() throws Exception;
    }

    /** One step along the journal. */
    @FunctionalInterface
    public interface Step {
        Found step() throws Exception;
    }

    /** What a step has found. */
    public enum Found {
        SOME, NOTHING,
        /** It was taken by another node, which is to go on alone for a moment. */
        TAKEN
    }

    /**
     * How much of a processor following may take from mail.
     *
     * @param share     times a step's own time it rests after it, between the next two
     * @param gatherMillis after the news of what may be nothing to it
     */
    public record Pace(int share, long minMillis, long maxMillis, long gatherMillis) {
        public Pace(int share, long minMillis, long maxMillis) {
            this(share, minMillis, maxMillis, 0);
        }

        private Duration rest(long workedNanos) {
            return Duration.ofMillis(Math.clamp(TimeUnit.NANOSECONDS.toMillis(workedNanos * share),
                    minMillis, maxMillis));
        }
    }

    /**
     * @param retry    after a failed turn, then twice as long, at most the interval
     * @param quiet    without a failed turn for so long a trouble is over: what comes and goes is
     *                 told once
     * @param patience a turn has to end when it is closed, before it is interrupted
     */
    record Times(Duration retry, Duration quiet, Duration patience) {
        private static final Times USUAL = new Times(Duration.ofMinutes(1), Duration.ofMinutes(1),
                Duration.ofSeconds(2));
        /** What is on its way to a disk is given more. */
        private static final Times DISK = new Times(USUAL.retry, USUAL.quiet,
                Duration.ofSeconds(6));
    }

    /** @param awaits whether the bell ends it, and then {@code gathers} begins */
    private record Rest(Duration atMost, boolean awaits, Duration gathers) {
        private static Rest fixed(Duration whole) {
            return new Rest(whole, false, Duration.ZERO);
        }

        private static Rest orWoken(Duration atMost) {
            return new Rest(atMost, true, Duration.ZERO);
        }
    }

    @FunctionalInterface
    private interface Turn {
        Rest take() throws Exception;
    }

    private final String trouble;
    private final News bell;
    private final Turn turn;
    private final Rest first;
    private final Rest again;
    private final Times times;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    /** Of the running thread only, from here on. */
    private long heard;
    private final Set<String> told = new HashSet<>();
    private long failedAt;
    private int failed;
    private int inARow;

    private Routine(Thread.Builder thread, String trouble, News bell, Rest first, Rest again,
            Times times, Turn turn) {
        this.trouble = trouble;
        this.bell = bell;
        this.first = first;
        this.again = again;
        this.times = times;
        this.turn = turn;
        this.heard = bell.rung();
        this.thread = thread.unstarted(this::run);
    }

    /**
     * A turn after each interval, on a virtual thread.
     *
     * @param name    the thread's
     * @param trouble what is the matter when a turn fails, in words for the log
     */
    public static Routine every(String name, String trouble, Duration first, Duration every,
            Work work) {
        return every(Thread.ofVirtual().name(name), trouble, first, every, Times.USUAL, work);
    }

    /** The same on a platform thread, for what waits in native code or for a disk. */
    public static Routine onDisk(String name, String trouble, Duration first, Duration every,
            Work work) {
        return every(Thread.ofPlatform().name(name).daemon(true), trouble, first, every,
                Times.DISK, work);
    }

    static Routine every(Thread.Builder thread, String trouble, Duration first, Duration every,
            Times times, Work work) {
        Rest usual = Rest.orWoken(every);
        return new Routine(thread, trouble, new News(), Rest.orWoken(first), usual, times, () -> {
            work.turn();
            return usual;
        });
    }

    /** Steps along the journal on a virtual thread, as it grows; of other nodes nothing rings. */
    public static Routine follow(String name, String trouble, News news, Pace pace, Step step) {
        Rest second = Rest.fixed(IDLE);
        Rest idle = new Rest(IDLE, true, Duration.ofMillis(pace.gatherMillis()));
        return new Routine(Thread.ofVirtual().name(name), trouble, news, Rest.fixed(Duration.ZERO),
                second, Times.USUAL, () -> {
                    long began = System.nanoTime();
                    return switch (step.step()) {
                        case SOME -> Rest.fixed(pace.rest(System.nanoTime() - began));
                        case NOTHING -> idle;
                        case TAKEN -> second;
                    };
                });
    }

    /** From now on, until it is closed. */
    public Routine start() {
        thread.start();
        return this;
    }

    /** The next turn is now, or right after the one that is running. */
    public void wake() {
        bell.ring();
    }

    /** For long turns: whether to end early. */
    public boolean closing() {
        return closing.getCount() == 0;
    }

    /** For long turns: takes a break; false when it is closed meanwhile. */
    public boolean pause(Duration rest) {
        try {
            return !closing.await(rest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void run() {
        try {
            for (Rest rest = first; rested(rest); rest = taken()) {
                heard = bell.rung();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean rested(Rest rest) throws InterruptedException {
        if (!rest.awaits()) {
            return !closing.await(rest.atMost().toNanos(), TimeUnit.NANOSECONDS);
        }
        bell.await(heard, rest.atMost());
        return !closing.await(rest.gathers().toNanos(), TimeUnit.NANOSECONDS);
    }

    private Rest taken() throws InterruptedException {
        try {
            Rest rest = turn.take();
            inARow = 0;
            if (failed > 0 && System.nanoTime() - failedAt >= times.quiet().toNanos()) {
                log.info("over, after {} failed turns: {}", failed, trouble);
                failed = 0;
                told.clear();
            }
            return rest;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return failed(e);
        }
    }

    private Rest failed(Exception e) {
        boolean passes = e instanceof StoreException s
                ? s.kind() != StoreException.Kind.REJECTED : !(e instanceof RuntimeException);
        String kind = e.getClass().getName()
                + (e instanceof StoreException s ? s.kind() : "");
        if (!closing() && told.add(kind)) {
            log.warn("{}: {}", trouble, e.getMessage(), passes ? null : e);
        }
        failed++;
        failedAt = System.nanoTime();
        Duration wait = times.retry().multipliedBy(1L << Math.min(inARow++, DOUBLED_MAX));
        return wait.compareTo(again.atMost()) < 0 ? new Rest(wait, again.awaits(), again.gathers())
                : again;
    }

    /** A turn that is running is ended, not cut, unless it takes longer than anybody can wait. */
    @Override
    public void close() {
        closing.countDown();
        bell.ring();
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(times.patience())) {
                log.warn("{} does not end its turn and is interrupted", thread.getName());
                thread.interrupt();
                thread.join(CUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
