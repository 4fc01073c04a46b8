package dev.mailmill.sql;

import dev.mailmill.mail.StoreException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees rows that this node took and that are in nobody's memory, in the background, until it has
 * succeeded: they can be claimed again without a restart.
 */
final class GiveBack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GiveBack.class);
    private static final int WAITING_MAX = 10_000;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 500;
    private static final long CLOSE_MILLIS = 2_000;

    private final Writer writer;
    private final BlockingQueue<Units.Taken> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread thread;
    private volatile Runnable then = () -> { };

    GiveBack(Writer writer) {
        this.writer = writer;
        this.thread = Thread.ofPlatform().name("store-give-back").daemon(true).start(this::work);
    }

    /** @param then called after each success */
    void then(Runnable then) {
        this.then = then;
    }

    /** Never blocks: the writer calls it too. */
    void put(long[] ids, long epoch) {
        if (ids.length > 0 && !waiting.offer(new Units.Taken(ids, epoch))) {
            LOG.error("{} deliveries wait for the next start: too many are given back at once",
                    ids.length);
        }
    }

    private void work() {
        try {
            while (true) {
                Units.Taken taken = waiting.take();
                while (!freed(taken)) {
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The wait ends with the pause's interrupt when the store closes. */
    private boolean freed(Units.Taken taken) {
        try {
            writer.submit(new Units.Free(taken.ids(), taken.epoch())).await(WAIT);
            then.run();
            LOG.warn("{} deliveries were given back unattempted", taken.ids().length);
            return true;
        } catch (StoreException e) {
            LOG.debug("giving deliveries back has to wait", e);
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
