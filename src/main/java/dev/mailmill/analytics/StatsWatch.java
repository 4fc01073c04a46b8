package dev.mailmill.analytics;

import dev.mailmill.mail.Journal.Position;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Audits each hour of the statistics once it is over, and tells the drift as a metric. */
public final class StatsWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatsWatch.class);
    private static final Duration FIRST = Duration.ofMinutes(2);
    private static final Duration EVERY = Duration.ofMinutes(5);
    /** An hour's last facts may be written a little later. */
    private static final Duration SETTLED = Duration.ofMinutes(5);
    /** Between pages: it takes its time from mail. */
    private static final long REST_MILLIS = 50;

    private final StatsAudit audit;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    /** Of the hour that was audited last; no number before there is one. */
    private volatile double drift = Double.NaN;
    /** The last hour that was audited. */
    private long done;
    private Position next = Position.START;

    private StatsWatch(StatsAudit audit, InstantSource clock, MeterRegistry meters) {
        this.audit = audit;
        this.clock = clock;
        Gauge.builder("mailmill.stats.drift", this, w -> w.drift)
                .description("by how much the statistics' last audited hour differs from the"
                        + " journal; 0 is right").register(meters);
    }

    /** Begins, until it is closed. */
    public static StatsWatch follow(StatsAudit audit, InstantSource clock,
            MeterRegistry meters) {
        StatsWatch watch = new StatsWatch(audit, clock, meters);
        Thread.ofVirtual().name("stats-watch").start(watch::work);
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

    /** The last hour that is over, unless it was audited. */
    void look() {
        long hour = Stats.hour(clock.instant().minus(SETTLED)) - 1;
        if (hour <= done) {
            return;
        }
        try {
            Position begin = next.compareTo(Position.START) > 0 && hour == done + 1 ? next
                    : StatsAudit.start(hour);
            StatsAudit.Finding found = audit.of(hour, hour + 1, begin, this::rested);
            if (closing.getCount() == 0) {
                return;
            }
            drift = found.drift();
            next = found.next();
            done = hour;
            if (found.drift() > 0) {
                LOG.warn("the statistics of the hour from {} differ from the journal by {};"
                        + " ./mailmill stats --audit {} shows where", Stats.time(hour),
                        found.drift(), Stats.time(hour).toString().substring(0, 10));
            }
        } catch (RuntimeException e) {
            LOG.warn("The statistics can't be audited now: {}", e.getMessage());
        }
    }

    private boolean rested() {
        try {
            return !closing.await(REST_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
