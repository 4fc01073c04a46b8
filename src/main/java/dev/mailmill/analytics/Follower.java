package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a fold the journal's pages, each with a step of its cursor in one transaction of the views.
 * Where several nodes follow, one of them wins each step and the others look again: they waste a
 * little work and never a row.
 *
 * <p>It rests longer than it works as long as it is not far behind, since what it takes is taken
 * from accepting and delivering; the journal keeps what it has not read.
 */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int PAGE = 1_000;
    /**
     * Facts of one step, when so many wait. The more, the more often a delivery's acceptance and
     * its end are in one, and make one row without a change.
     */
    private static final int STEP_MAX = 4 * PAGE;
    private static final Duration IDLE = Duration.ofSeconds(1);
    /** After a lost step or a trouble of the store. */
    private static final Duration AGAIN = Duration.ofSeconds(1);
    /** How often it is looked for what is too old. */
    private static final Duration FORGET = Duration.ofMinutes(1);
    private static final long REST_MIN_MILLIS = 25;
    private static final long REST_MAX_MILLIS = 3_000;
    private static final long CLOSE_MILLIS = 6_000;

    private final Fold fold;
    private final Journal journal;
    private final Database views;
    private final News news;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    /** The time up to which facts are folded; null when all that there are. */
    private volatile Instant behind;
    private Instant forgetAt = Instant.MIN;

    Follower(Fold fold, Journal journal, Database views, News news, InstantSource clock,
            MeterRegistry meters) {
        this.fold = fold;
        this.journal = journal;
        this.views = views;
        this.news = news;
        this.clock = clock;
        Gauge.builder("mailmill.fold.lag", this, Follower::lagSeconds).baseUnit("seconds")
                .description("how old the oldest fact is that the fold has not seen")
                .tag("fold", fold.name()).register(meters);
        this.thread = Thread.ofVirtual().name("fold-" + fold.name()).start(this::work);
    }

    private double lagSeconds() {
        Instant at = behind;
        return at == null ? 0 : Math.max(0, Duration.between(at, clock.instant()).toMillis() / 1e3);
    }

    private void work() {
        boolean troubled = false;
        while (closing.getCount() > 0) {
            try {
                follow();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (closing.getCount() == 0) {
                    return;
                }
                if (behind == null) {
                    behind = clock.instant();
                }
                boolean passes = e instanceof StoreException s
                        && s.kind() != StoreException.Kind.REJECTED;
                if (!troubled || !passes) {
                    LOG.warn("the fold {} has to wait: {}", fold.name(), e.getMessage(),
                            passes ? null : e);
                }
                troubled = true;
                if (!rested(AGAIN.toMillis())) {
                    return;
                }
            }
        }
    }

    private void follow() throws InterruptedException {
        Position at = views.write(this::cursor);
        // behind it by facts that are nothing to the fold
        Position stored = at;
        while (closing.getCount() > 0) {
            long seen = news.rung();
            forget();
            long began = System.nanoTime();
            Journal.Page page = next(at);
            if (page.entries().isEmpty()) {
                behind = null;
                at = page.next();
                news.await(seen, IDLE);
                if (fold.callers()) {
                    rested(REST_MAX_MILLIS / 12);
                }
                continue;
            }
            Instant last = page.entries().getLast().at();
            boolean full = page.entries().size() >= STEP_MAX;
            if (!step(stored, page)) {
                // Another node was quicker, or somebody had it made anew.
                rested(AGAIN.toMillis());
                return;
            }
            at = page.next();
            stored = at;
            behind = full ? last : null;
            rested(rest(System.nanoTime() - began, full ? last : clock.instant()));
        }
    }

    /** A little at a time, so that nothing waits for it. */
    private void forget() {
        Instant now = clock.instant();
        if (!now.isBefore(forgetAt) && !views.write(h -> fold.forget(h.getConnection(), now))) {
            forgetAt = now.plus(FORGET);
        }
    }

    private Journal.Page next(Position after) {
        Journal.Page page = read(after);
        if (page.entries().size() < PAGE) {
            return page;
        }
        List<Journal.Entry> entries = new ArrayList<>(page.entries());
        while (page.entries().size() == PAGE && entries.size() < STEP_MAX) {
            page = read(page.next());
            entries.addAll(page.entries());
        }
        return new Journal.Page(entries, page.next());
    }

    private Journal.Page read(Position after) {
        return fold.callers() ? journal.callers(after, PAGE) : journal.read(0, after, PAGE);
    }

    private boolean step(Position from, Journal.Page page) {
        Fold.Work work = fold.prepare(page.entries());
        while (true) {
            Fold.Work tried = work;
            try {
                return views.write(h -> {
                    if (!moved(h.getConnection(), from, page.next())) {
                        return false;
                    }
                    tried.write(h.getConnection(), views.postgres());
                    return true;
                });
            } catch (Fold.Retry retry) {
                work = retry.next();
            }
        }
    }

    private Position cursor(Handle h) {
        h.createUpdate("INSERT INTO cursor (name, position) VALUES (:name, :start)"
                + " ON CONFLICT (name) DO NOTHING").bind("name", fold.name())
                .bind("start", Position.START.text()).execute();
        return Position.parse(h.createQuery("SELECT position FROM cursor WHERE name = :name")
                .bind("name", fold.name()).mapTo(String.class).one());
    }

    private boolean moved(Connection c, Position from, Position to) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "UPDATE cursor SET position = ? WHERE name = ? AND position = ?")) {
            s.setString(1, to.text());
            s.setString(2, fold.name());
            s.setString(3, from.text());
            return s.executeUpdate() == 1;
        }
    }

    /**
     * A thirteenth of one core at most, a sixth when a minute behind, a third when ten; all there
     * is when an hour, since it is then made anew, and pages show nothing until it is.
     */
    private long rest(long workedNanos, Instant upTo) {
        long seconds = Duration.between(upTo, clock.instant()).toSeconds();
        long times = seconds < 60 ? 12 : seconds < 600 ? 5 : seconds < 3_600 ? 2 : 0;
        return Math.clamp(TimeUnit.NANOSECONDS.toMillis(workedNanos * times), REST_MIN_MILLIS,
                REST_MAX_MILLIS);
    }

    /** False when it is to end. */
    private boolean rested(long millis) {
        try {
            return !closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** A step that runs is ended, not cut. */
    @Override
    public void close() {
        closing.countDown();
        news.ring();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
