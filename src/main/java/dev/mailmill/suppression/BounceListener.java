package dev.mailmill.suppression;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the journal and notes bounces, complaints and unsubscribes, each page in one
 * transaction with the step of the cursor:
 * however a process ends, each bounce counts once. Where several nodes follow, one of them wins
 * each step.
 */
public final class BounceListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BounceListener.class);
    private static final String NAME = "bounces";
    private static final String IN_SESSION = "in session";
    private static final String LATE = "a bounce message";
    private static final int PAGE = 500;
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final long REST_MIN_MILLIS = 25;
    private static final long REST_MAX_MILLIS = 500;
    private static final int WORK_SHARE = 10;
    private static final long CLOSE_MILLIS = 2_000;

    private final Suppressions suppressions;
    private final Journal journal;
    private final Database database;
    private final News news;
    private final Predicate<String> simulated;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /**
     * From the facts of now on where nobody has followed yet, until this is closed.
     *
     * @param simulated domains whose bounces are played: they say nothing of anybody
     */
    public static BounceListener follow(Suppressions suppressions, Journal journal,
            Database database, News news, Predicate<String> simulated, InstantSource clock) {
        return new BounceListener(suppressions, journal, database, news, simulated, clock);
    }

    private BounceListener(Suppressions suppressions, Journal journal, Database database,
            News news, Predicate<String> simulated, InstantSource clock) {
        this.suppressions = suppressions;
        this.journal = journal;
        this.database = database;
        this.news = news;
        this.simulated = simulated;
        this.clock = clock;
        begin();
        this.thread = Thread.ofVirtual().name("suppression-bounces").start(this::work);
    }

    private void begin() {
        String now = journal.head().text();
        database.write(h -> h.createUpdate("INSERT INTO suppression_cursor (name, position)"
                + " VALUES (:name, :now) ON CONFLICT (name) DO NOTHING").bind("name", NAME)
                .bind("now", now).execute());
    }

    private Position cursor() {
        return Position.parse(database.read(h -> h.createQuery(
                "SELECT position FROM suppression_cursor WHERE name = :name").bind("name", NAME)
                .mapTo(String.class).one()));
    }

    private void work() {
        boolean troubled = false;
        while (closing.getCount() > 0) {
            try {
                follow();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!troubled && closing.getCount() > 0) {
                    LOG.warn("bounces have to wait to be noted: {}", e.getMessage(),
                            e instanceof StoreException ? null : e);
                }
                troubled = true;
                rest(IDLE.toMillis());
            }
        }
    }

    private void follow() throws InterruptedException {
        Position at = cursor();
        while (closing.getCount() > 0) {
            long seen = news.rung();
            long began = System.nanoTime();
            Journal.Page page = journal.read(0, at, PAGE);
            if (page.entries().isEmpty()) {
                news.await(seen, IDLE);
                continue;
            }
            Optional<Long> step = step(at, page);
            if (step.isEmpty()) {
                rest(IDLE.toMillis()); // another node was quicker
                return;
            }
            suppressions.settled(step.get());
            at = page.next();
            rest(Math.clamp(TimeUnit.NANOSECONDS.toMillis((System.nanoTime() - began)
                    * WORK_SHARE), REST_MIN_MILLIS, REST_MAX_MILLIS));
        }
    }

    /** Empty when the cursor was moved by somebody else. */
    private Optional<Long> step(Position from, Journal.Page page) {
        List<Suppressions.Event> events = events(page.entries());
        List<Long> delivered = page.entries().stream()
                .filter(e -> e.fact() instanceof Fact.Delivered).map(Journal.Entry::delivery)
                .toList();
        Instant now = clock.instant();
        return database.write(h -> {
            boolean ours = h.createUpdate("UPDATE suppression_cursor SET position = :to"
                    + " WHERE name = :name AND position = :from").bind("to", page.next().text())
                    .bind("name", NAME).bind("from", from.text()).execute() == 1;
            if (!ours) {
                return Optional.<Long>empty();
            }
            long arrived = delivered.isEmpty() ? 0 : suppressions.arrived(h, delivered, now);
            return Optional.of(Math.max(arrived, suppressions.note(h, events)));
        });
    }

    private List<Suppressions.Event> events(List<Journal.Entry> page) {
        List<Suppressions.Event> events = new ArrayList<>();
        for (Journal.Entry e : page) {
            Optional<Cause> cause = BounceReader.cause(e.fact());
            String domain = e.address().substring(e.address().lastIndexOf('@') + 1);
            if (cause.isEmpty() || cause.get() == Cause.NOT_THE_PERSON || e.address().isEmpty()
                    || simulated.test(domain)) {
                continue;
            }
            String how = switch (e.fact()) {
                case Fact.Bounced(var _, int _, boolean late) when late -> LATE;
                case Fact.Complained _ -> "a complaint";
                case Fact.Unsubscribed f -> "unsubscribed by " + f.by();
                case Fact.Received _ -> "the recipient's page";
                default -> IN_SESSION;
            };
            String said = e.fact().said().map(Object::toString).orElse("");
            events.add(new Suppressions.Event(e.tenant(), e.stream(), e.address(), cause.get(),
                    true, e.delivery(), said, how, e.at()));
        }
        return events;
    }

    private void rest(long millis) {
        try {
            closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A page that is being noted is noted to its end. */
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
