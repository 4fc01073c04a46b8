package dev.mailmill.analytics;

import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Routine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
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
    private static final Duration REST = Duration.ofMillis(50);

    private final StatsAudit audit;
    private final InstantSource clock;
    private final Routine routine = Routine.every("stats-watch",
            "the statistics can't be audited now", FIRST, EVERY, this::look);
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
        watch.routine.start();
        return watch;
    }

    /** The last hour that is over, unless it was audited. */
    void look() {
        long hour = Stats.hour(clock.instant().minus(SETTLED)) - 1;
        if (hour <= done) {
            return;
        }
        Position begin = next.compareTo(Position.START) > 0 && hour == done + 1 ? next
                : StatsAudit.start(hour);
        StatsAudit.Finding found = audit.of(hour, hour + 1, begin, () -> routine.pause(REST));
        if (routine.closing()) {
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
    }

    @Override
    public void close() {
        routine.close();
    }
}
