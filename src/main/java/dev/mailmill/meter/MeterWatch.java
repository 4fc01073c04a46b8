package dev.mailmill.meter;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks each hour who has become a bulk sender. */
public final class MeterWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MeterWatch.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration EVERY = Duration.ofHours(1);

    private final Meter meter;
    private final CountDownLatch closing = new CountDownLatch(1);

    private MeterWatch(Meter meter) {
        this.meter = meter;
    }

    /** Begins, until it is closed. */
    public static MeterWatch follow(Meter meter) {
        MeterWatch watch = new MeterWatch(meter);
        Thread.ofVirtual().name("meter-watch").start(watch::work);
        return watch;
    }

    private void work() {
        try {
            for (Duration wait = FIRST; !closing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
                    wait = EVERY) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            meter.mark();
        } catch (RuntimeException e) {
            LOG.warn("Bulk senders can't be told now: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
