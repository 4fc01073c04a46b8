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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives folds the journal's passages, each with a step of their cursors in one transaction of the
 * views. Folds that are at the same place take a passage together, so that it is read once; one
 * that is made anew has its own until it is there. Where several nodes follow, one of them wins a
 * step and the others look again: they waste a little work and never a row.
 *
 * <p>It rests longer than it works as long as it is not far behind, since what it takes is taken
 * from accepting and delivering; the journal keeps what it has not read.
 */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    /** Facts that a step looks at. */
    private static final int STEP = 4_000;
    /**
     * The same when a minute behind. The more, the more often a delivery's acceptance and its end
     * are in one step, and the fewer rows of the statistics are written again.
     */
    private static final int STEP_BEHIND = 16_000;
    private static final long BEHIND_SECONDS = 60;
    private static final Duration IDLE = Duration.ofSeconds(1);
    /** After a lost step or a trouble of the store. */
    private static final Duration AGAIN = Duration.ofSeconds(1);
    /** How often it is looked for what is too old. */
    private static final Duration FORGET = Duration.ofMinutes(1);
    private static final long REST_MIN_MILLIS = 25;
    private static final long REST_MAX_MILLIS = 3_000;
    /** Each delivery rings, and few of them are followed by a verdict. */
    private static final long REST_IDLE_MILLIS = 250;
    private static final long CLOSE_MILLIS = 6_000;

    private final List<Place> places;
    private final Journal.Kind kind;
    private final Journal journal;
    private final Database views;
    private final News news;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /** Where a fold is. */
    private final class Place {
        private final Fold fold;
        /** Up to here it has seen everything; null when that has to be looked up. */
        private Position at;
        /** Its cursor, which is behind that by facts that are nothing to it. */
        private Position stored;
        private long dueNanos = System.nanoTime();
        private Instant forgetAt = Instant.MIN;
        private boolean troubled;
        /** The time up to which facts are folded; null when all that there are. */
        private volatile Instant behind;

        private Place(Fold fold) {
            this.fold = fold;
        }

        private double lagSeconds() {
            Instant upTo = behind;
            return upTo == null ? 0
                    : Math.max(0, Duration.between(upTo, clock.instant()).toMillis() / 1e3);
        }

        private void rest(long millis) {
            dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        }

        private void again() {
            at = null;
            rest(AGAIN.toMillis());
        }

        private boolean due() {
            return dueNanos - System.nanoTime() <= 0;
        }

        private boolean far() {
            return lagSeconds() >= BEHIND_SECONDS;
        }
    }

    /** @param folds of one kind */
    Follower(List<? extends Fold> folds, Journal journal, Database views, News news,
            InstantSource clock, MeterRegistry meters) {
        this.kind = folds.getFirst().kind();
        this.journal = journal;
        this.views = views;
        this.news = news;
        this.clock = clock;
        this.places = folds.stream().map(Place::new).toList();
        for (Place p : places) {
            Gauge.builder("mailmill.fold.lag", p, Place::lagSeconds).baseUnit("seconds")
                    .description("how old the oldest fact is that the fold has not seen")
                    .tag("fold", p.fold.name()).register(meters);
        }
        this.thread = Thread.ofVirtual().name("folds-" + kind).start(this::work);
    }

    private void work() {
        try {
            while (closing.getCount() > 0) {
                long seen = news.rung();
                boolean idle = true;
                for (List<Place> together : due()) {
                    idle &= !followed(together);
                }
                pause(idle, seen);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pause(boolean idle, long seen) throws InterruptedException {
        long next = places.stream().mapToLong(p -> p.dueNanos - System.nanoTime()).min()
                .orElseThrow();
        if (next > 0) {
            closing.await(next, TimeUnit.NANOSECONDS);
        } else if (idle && places.stream().allMatch(Place::due)) {
            news.await(seen, IDLE);
            if (kind == Journal.Kind.VERDICTS) {
                closing.await(REST_IDLE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Those that are to go on, together where they are at one place, hindmost first. */
    private Iterable<List<Place>> due() {
        Map<Position, List<Place>> all = new TreeMap<>();
        for (Place p : places) {
            if (p.due() && (p.at != null || tried(List.of(p), () -> lookUp(p)))) {
                all.computeIfAbsent(p.at, _ -> new ArrayList<>()).add(p);
            }
        }
        return all.values();
    }

    private void lookUp(Place p) {
        p.stored = views.write(h -> cursor(h, p.fold.name()));
        p.at = p.stored;
    }

    /** False when nothing was new, or they have to wait. */
    private boolean followed(List<Place> together) {
        boolean[] any = new boolean[1];
        tried(together, () -> any[0] = follow(together));
        return any[0];
    }

    private boolean follow(List<Place> together) {
        together.forEach(this::forget);
        long began = System.nanoTime();
        boolean far = together.stream().anyMatch(Place::far);
        Journal.Extract all = read(together.getFirst().at, far ? STEP_BEHIND : STEP);
        if (all.entries().isEmpty()) {
            for (Place p : together) {
                p.at = all.next();
                p.behind = all.more() ? p.behind : null;
                p.troubled = false;
            }
            return all.more();
        }
        Passage passage = new Passage(journal, all.entries(), all.next());
        if (!stepped(together, passage)) {
            // One of them can't: it is not to hold up the others.
            together.forEach(p -> tried(List.of(p), () -> step(List.of(p), passage)));
        }
        Instant last = all.entries().getLast().at();
        for (Place p : together) {
            if (p.at != null) {
                p.behind = all.more() ? last : null;
                p.rest(rest(System.nanoTime() - began, all.more() ? last : clock.instant()));
            }
        }
        return true;
    }

    /** As much as there is, up to so many facts. */
    private Journal.Extract read(Position after, int most) {
        List<Journal.Entry> entries = new ArrayList<>();
        Journal.Extract one;
        Position at = after;
        int looked = 0;
        do {
            one = journal.extract(kind, at, STEP);
            entries.addAll(one.entries());
            at = one.next();
            looked += STEP;
        } while (one.more() && looked < most);
        return new Journal.Extract(entries, at, one.more());
    }

    private boolean stepped(List<Place> together, Passage passage) {
        if (together.size() == 1) {
            step(together, passage);
            return true;
        }
        try {
            step(together, passage);
            return true;
        } catch (RuntimeException e) {
            LOG.debug("folds try it one by one", e);
            return false;
        }
    }

    private void step(List<Place> together, Passage passage) {
        Position to = passage.next();
        List<Fold.Work> works = together.stream().map(p -> p.fold.prepare(passage)).toList();
        List<Place> moved = views.write(h -> {
            List<Place> won = new ArrayList<>();
            for (int i = 0; i < works.size(); i++) {
                if (moved(h.getConnection(), together.get(i), to)) {
                    works.get(i).write(h.getConnection(), views.postgres());
                    won.add(together.get(i));
                }
            }
            return won;
        });
        for (Place p : together) {
            if (moved.contains(p)) {
                p.at = to;
                p.stored = to;
                p.troubled = false;
            } else {
                // Another node was quicker, or somebody had it made anew.
                p.again();
            }
        }
    }

    /** False when it went wrong: then these look up later where they are. */
    private boolean tried(List<Place> whose, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            boolean passes = e instanceof StoreException s
                    && s.kind() != StoreException.Kind.REJECTED;
            for (Place p : whose) {
                if (closing.getCount() > 0 && (!p.troubled || !passes)) {
                    LOG.warn("the fold {} has to wait: {}", p.fold.name(), e.getMessage(),
                            passes ? null : e);
                }
                p.troubled = true;
                p.behind = p.behind == null ? clock.instant() : p.behind;
                p.again();
            }
            return false;
        }
    }

    /** A little at a time, so that nothing waits for it. */
    private void forget(Place p) {
        Instant now = clock.instant();
        if (!now.isBefore(p.forgetAt)
                && !views.write(h -> p.fold.forget(h.getConnection(), now))) {
            p.forgetAt = now.plus(FORGET);
        }
    }

    private static Position cursor(Handle h, String name) {
        h.createUpdate("INSERT INTO cursor (name, position) VALUES (:name, :start)"
                + " ON CONFLICT (name) DO NOTHING").bind("name", name)
                .bind("start", Position.START.text()).execute();
        return Position.parse(h.createQuery("SELECT position FROM cursor WHERE name = :name")
                .bind("name", name).mapTo(String.class).one());
    }

    private static boolean moved(Connection c, Place p, Position to) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "UPDATE cursor SET position = ? WHERE name = ? AND position = ?")) {
            s.setString(1, to.text());
            s.setString(2, p.fold.name());
            s.setString(3, p.stored.text());
            return s.executeUpdate() == 1;
        }
    }

    /**
     * A thirteenth of one core at most, a sixth when a minute behind, a third when ten; all there
     * is when an hour, since it is then made anew, and pages show nothing until it is.
     */
    private long rest(long workedNanos, Instant upTo) {
        long seconds = Duration.between(upTo, clock.instant()).toSeconds();
        long times = seconds < BEHIND_SECONDS ? 12 : seconds < 600 ? 5 : seconds < 3_600 ? 2 : 0;
        return Math.clamp(TimeUnit.NANOSECONDS.toMillis(workedNanos * times), REST_MIN_MILLIS,
                REST_MAX_MILLIS);
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
